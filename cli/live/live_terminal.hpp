// The terminal under the live view: lines redrawn in place with the cursor hidden. Whatever ends
// the process, a crash and Ctrl-Z included, the cursor comes back.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

namespace tarama::cli {

struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

/// Of the terminal on stderr; 80 x 24 where there is none.
[[nodiscard]] TerminalSize terminal_size();
/// Columns for a text on stdout; 100 where it is no terminal.
[[nodiscard]] std::size_t output_columns();

/// At most one at a time in a process. `stream` must be the terminal on stderr.
class LiveTerminal {
 public:
  explicit LiveTerminal(std::ostream& stream);
  /// Erases what is drawn and shows the cursor.
  ~LiveTerminal();
  LiveTerminal(const LiveTerminal&) = delete;
  LiveTerminal& operator=(const LiveTerminal&) = delete;

  /// Draws `lines` where the last ones stood. They must fit the terminal's width.
  void draw(const std::vector<std::string>& lines);
  /// Prints a line that stays, above what is drawn next.
  void print_above(const std::string& line);

 private:
  void erase();

  std::ostream& stream_;
  std::size_t drawn_ = 0;  // lines that stand there now
};

}  // namespace tarama::cli
