// See gzip.hpp.
#include "input/files/gzip.hpp"

#include <algorithm>
#include <limits>
#include <zlib.h>

namespace tarama::input {
namespace {

// A thousandfold is what zeros alone reach; a bomb must not take the machine's memory.
constexpr std::size_t largest_unpacked = std::size_t{8} << 30U;
constexpr std::size_t unpacked_block = std::size_t{1} << 20U;
constexpr int gzip_window = 15 + 16;  // zlib: the largest window, with gzip's header

/// Ends zlib's state whichever way one leaves.
struct Inflater {
  z_stream stream{};
  bool is_begun = inflateInit2(&stream, gzip_window) == Z_OK;

  Inflater() = default;
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  ~Inflater() {
    if (is_begun) {
      inflateEnd(&stream);
    }
  }
};

Error bad_gzip(std::string_view what) {
  return Error{Errc::invalid_config, fmt::format("cannot be unpacked: {}", what)};
}

}  // namespace

bool is_gzip(std::string_view bytes) {
  return bytes.starts_with("\x1F\x8B");
}

Result<std::string> unpack_gzip(std::string_view packed) {
  Inflater inflater;
  if (!inflater.is_begun) {
    return bad_gzip("there is no memory for it");
  }
  z_stream& stream = inflater.stream;
  std::string unpacked;
  std::string block(unpacked_block, '\0');
  bool is_whole = false;
  while (!is_whole || is_gzip(packed)) {
    if (is_whole && inflateReset(&stream) != Z_OK) {
      return bad_gzip("it is damaged");
    }
    const auto given =
        static_cast<uInt>(std::min<std::size_t>(packed.size(), std::numeric_limits<uInt>::max()));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = given;
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    const int outcome = inflate(&stream, Z_NO_FLUSH);
    packed.remove_prefix(given - stream.avail_in);
    unpacked.append(block, 0, block.size() - stream.avail_out);
    is_whole = outcome == Z_STREAM_END;
    if (outcome == Z_BUF_ERROR || (outcome == Z_OK && packed.empty() && stream.avail_out != 0)) {
      return bad_gzip("it is cut short");
    }
    if (outcome != Z_OK && !is_whole) {
      return bad_gzip("it is damaged");
    }
    if (unpacked.size() > largest_unpacked) {
      return bad_gzip("it is larger than 8 GiB");
    }
  }
  return unpacked;
}

}  // namespace tarama::input
