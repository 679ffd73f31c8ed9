// Class numbers to bytes, and the check of bytes from elsewhere.
#include "core/training/predictions.hpp"

#include "core/sweep/assert.hpp"

namespace tarama {

std::size_t bytes_per_class(std::int64_t classes) {
  if (classes <= std::int64_t{1} << 8) {
    return 1;
  }
  return classes <= std::int64_t{1} << 16 ? 2 : 4;
}

std::string coded_classes(std::span<const std::int32_t> numbers, std::int64_t classes) {
  const std::size_t width = bytes_per_class(classes);
  std::string bytes;
  bytes.reserve(numbers.size() * width);
  for (const std::int32_t number : numbers) {
    TARAMA_ASSERT(number >= 0 && number < classes, "a class is one of the data's");
    for (std::size_t byte = 0; byte < width; ++byte) {
      bytes.push_back(static_cast<char>(static_cast<std::uint32_t>(number) >> (8 * byte) & 0xffU));
    }
  }
  return bytes;
}

bool are_coded_classes(std::string_view bytes, std::int64_t examples, std::int64_t classes) {
  const std::size_t width = bytes_per_class(classes);
  if (examples < 0 || bytes.size() % width != 0 ||
      bytes.size() / width != static_cast<std::size_t>(examples)) {
    return false;
  }
  for (std::size_t first = 0; first < bytes.size(); first += width) {
    std::uint32_t number = 0;
    for (std::size_t byte = width; byte > 0; --byte) {
      number = number << 8U | static_cast<unsigned char>(bytes[first + byte - 1]);
    }
    if (static_cast<std::int64_t>(number) >= classes) {
      return false;
    }
  }
  return true;
}

}  // namespace tarama
