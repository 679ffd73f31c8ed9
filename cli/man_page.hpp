// A command's help as a manual page, in roff. Pure.
#pragma once

#include <string>

namespace tarama::cli {

/// `command` as in help_text: empty for `tarama` itself. `help` is its text, of which the page is
/// made; so that both say the same.
[[nodiscard]] std::string man_page(const std::string& command, const std::string& help);

/// "tarama-plan.1".
[[nodiscard]] std::string man_page_name(const std::string& command);

}  // namespace tarama::cli
