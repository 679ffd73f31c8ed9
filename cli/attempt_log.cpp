// See attempt_log.hpp.
#include "cli/attempt_log.hpp"

#include <algorithm>
#include <fstream>
#include <system_error>

namespace tarama::cli {

std::string log_tail(const std::filesystem::path& file, std::size_t lines) {
  constexpr std::int64_t most_bytes = 64 * 1024;
  std::error_code problem;
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(file, problem));
  if (problem) {
    return "";
  }
  const std::int64_t offset = std::max<std::int64_t>(0, size - most_bytes);
  std::string text = log_part(file, offset, most_bytes).value_or("");
  std::size_t start = text.size();
  for (std::size_t seen = 0; start > 0; --start) {
    const bool is_line_end = text[start - 1] == '\n' && start < text.size();
    if (is_line_end && ++seen == lines) {
      break;
    }
  }
  return text.substr(start);
}

std::optional<std::string> log_part(const std::filesystem::path& file,
                                    std::int64_t offset,
                                    std::size_t most) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream || !stream.seekg(offset)) {
    return std::nullopt;
  }
  std::string text(most, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(most));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

}  // namespace tarama::cli
