// See packed_text.hpp.
#include "cli/page/packed_text.hpp"

#include "core/bytes/base64.hpp"
#include "core/sweep/assert.hpp"

#include <zlib.h>

namespace tarama::cli {
namespace {

constexpr int gzip_window = 15 + 16;  // zlib's way to ask for gzip's frame
constexpr int usual_memory = 8;

}  // namespace

std::string packed_text(std::string_view text) {
  z_stream stream{};
  const int begun = deflateInit2(
      &stream, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_window, usual_memory, Z_DEFAULT_STRATEGY);
  TARAMA_ASSERT(begun == Z_OK, "the parameters are right, and memory is there");
  std::string bytes(deflateBound(&stream, text.size()), '\0');
  std::string source(text);  // zlib takes no const
  stream.next_in = reinterpret_cast<Bytef*>(source.data());
  stream.avail_in = static_cast<uInt>(source.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  const int ended = deflate(&stream, Z_FINISH);
  bytes.resize(stream.total_out);
  deflateEnd(&stream);
  TARAMA_ASSERT(ended == Z_STREAM_END, "there was as much room as zlib says it needs");
  return base64_of(bytes);
}

}  // namespace tarama::cli
