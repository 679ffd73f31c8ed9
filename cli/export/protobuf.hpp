// Messages in protobuf's wire format, field by field, as far as TensorBoard's event files need it
// (protobuf.dev, "Encoding"). A library would bring a compiler of message files for forty fields.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace tarama::cli {

/// The bytes of one message. Fields come in the order of the calls; `number` is the field's.
class ProtobufMessage {
 public:
  void integer(std::uint32_t number, std::uint64_t value) {
    tag(number, WireType::varint);
    varint(value);
  }

  void real(std::uint32_t number, double value) {
    tag(number, WireType::fixed64);
    fixed(std::bit_cast<std::uint64_t>(value));
  }

  void single(std::uint32_t number, float value) {
    tag(number, WireType::fixed32);
    fixed(std::bit_cast<std::uint32_t>(value));
  }

  void text(std::uint32_t number, std::string_view value) {
    tag(number, WireType::length);
    varint(value.size());
    bytes_ += value;
  }

  void message(std::uint32_t number, const ProtobufMessage& value) { text(number, value.bytes_); }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  enum class WireType : std::uint32_t { varint = 0, fixed64 = 1, length = 2, fixed32 = 5 };

  void tag(std::uint32_t number, WireType type) {
    varint(std::uint64_t{number} << 3 | static_cast<std::uint32_t>(type));
  }

  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
      bytes_ += static_cast<char>(0x80 | (value & 0x7f));
    }
    bytes_ += static_cast<char>(value);
  }

  template <class Bits>
  void fixed(Bits bits) {
    for (std::size_t i = 0; i < sizeof bits; ++i) {
      bytes_ += static_cast<char>(bits >> 8 * i & 0xff);
    }
  }

  std::string bytes_;
};

}  // namespace tarama::cli
