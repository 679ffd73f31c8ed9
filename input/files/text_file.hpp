// Whole files from outside, into memory: their bytes, or their text with what is not UTF-8
// replaced. The messages name the file.
#pragma once

#include "core/sweep/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::input {

/// The bytes of a file. Errc::not_found where there is none, Errc::io where it is a folder or
/// cannot be read, Errc::invalid_config where a Git LFS pointer stands in its place.
[[nodiscard]] Result<std::string> read_bytes(const std::filesystem::path& path);

/// The same for files that are never large: Errc::invalid_config where there are more than `most`
/// bytes, which are not read.
[[nodiscard]] Result<std::string> read_bytes(const std::filesystem::path& path, std::uint64_t most);

struct Text {
  std::string text;           // UTF-8, without a byte order mark
  std::int64_t replaced = 0;  // how often U+FFFD stands for bytes that were not UTF-8
};

/// Bytes as text; never fails.
[[nodiscard]] Text text_of(std::string bytes);

struct TextLine {
  std::int64_t number = 1;
  std::string_view text;  // without LF or CRLF; into the text given
};

/// The lines of a text, which end at LF or CRLF alone: not at a lone CR, U+0085 or U+2028. The
/// end of the last line needs no LF.
[[nodiscard]] std::vector<TextLine> lines_of(std::string_view text);

}  // namespace tarama::input
