// Little-endian bytes, with every read checked against what is left.
#include "core/bytes/byte_io.hpp"

#include "core/sweep/assert.hpp"

#include <fmt/format.h>

#include <bit>
#include <limits>

namespace tarama {

void ByteWriter::unsigned_number(std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) {
    bytes_.push_back(static_cast<std::byte>((value >> (8 * i)) & 0xff));
  }
}

void ByteWriter::real(double value) {
  unsigned_number(std::bit_cast<std::uint64_t>(value), sizeof value);
}

void ByteWriter::text(std::string_view value) {
  TARAMA_ASSERT(value.size() <= std::numeric_limits<std::uint32_t>::max(),
                "a text has a length of 4 bytes; frames are shorter by far");
  unsigned_number(value.size(), 4);
  const auto bytes = std::as_bytes(std::span(value));
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

std::span<const std::byte> ByteReader::bytes(std::string_view field, std::size_t size) {
  if (has_failed()) {
    return {};
  }
  field_start_ = position_;
  if (size > remaining()) {
    problem_ = fmt::format(
        "field '{}' at byte {}: {} bytes needed, {} left", field, position_, size, remaining());
    return {};
  }
  const auto taken = bytes_.subspan(position_, size);
  position_ += size;
  return taken;
}

std::uint64_t ByteReader::unsigned_number(std::string_view field, std::size_t width) {
  std::uint64_t value = 0;
  const auto taken = bytes(field, width);
  for (std::size_t i = 0; i < taken.size(); ++i) {
    value |= std::to_integer<std::uint64_t>(taken[i]) << (8 * i);
  }
  return value;
}

double ByteReader::real(std::string_view field) {
  return std::bit_cast<double>(unsigned_number(field, sizeof(double)));
}

std::string ByteReader::text(std::string_view field, std::size_t width) {
  const auto size = static_cast<std::size_t>(unsigned_number(field, width));
  return as_text(bytes(field, size));
}

std::size_t ByteReader::count(std::string_view field, std::size_t least_bytes, std::size_t width) {
  const auto elements = static_cast<std::size_t>(unsigned_number(field, width));
  if (!has_failed() && elements > remaining() / least_bytes) {
    reject(field,
           fmt::format("{} elements of at least {} bytes do not fit in the {} bytes left",
                       elements,
                       least_bytes,
                       remaining()));
  }
  return has_failed() ? 0 : elements;
}

void ByteReader::reject(std::string_view field, std::string_view why) {
  if (!has_failed()) {
    problem_ = fmt::format("field '{}' at byte {}: {}", field, field_start_, why);
  }
}

std::string as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace tarama
