// What torch.save wrote is read without executing anything. The files in pytorch/ come from its
// make.py; hostile ones are written here, opcode by opcode.
#include "input/model/torch_file.hpp"

#include "input/model/pickle.hpp"
#include "tests/support/places.hpp"
#include "tests/unit/input/input_fixture.hpp"

#include <gtest/gtest.h>

#include <array>
#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

namespace tarama::input {
namespace {

using testing::HasSubstr;
using Floats = std::vector<float>;

std::filesystem::path pytorch(const std::string& name) {
  return test::source_folder() / "tests/unit/input/model/pytorch" / name;
}

class TorchFile : public InputFolder, public testing::WithParamInterface<const char*> {};

TEST_P(TorchFile, GivesEveryTensorItsValues) {
  const auto file = pytorch(GetParam());
  const auto tensors = read_torch_file(file);
  ASSERT_TRUE(tensors) << tensors.error().message;
  const auto values_of = [&](const char* name) {
    const auto array = read_tensor(file, tensors->at(name));
    return array ? array->values : Floats{};
  };

  EXPECT_EQ(tensors->size(), 12u);
  EXPECT_EQ(values_of("plain"), (Floats{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  EXPECT_EQ(tensors->at("plain").shape, (std::vector<std::int64_t>{3, 4}));
  EXPECT_EQ(values_of("transposed"), (Floats{0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11}));
  EXPECT_EQ(tensors->at("transposed").shape, (std::vector<std::int64_t>{3, 4}));
  EXPECT_EQ(values_of("middle"), (Floats{2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(values_of("column"), (Floats{1, 5, 9}));
  EXPECT_EQ(values_of("half"), (Floats{0.5, -2}));
  EXPECT_EQ(values_of("brain"), (Floats{1.5, -3}));
  EXPECT_EQ(tensors->at("numbers").type, "I64");
  EXPECT_EQ(values_of("empty"), Floats{});
  EXPECT_EQ(values_of("scalar"), Floats{7});
  EXPECT_EQ(values_of("tied.a"), values_of("tied.b"));
  EXPECT_EQ(values_of("parameter"), Floats{3});
}

INSTANTIATE_TEST_SUITE_P(
    Forms,
    TorchFile,
    testing::Values("zip.bin", "stream.bin", "zip4.bin", "stream4.bin", "trainer.bin"));

class TorchFileProblem : public InputFolder {
 protected:
  [[nodiscard]] std::string message_of(std::string_view bytes) const {
    write("w.bin", bytes);
    const auto tensors = read_torch_file(path("w.bin"));
    return tensors ? "no error" : tensors.error().message.substr(path("w.bin").string().size() + 2);
  }
};

TEST_F(TorchFileProblem, AWholeModuleIsRefusedByTheNameOfItsClass) {
  EXPECT_THAT(read_torch_file(pytorch("module.bin")).error().message,
              testing::AllOf(HasSubstr("torch.nn.modules.linear.Linear"),
                             HasSubstr("save model.state_dict()")));
}

TEST_F(TorchFileProblem, ATensorAloneIsNoStateDict) {
  EXPECT_THAT(read_torch_file(pytorch("tensor.bin")).error().message,
              HasSubstr("holds no state dict"));
}

TEST_F(TorchFileProblem, OfWhatIsNoFileOfTorch) {
  EXPECT_EQ(message_of(""), "is empty");
  EXPECT_THAT(message_of("hello"), HasSubstr("is not a file that torch.save wrote"));
  EXPECT_THAT(message_of("\n<!DOCTYPE html><html>"), HasSubstr("is a web page"));
  EXPECT_THAT(message_of("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 17\n"),
              HasSubstr("is a Git LFS pointer to a file of 17 bytes"));
}

TEST_F(TorchFileProblem, AFileCutAnywhereIsRefused) {
  for (const char* const name : {"zip.bin", "stream.bin"}) {
    const std::string whole = read_file(pytorch(name));
    for (std::size_t size = 0; size < whole.size(); size += 31) {
      EXPECT_NE(message_of(whole.substr(0, size)), "no error") << name << " cut at " << size;
    }
  }
}

RC_GTEST_FIXTURE_PROP(TorchFileProblem, NoChangedByteDoesHarm, ()) {
  std::string bytes = read_file(pytorch(*rc::gen::arbitrary<bool>() ? "zip.bin" : "stream.bin"));
  const int changes = *rc::gen::inRange(1, 8);
  for (int i = 0; i < changes; ++i) {
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
  }
  write("w.bin", bytes);
  const auto tensors = read_torch_file(path("w.bin"));
  if (!tensors) {
    return;
  }
  for (const auto& [name, tensor] : *tensors) {
    RC_ASSERT(tensor.begin <= tensor.end && tensor.end <= bytes.size());
    if (is_readable_type(tensor.type)) {
      RC_ASSERT(!read_tensor(path("w.bin"), tensor).has_error());
    }
  }
}

// --- pickles by hand

std::string text_opcode(std::string_view text) {
  return std::string("X") + static_cast<char>(text.size()) + std::string(3, '\0') +
         std::string(text);
}

std::string long_opcode(std::uint64_t value) {
  std::string bytes = "\x8A\x08";
  for (int i = 0; i < 8; ++i) {
    bytes += static_cast<char>(value >> (8 * i));
  }
  return bytes;
}

std::string pickle_message(const std::string& body) {
  const auto pickle = read_pickle("\x80\x02" + body);
  return pickle ? "no error" : pickle.error().message;
}

TEST(HostilePickle, NoFunctionIsCalledAndItsNameIsTold) {
  const std::string command = text_opcode("touch PWNED");
  for (const std::string& body :
       {"cposix\nsystem\n" + command + "\x85R.",
        text_opcode("posix") + text_opcode("system") + "\x93" + command + "\x85R.",
        std::string("cposix\nsystem\n.")}) {
    EXPECT_THAT(pickle_message(body),
                testing::AllOf(HasSubstr("names 'posix.system'"), HasSubstr("nothing of it was")));
  }
  for (const char* const name : {"builtins\neval",
                                 "torch\nload",
                                 "torch.storage\n_load_from_bytes",
                                 "collections\nCounter"}) {
    EXPECT_THAT(pickle_message(fmt::format("c{}\n.", name)), HasSubstr("its pickle names"));
  }
}

TEST(HostilePickle, OtherOpcodesThatMakeObjectsAreRefused) {
  EXPECT_THAT(pickle_message("(iposix\nsystem\n."), HasSubstr("opcode 0x69"));
  EXPECT_THAT(pickle_message("ccollections\nOrderedDict\n)\x81."), HasSubstr("opcode 0x81"));
  EXPECT_THAT(pickle_message("ccollections\nOrderedDict\n(o."), HasSubstr("opcode 0x6f"));
  EXPECT_THAT(pickle_message("\x82\x01."), HasSubstr("opcode 0x82"));
}

TEST(HostilePickle, NestingDeeplyIsBounded) {
  EXPECT_THAT(pickle_message(std::string(5'000'000, ']') + "."), HasSubstr("more than 250000"));
  EXPECT_THAT(pickle_message(std::string(5'000'000, '(') + "."), HasSubstr("more than 250000"));
  std::string nested = "]";
  for (int i = 0; i < 120'000; ++i) {
    nested += "\x85";
  }
  EXPECT_EQ(pickle_message(nested + "."), "no error");  // made, and taken apart, without a stack
}

TEST(HostilePickle, ValuesThatAreNamedOverAndOverAreBounded) {
  const std::string key = "q" + std::string(1, '\0');
  const std::string again = "h" + std::string(1, '\0');
  std::string body = "](" + std::string(20'000, 'N') + "e" + key + "0";
  for (int i = 0; i < 20'000; ++i) {
    body += "]" + again + "a0(" + again + again + "l0";
  }
  EXPECT_EQ(pickle_message(body + "N."), "no error");
  std::string dict = "](" + std::string(20'000, 'N') + "t" + key + "0";
  for (int i = 0; i < 100; ++i) {
    dict += "ctorch\nSize\n" + again + "\x85R0";
  }
  EXPECT_THAT(pickle_message(dict + "N."), HasSubstr("more than 250000"));
}

/// A tensor of this shape, in a storage "0" that is said to have `elements`.
std::string tensor_pickle(std::uint64_t elements,
                          const std::string& shape,
                          const std::string& strides) {
  const std::string storage = "(" + text_opcode("storage") + "ctorch\nFloatStorage\n" +
                              text_opcode("0") + text_opcode("cpu") + long_opcode(elements) + "tQ";
  return "}" + text_opcode("w") + "ctorch._utils\n_rebuild_tensor_v2\n(" + storage +
         std::string("K\0", 2) + shape + strides + "\x89}tRs.";
}

enum class Storages { one, none };

/// The older stream with this state dict, and a storage "0" of two elements.
std::string stream_with(const std::string& state, Storages storages = Storages::one) {
  const std::string magic = "\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19.";
  const std::string protocol = "\x80\x02M\xE9\x03.";
  const std::string system = "\x80\x02}.";
  const std::string before = magic + protocol + system + "\x80\x02" + state;
  if (storages == Storages::none) {
    return before + "\x80\x02].";
  }
  const std::string keys = "\x80\x02](" + text_opcode("0") + "e.";
  const std::string storage("\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
  return before + keys + storage;
}

TEST_F(TorchFileProblem, ATensorMustFitInItsStorage) {
  const auto two = [](const std::string& shape, const std::string& strides) {
    return stream_with(tensor_pickle(2, shape, strides));
  };
  const std::string huge = long_opcode(std::uint64_t{1} << 60U);
  EXPECT_EQ(message_of(two("K\x02\x85", "K\x01\x85")), "no error");
  EXPECT_THAT(message_of(two("K\x03\x85", "K\x01\x85")), HasSubstr("does not fit in its storage"));
  EXPECT_THAT(message_of(two("K\x02\x85", "K\x02\x85")), HasSubstr("does not fit in its storage"));
  EXPECT_THAT(message_of(two(huge + "\x85", "K\x01\x85")),
              HasSubstr("of shape [1152921504606846976]"));
  EXPECT_THAT(message_of(two(huge + "\x85", std::string("K\0\x85", 3))), HasSubstr("does not fit"));
  EXPECT_THAT(message_of(two(huge + huge + "\x86", huge + huge + "\x86")),
              HasSubstr("does not fit"));
  EXPECT_THAT(
      message_of(stream_with(tensor_pickle(std::uint64_t{1} << 60U, "K\x02\x85", "K\x01\x85"))),
      HasSubstr("does not fit in its storage"));
}

TEST_F(TorchFileProblem, AStorageMustBeThere) {
  const std::string state = tensor_pickle(2, "K\x02\x85", "K\x01\x85");

  EXPECT_THAT(message_of(stream_with(state, Storages::none)),
              HasSubstr("has its values in storage '0', which is not there"));
}

}  // namespace
}  // namespace tarama::input
