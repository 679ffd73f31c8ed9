// Help is sections of entries: two spaces, what one types, and what it means in column 30 or below.
#include "cli/man_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

namespace tarama::cli {
namespace {

constexpr std::size_t meaning_column = 30;

/// Text that roff prints as it stands: no line of it is a request, no hyphen a dash.
std::string roff(std::string_view text) {
  std::string line;
  for (const char letter : text) {
    line += letter == '\\' ? "\\e" : letter == '-' ? "\\-" : std::string(1, letter);
  }
  return line.starts_with('.') || line.starts_with('\'') ? "\\&" + line : line;
}

std::vector<std::string> lines_in(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    lines.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return lines;
}

std::string_view without_edges(std::string_view text) {
  const std::size_t from = text.find_first_not_of(' ');
  return from == std::string_view::npos ? std::string_view()
                                        : text.substr(from, text.find_last_not_of(' ') - from + 1);
}

bool is_heading(const std::string& line) {
  return !line.empty() && line.front() != ' ' && line.back() == ':';
}

bool is_entry(const std::string& line) {
  return line.size() > 2 && line.starts_with("  ") && line[2] != ' ';
}

/// One entry: what is typed in bold, and its meaning below.
std::string entry(const std::string& line) {
  const bool has_meaning = line.size() > meaning_column && line[meaning_column - 1] == ' ';
  const std::string_view typed =
      without_edges(std::string_view(line).substr(0, has_meaning ? meaning_column : line.size()));
  return fmt::format(
      ".TP\n.B {}\n{}",
      roff(typed),
      has_meaning ? roff(without_edges(std::string_view(line).substr(meaning_column))) + "\n" : "");
}

std::string title_of(const std::string& command) {
  return command.empty() ? "tarama" : "tarama-" + command;
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char letter) {
    return static_cast<char>(std::toupper(letter));
  });
  return text;
}

}  // namespace

std::string man_page_name(const std::string& command) {
  return title_of(command) + ".1";
}

std::string man_page(const std::string& command, const std::string& help) {
  const std::vector<std::string> lines = lines_in(help);
  std::string page =
      fmt::format(".TH {} 1 \"\" \"tarama {}\" \"User Commands\"\n.SH NAME\n{} \\- {}\n",
                  roff(upper(title_of(command))),
                  TARAMA_VERSION,
                  roff(title_of(command)),
                  roff(lines.empty() ? "" : lines.front()));
  constexpr std::string_view usage = "Usage: ";
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (line.starts_with(usage)) {
      page +=
          fmt::format(".SH SYNOPSIS\n.B {}\n", roff(std::string_view(line).substr(usage.size())));
    } else if (is_heading(line)) {
      page += fmt::format(".SH {}\n", roff(upper(line.substr(0, line.size() - 1))));
    } else if (is_entry(line)) {
      page += entry(line);
    } else if (without_edges(line).empty()) {
      page += ".PP\n";
    } else {
      page += roff(without_edges(line)) + "\n";
    }
  }
  if (!command.empty()) {
    page += ".SH SEE ALSO\n.BR tarama (1)\n";
  }
  return page;
}

}  // namespace tarama::cli
