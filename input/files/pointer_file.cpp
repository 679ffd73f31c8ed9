// See pointer_file.hpp.
#include "input/files/pointer_file.hpp"

#include <algorithm>
#include <string>

namespace tarama::input {
namespace {

constexpr std::string_view git_lfs_mark = "version https://git-lfs.github.com/spec/";

/// The number behind "\nsize ", as far as it is one; else nothing.
std::string size_in_pointer(std::string_view pointer) {
  constexpr std::string_view key = "\nsize ";
  const std::size_t at = pointer.find(key);
  if (at == std::string_view::npos) {
    return "";
  }
  std::string_view digits = pointer.substr(at + key.size());
  digits = digits.substr(0, std::min(digits.find_first_not_of("0123456789"), digits.size()));
  return digits.empty() ? "" : fmt::format(" of {} bytes", digits.substr(0, 20));
}

}  // namespace

std::optional<Error> pointer_instead(const std::filesystem::path& path,
                                     std::string_view start,
                                     std::uint64_t size) {
  if (size > longest_pointer || !start.starts_with(git_lfs_mark)) {
    return std::nullopt;
  }
  return Error{Errc::invalid_config,
               fmt::format("{}: is a Git LFS pointer to a file{}, not the file; fetch it with: git "
                           "lfs pull",
                           path.string(),
                           size_in_pointer(start))};
}

bool is_web_page(std::string_view start) {
  start.remove_prefix(std::min(start.find_first_not_of(" \t\r\n"), start.size()));
  const auto begins_with = [&](std::string_view word) {
    return start.size() >= word.size() &&
           std::equal(word.begin(), word.end(), start.begin(), [](char wanted, char found) {
             return wanted == (found >= 'A' && found <= 'Z' ? found - 'A' + 'a' : found);
           });
  };
  return begins_with("<!doctype html") || begins_with("<html");
}

}  // namespace tarama::input
