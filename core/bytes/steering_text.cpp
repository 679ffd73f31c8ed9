// See steering_text.hpp: the characters have one, two or three bytes.
#include "core/bytes/steering_text.hpp"

namespace tarama {

unsigned steering_character(std::string_view text, std::size_t& bytes) {
  const auto byte = [&](std::size_t at) {
    return at < text.size() ? static_cast<unsigned>(static_cast<unsigned char>(text[at])) : 0U;
  };
  bytes = 1;
  if (!text.empty() && byte(0) > 0 && (byte(0) < 0x20 || byte(0) == 0x7F)) {
    return byte(0);
  }
  bytes = 2;
  const bool is_c1 = byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) < 0xA0;
  if (is_c1 || (byte(0) == 0xD8 && byte(1) == 0x9C)) {
    return ((byte(0) & 0x1FU) << 6U) | (byte(1) & 0x3FU);
  }
  bytes = 3;
  const bool is_mark = byte(1) == 0x80 &&
                       (byte(2) == 0x8E || byte(2) == 0x8F || (byte(2) >= 0xAA && byte(2) <= 0xAE));
  const bool is_isolate = byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9;
  return byte(0) == 0xE2 && (is_mark || is_isolate)
             ? 0x2000U | ((byte(1) & 0x3FU) << 6U) | (byte(2) & 0x3FU)
             : 0U;
}

}  // namespace tarama
