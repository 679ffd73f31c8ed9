// What is written is read back; what is not there is an error with its place, and never a crash.
#include "core/bytes/byte_io.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <gmock/gmock.h>
#include <limits>
#include <rapidcheck/gtest.h>

namespace tarama {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values) {
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

/// A number, a real and a text, as some format may have them.
struct Record {
  std::uint64_t number = 0;
  std::uint64_t real_bits = 0;  // NaN equals nothing, its bits do
  std::string text;

  friend bool operator==(const Record&, const Record&) = default;
};

std::vector<std::byte> written(const Record& record) {
  std::vector<std::byte> bytes;
  ByteWriter writer(bytes);
  writer.unsigned_number(record.number, 8);
  writer.real(std::bit_cast<double>(record.real_bits));
  writer.text(record.text);
  return bytes;
}

Record read(ByteReader& reader) {
  Record record;
  record.number = reader.unsigned_number("number", 8);
  record.real_bits = std::bit_cast<std::uint64_t>(reader.real("real"));
  record.text = reader.text("text");
  return record;
}

Record any_record() {
  return {*rc::gen::arbitrary<std::uint64_t>(),
          *rc::gen::arbitrary<std::uint64_t>(),
          *rc::gen::arbitrary<std::string>()};
}

TEST(ByteIo, NumbersAreLittleEndianAndTextsHaveTheirLengthBefore) {
  std::vector<std::byte> bytes;
  ByteWriter writer(bytes);

  writer.unsigned_number(0x1234, 2);
  writer.text("ab");

  EXPECT_EQ(bytes, bytes_of({0x34, 0x12, 2, 0, 0, 0, 'a', 'b'}));
}

RC_GTEST_PROP(ByteIo, WhatIsWrittenIsReadBackToItsEnd, ()) {
  const Record record = any_record();
  const std::vector<std::byte> bytes = written(record);
  ByteReader reader(bytes);

  RC_ASSERT(read(reader) == record);
  RC_ASSERT(!reader.has_failed());
  RC_ASSERT(reader.remaining() == 0u);
}

RC_GTEST_PROP(ByteIo, EveryPartOfARecordFails, ()) {
  const std::vector<std::byte> bytes = written(any_record());
  const auto size = *rc::gen::inRange<std::size_t>(0, bytes.size());
  const std::span<const std::byte> all(bytes);
  ByteReader reader(all.first(size));

  static_cast<void>(read(reader));

  RC_ASSERT(reader.has_failed());
}

RC_GTEST_PROP(ByteIo, NoBytesMakeTheReaderGoBeyondThem, (const std::vector<std::uint8_t>& noise)) {
  const auto bytes = std::as_bytes(std::span(noise));
  ByteReader reader(bytes);

  const std::string text = reader.text("text", 1);
  const std::size_t count = reader.count("count", 3, 2);
  const auto raw = reader.bytes("raw", 3 * count);

  RC_ASSERT(text.size() + raw.size() + reader.remaining() <= bytes.size());
  RC_ASSERT(reader.has_failed() || raw.size() == 3 * count);
}

TEST(ByteReader, AfterTheFirstFailureAllIsEmptyAndTheProblemStays) {
  const auto bytes = bytes_of({1, 2, 3});
  ByteReader reader(bytes);

  EXPECT_EQ(reader.unsigned_number("length", 4), 0u);
  EXPECT_EQ(reader.unsigned_number("short", 1), 0u);
  EXPECT_EQ(reader.real("rate"), 0.0);
  EXPECT_EQ(reader.text("name"), "");
  EXPECT_EQ(reader.count("rows", 1), 0u);
  EXPECT_THAT(reader.bytes("rest", 1), IsEmpty());
  reader.reject("rest", "is wrong as well");

  EXPECT_EQ(reader.problem(), "field 'length' at byte 0: 4 bytes needed, 3 left");
  EXPECT_EQ(reader.remaining(), 3u);
}

TEST(ByteReader, ATextThatIsLongerThanTheBytesIsNamedWithItsPlace) {
  const auto bytes = bytes_of({7, 5, 0, 0, 0, 'a', 'b', 'c'});
  ByteReader reader(bytes);

  static_cast<void>(reader.unsigned_number("version", 1));
  static_cast<void>(reader.text("name"));

  EXPECT_EQ(reader.problem(), "field 'name' at byte 5: 5 bytes needed, 3 left");
}

TEST(ByteReader, ACountThatCannotFitFailsBeforeAnybodyAllocates) {
  std::vector<std::byte> bytes;
  ByteWriter writer(bytes);
  writer.unsigned_number(std::numeric_limits<std::uint64_t>::max(), 8);
  writer.unsigned_number(0, 5);
  ByteReader reader(bytes);

  EXPECT_EQ(reader.count("rows", 2, 8), 0u);

  EXPECT_EQ(reader.problem(),
            "field 'rows' at byte 0: 18446744073709551615 elements of at least 2 bytes do not fit "
            "in the 5 bytes left");
}

TEST(ByteReader, ACallerMayRejectWhatItJustRead) {
  const auto bytes = bytes_of({0, 9});
  ByteReader reader(bytes);
  static_cast<void>(reader.unsigned_number("version", 1));

  const std::uint64_t end = reader.unsigned_number("end", 1);
  reader.reject("end", "9 is not in 0..2");

  EXPECT_EQ(end, 9u);
  EXPECT_EQ(reader.problem(), "field 'end' at byte 1: 9 is not in 0..2");
}

TEST(ByteReader, ReadsTextsOfBytesAsWell) {
  ByteReader reader(std::string_view("\x02\0xyz", 5));

  EXPECT_EQ(reader.unsigned_number("number", 2), 2u);
  EXPECT_EQ(as_text(reader.bytes("rest", 3)), "xyz");
}

TEST(AsNumbers, LeavesOutARestThatIsNoWholeNumber) {
  EXPECT_THAT(as_numbers<std::uint16_t>(bytes_of({1, 0, 2, 1, 3})), ElementsAre(1, 0x102));
  EXPECT_THAT(as_numbers<float>({}), IsEmpty());
}

}  // namespace
}  // namespace tarama
