// Files that stand for another: what `git clone` leaves in the place of a large file without Git
// LFS, and what a browser or curl saves when a page came instead. Every reader of whole files and
// of weights asks, so that nobody is told of a broken header. Pure.
#pragma once

#include "core/sweep/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace tarama::input {

/// Bytes of a file's start that are enough for pointer_instead.
inline constexpr std::size_t longest_pointer = 1024;  // the limit of Git LFS itself

/// The message where the file that begins with `start` and has `size` bytes is a Git LFS pointer.
[[nodiscard]] std::optional<Error> pointer_instead(const std::filesystem::path& path,
                                                   std::string_view start,
                                                   std::uint64_t size);

/// Whether a file that begins so is an HTML page, which no file of a model is.
[[nodiscard]] bool is_web_page(std::string_view start);

}  // namespace tarama::input
