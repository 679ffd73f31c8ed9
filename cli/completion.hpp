// What may stand where the cursor is: commands, options, their values, sweeps and runs. The shells'
// scripts (commands/completion.cpp) ask for it at every Tab, so that they know nothing themselves.
#pragma once

#include "cli/context.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tarama::cli {

/// The first argument with which a script asks; what follows are the command line's words behind
/// `tarama`, the last of them the one to be completed, as the shell has them: unexpanded.
inline constexpr const char* completion_request = "__complete";

struct Candidate {
  std::string word;
  std::string meaning{};  // may be empty

  friend bool operator==(const Candidate&, const Candidate&) = default;
};

struct Completion {
  std::vector<Candidate> candidates{};
  bool wants_files = false;  // beside them, what the shell offers itself

  friend bool operator==(const Completion&, const Completion&) = default;
};

/// `app`: the whole command line. Sweeps and runs are read from the store that the words or
/// `context` name; where it cannot be read there are none.
[[nodiscard]] Completion completion_of(const CLI::App& app,
                                       const std::vector<std::string>& words,
                                       const Context& context);

/// A line a candidate, "word TAB meaning", and ":files" where those are wanted.
void print_completion(std::ostream& out, const Completion& completion);

}  // namespace tarama::cli
