// Little-endian numbers and length-prefixed text to and from bytes. The reader checks every
// bound and remembers the first thing that was wrong, with its place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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

  [[nodiscard]] std::uint64_t unsigned_number(std::string_view field, std::size_t width);
  [[nodiscard]] double real(std::string_view field);
  [[nodiscard]] std::string text(std::string_view field);
  /// How many elements follow, each at least `least_bytes` long: a count that cannot fit in what
  /// is left fails here, before anybody allocates for it.
  [[nodiscard]] std::size_t count(std::string_view field, std::size_t least_bytes);

  /// Marks the field just read as wrong: "field 'end': 9 is not in 0..2".
  void reject(std::string_view field, std::string_view why);

  [[nodiscard]] std::size_t remaining() const { return bytes_.size() - position_; }

  [[nodiscard]] bool has_failed() const { return problem_.has_value(); }

  /// What failed first, and at which byte; only after a failure.
  [[nodiscard]] const std::string& problem() const { return *problem_; }

 private:
  [[nodiscard]] std::span<const std::byte> take(std::string_view field, std::size_t size);

  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
  std::size_t field_start_ = 0;
  std::optional<std::string> problem_;
};

}  // namespace tarama
