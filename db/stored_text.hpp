// Texts as both stores keep them: whatever a peer or a file gave, what comes back can stand in a
// JSON document. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tarama::db {

// A message is for a person. What programs print at their end goes into it, and of a log of
// hundreds of megabytes the first pages say what happened; the rest is in the attempt's log.
inline constexpr std::size_t longest_message = 64 * 1024;

/// Whether `text` is UTF-8 without a zero byte.
[[nodiscard]] bool is_sound_text(std::string_view text);

/// `text` with U+FFFD for each byte that is not UTF-8, and for each zero byte: SQL's functions, and
/// programs in C, end a text there.
[[nodiscard]] std::string stored_text(std::string_view text);

/// At most `longest_message` bytes of stored_text, whole characters, with "..." where it was cut.
[[nodiscard]] std::string stored_message(std::string_view text);

}  // namespace tarama::db
