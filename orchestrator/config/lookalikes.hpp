// Characters that look like a space, a minus or a quote and are others: what a sweep file gets when
// it is copied from a web page or a document. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tarama::config {

/// The first such character of a line, outside of quoted scalars and comments, as a message has it:
/// "U+00A0 in column 5 is a no-break space, no space". Nothing where there is none.
[[nodiscard]] std::optional<std::string> lookalike_in_line(std::string_view line);

/// What is wrong with a plain scalar that begins or ends with such a character, which is hardly
/// meant as part of it. Nothing for others.
[[nodiscard]] std::optional<std::string> lookalike_at_edge(std::string_view scalar);

}  // namespace tarama::config
