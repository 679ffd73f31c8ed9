// The safetensors format: what is written can be read, and no file does harm.
#include "input/model/safetensors.hpp"

#include "tests/unit/input/input_fixture.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <gmock/gmock.h>
#include <limits>
#include <rapidcheck/gtest.h>

namespace tarama::input {
namespace {

const ModelWeights two_arrays = {{"a", {{2, 2}, {1, 2, 3, 4}}}, {"b", {{3}, {-1, 0.5, 1e-30F}}}};

/// A file with this header and so many bytes of data.
std::string file_with(std::string header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  std::string file(sizeof length, '\0');
  std::memcpy(file.data(), &length, sizeof length);
  return file + header + std::string(data_bytes, '\0');
}

/// The message about a file with this header.
std::string message_of(const std::string& header, std::size_t data_bytes) {
  const std::string file = file_with(header, data_bytes);
  const auto parsed = parse_safetensors_header(file, file.size());
  return parsed ? "no error" : parsed.error().message;
}

class SafetensorsFile : public InputFolder {};

TEST_F(SafetensorsFile, WhatIsWrittenIsReadBack) {
  write("w.safetensors", to_safetensors(two_arrays));

  const auto tensors = read_safetensors_header(path("w.safetensors"));
  ASSERT_TRUE(tensors) << tensors.error().message;
  ModelWeights back;
  for (const auto& [name, tensor] : *tensors) {
    back[name] = *read_tensor(path("w.safetensors"), tensor);
  }

  EXPECT_EQ(back, two_arrays);
}

TEST_F(SafetensorsFile, DataBeginAtAMultipleOfEightBytes) {
  const std::string file = to_safetensors({{"x", {{1}, {1}}}});
  const auto tensors = parse_safetensors_header(file, file.size());

  EXPECT_EQ(tensors->at("x").begin % 8, 0u);
  EXPECT_THAT(file.substr(8), testing::StartsWith("{\"__metadata__\":{\"format\":\"pt\"}"));
}

TEST_F(SafetensorsFile, HalvesAreReadAsFloats) {
  std::string file = file_with(
      R"({"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[4,6]}})",
      6);
  const std::uint16_t bits[] = {0x3C00, 0xC500, 0x3FC0};
  std::memcpy(file.data() + file.size() - sizeof bits, bits, sizeof bits);
  write("h.safetensors", file);

  const auto tensors = read_safetensors_header(path("h.safetensors"));

  EXPECT_EQ(read_tensor(path("h.safetensors"), tensors->at("h"))->values,
            (std::vector<float>{1, -5}));
  EXPECT_EQ(read_tensor(path("h.safetensors"), tensors->at("b"))->values,
            (std::vector<float>{1.5}));
}

TEST_F(SafetensorsFile, DoublesAreRoundedToFloats) {
  std::string file = file_with(R"({"d":{"dtype":"F64","shape":[2],"data_offsets":[0,16]}})", 16);
  const double values[] = {0.1, -3};
  std::memcpy(file.data() + file.size() - sizeof values, values, sizeof values);
  write("d.safetensors", file);

  const auto tensors = read_safetensors_header(path("d.safetensors"));

  EXPECT_TRUE(is_readable_type("F64"));
  EXPECT_EQ(read_tensor(path("d.safetensors"), tensors->at("d"))->values,
            (std::vector<float>{0.1F, -3}));
}

TEST_F(SafetensorsFile, OnlyPlainFloatsAreTakenInPlace) {
  std::string header = R"({"f":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                       R"("h":{"dtype":"F16","shape":[2],"data_offsets":[4,8]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');  // as writers fill it up
  write("p.safetensors", file_with(header, 8));
  const auto tensors = read_safetensors_header(path("p.safetensors"));
  const auto file = MappedFile::open(path("p.safetensors"));
  ASSERT_TRUE(tensors && file);
  StoredTensor odd = tensors->at("f");
  odd.begin += 1;
  odd.end += 1;
  StoredTensor beyond = tensors->at("f");
  beyond.end += 100;

  const auto in_place = tensor_in(*file, tensors->at("f"));
  ASSERT_TRUE(in_place.has_value());
  EXPECT_EQ(*in_place, *read_tensor(path("p.safetensors"), tensors->at("f")));
  EXPECT_EQ(tensor_in(*file, tensors->at("h")), std::nullopt);
  EXPECT_EQ(tensor_in(*file, odd), std::nullopt);
  EXPECT_EQ(tensor_in(*file, beyond), std::nullopt);
}

TEST(Half, SmallLargeAndOddNumbersAreExact) {
  EXPECT_EQ(float_from_half(0x0001), 0x1p-24F);
  EXPECT_EQ(float_from_half(0x83FF), -0x3FFp-24F);
  EXPECT_EQ(float_from_half(0x7BFF), 65504.0F);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(float_from_half(0x8000)), 0x80000000U);
  EXPECT_EQ(float_from_half(0xFC00), -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(float_from_half(0x7E00)));
}

TEST(SafetensorsHeader, RefusesWhatDoesNotFitTheFile) {
  const std::string start = "is not a sound safetensors file: ";
  EXPECT_EQ(parse_safetensors_header("abc", 3).error().message, start + "it has 3 bytes");
  EXPECT_EQ(parse_safetensors_header(std::string(8, '\x7F'), 8).error().message,
            start + "its header claims 9187201950435737471 bytes of the file's 8");
  EXPECT_EQ(message_of("[]", 0), start + "its header is not a JSON object");
  EXPECT_EQ(message_of("{\"a\":", 0), start + "its header is not a JSON object");
  EXPECT_EQ(message_of("{\"a\":1}", 0), start + "tensor 'a' has no dtype");
  EXPECT_EQ(message_of(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4),
            start + "tensor 'a' has no shape");
  EXPECT_EQ(message_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4),
            start + "tensor 'a' has no data_offsets");
  EXPECT_EQ(message_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4),
            start + "tensor 'a' lies at bytes 0 to 8 of 4");
  EXPECT_EQ(message_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[4,0]}})", 4),
            start + "tensor 'a' lies at bytes 4 to 0 of 4");
  EXPECT_EQ(message_of(R"({"a":{"dtype":"F16","shape":[2, 3],"data_offsets":[0,4]}})", 4),
            start + "tensor 'a' of type F16 and shape [2, 3] has 4 bytes");
  EXPECT_EQ(message_of(
                R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", 4),
            start + "tensor 'a' of type F32 and shape [4611686018427387904, 4] has 0 bytes");
  EXPECT_EQ(message_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
                           "b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})",
                       6),
            start + "tensors 'a' and 'b' overlap");
}

RC_GTEST_PROP(SafetensorsHeader, AnyDamageGivesAnErrorOrTensorsInsideTheFile, ()) {
  std::string file = to_safetensors(two_arrays);
  const auto changes = *rc::gen::inRange(1, 8);
  for (int i = 0; i < changes; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, file.size());
    file[at] = *rc::gen::oneOf(rc::gen::arbitrary<char>(),
                               rc::gen::elementOf(std::string("0917[]{}\":,-")));
  }
  file.resize(*rc::gen::inRange<std::size_t>(0, file.size() + 1));

  const auto tensors = parse_safetensors_header(file, file.size());

  if (!tensors) {
    RC_ASSERT(!tensors.error().message.empty());
    return;
  }
  for (const auto& [name, tensor] : *tensors) {
    RC_ASSERT(tensor.begin <= tensor.end);
    RC_ASSERT(tensor.end <= file.size());
  }
}

}  // namespace
}  // namespace tarama::input
