// See text_file.hpp.
#include "input/files/text_file.hpp"

#include "input/files/pointer_file.hpp"
#include "input/files/utf8.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace tarama::input {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

Error cannot_read(const std::filesystem::path& path, int error_number) {
  return Error{Errc::io,
               fmt::format("{}: cannot be read: {}", path.string(), std::strerror(error_number))};
}

}  // namespace

Result<std::string> read_bytes(const std::filesystem::path& path) {
  std::error_code ignored;  // asked for the message alone; opening decides
  const auto status = std::filesystem::status(path, ignored);
  if (status.type() == std::filesystem::file_type::not_found) {
    return Error{Errc::not_found, fmt::format("{}: there is no such file", path.string())};
  }
  if (status.type() == std::filesystem::file_type::directory) {
    return Error{Errc::io, fmt::format("{}: is a folder, expected a file", path.string())};
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return cannot_read(path, errno);
  }
  std::string bytes;
  const auto size = std::filesystem::file_size(path, ignored);
  if (!ignored && size < bytes.max_size()) {
    bytes.reserve(size);
  }
  std::string block(std::size_t{1} << 20U, '\0');
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0) {
    bytes.append(block, 0, static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) {
    return cannot_read(path, errno);
  }
  if (std::optional<Error> pointer = pointer_instead(path, bytes, bytes.size())) {
    return *std::move(pointer);
  }
  return bytes;
}

Result<std::string> read_bytes(const std::filesystem::path& path, std::uint64_t most) {
  std::error_code ignored;  // what cannot be asked for cannot be read either
  if (const auto size = std::filesystem::file_size(path, ignored); !ignored && size > most) {
    return Error{Errc::invalid_config,
                 fmt::format("{}: is {} bytes long, expected at most {} MiB; is it another file?",
                             path.string(),
                             size,
                             most >> 20U)};
  }
  return read_bytes(path);
}

Text text_of(std::string bytes) {
  if (bytes.starts_with(byte_order_mark)) {
    bytes.erase(0, byte_order_mark.size());
  }
  Text text;
  text.text = std::move(bytes);
  text.replaced = replace_invalid_utf8(text.text);
  return text;
}

std::vector<TextLine> lines_of(std::string_view text) {
  std::vector<TextLine> lines;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    std::string_view line = text.substr(from, end - from);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    lines.push_back({static_cast<std::int64_t>(lines.size()) + 1, line});
    from = end + 1;
  }
  return lines;
}

}  // namespace tarama::input
