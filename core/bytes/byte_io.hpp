// Little-endian numbers and length-prefixed text to and from bytes. The reader checks every
// bound and remembers the first thing that was wrong, with its place: messages, checkpoints, the
// cache of tokenized data and safetensors are read through it, and no bytes do harm.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tarama {

/// Appends to a buffer. Numbers are little-endian; doubles go by their bits, NaN included.
class ByteWriter {
 public:
  explicit ByteWriter(std::vector<std::byte>& bytes) : bytes_(bytes) {}

  void unsigned_number(std::uint64_t value, std::size_t width);  // width in bytes, 1 to 8
  void real(double value);
  void text(std::string_view value);  // 4 bytes length, then the bytes

 private:
  std::vector<std::byte>& bytes_;
};

/// Reads a buffer from its front. After the first failure every read gives 0 or "" and changes
/// nothing, so that a caller may read a whole record and ask once.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  explicit ByteReader(std::string_view bytes) : bytes_(std::as_bytes(std::span(bytes))) {}

  [[nodiscard]] std::uint64_t unsigned_number(std::string_view field, std::size_t width);
  [[nodiscard]] double real(std::string_view field);
  /// A length of `width` bytes, then as many bytes of text.
  [[nodiscard]] std::string text(std::string_view field, std::size_t width = 4);
  /// How many elements follow, each at least `least_bytes` long: a count that cannot fit in what
  /// is left fails here, before anybody allocates for it. `width`: of the count, in bytes.
  [[nodiscard]] std::size_t count(std::string_view field,
                                  std::size_t least_bytes,
                                  std::size_t width = 4);
  /// The next `size` bytes as they lie in the buffer; none where there are not so many.
  [[nodiscard]] std::span<const std::byte> bytes(std::string_view field, std::size_t size);

  /// Marks the field just read as wrong: "field 'end': 9 is not in 0..2".
  void reject(std::string_view field, std::string_view why);

  [[nodiscard]] std::size_t remaining() const { return bytes_.size() - position_; }

  [[nodiscard]] bool has_failed() const { return problem_.has_value(); }

  /// What failed first, and at which byte; only after a failure.
  [[nodiscard]] const std::string& problem() const { return *problem_; }

 private:
  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
  std::size_t field_start_ = 0;
  std::optional<std::string> problem_;
};

/// Bytes as the text that they are.
[[nodiscard]] std::string as_text(std::span<const std::byte> bytes);

/// Bytes as the numbers that they are, one behind the other; a rest that is no whole number is
/// left out.
template <class Number>
requires std::is_arithmetic_v<Number>

[[nodiscard]] std::vector<Number> as_numbers(std::span<const std::byte> bytes) {
  static_assert(std::endian::native == std::endian::little, "the bytes are little-endian");
  std::vector<Number> numbers(bytes.size() / sizeof(Number));
  if (!numbers.empty()) {  // memcpy may not be given null, even for nothing
    std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(Number));
  }
  return numbers;
}

}  // namespace tarama
