// Every message survives its bytes; whatever is not a message is an error and never a crash.
#include "protocol/messages.hpp"

#include "protocol/layout.hpp"
#include "tests/support/places.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <fstream>
#include <gmock/gmock.h>
#include <limits>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <sstream>

using tarama::protocol::Message;
using testing::HasSubstr;

namespace {

/// Any bits but NaN, which equals nothing, not even itself.
rc::Gen<double> any_number() {
  return rc::gen::map(rc::gen::arbitrary<std::uint64_t>(), [](std::uint64_t bits) {
    const auto value = std::bit_cast<double>(bits);
    return std::isnan(value) ? 0.5 : value;
  });
}

/// Fills every field of a message with random values, by the same lists that the codec walks.
class Filler {
 public:
  template <class Tag>
  void operator()(std::string_view /*field*/, tarama::Id<Tag>& id) {
    id.value = *rc::gen::arbitrary<std::int64_t>();
  }

  void operator()(std::string_view /*field*/, std::int64_t& number) {
    number = *rc::gen::arbitrary<std::int64_t>();
  }

  void operator()(std::string_view /*field*/, double& number) { number = *any_number(); }

  void operator()(std::string_view /*field*/, std::string& text) {
    text = *rc::gen::arbitrary<std::string>();
  }

  template <class Enum>
  requires std::is_enum_v<Enum>

  void operator()(std::string_view /*field*/, Enum& value) {
    value = static_cast<Enum>(
        *rc::gen::inRange<std::uint64_t>(0, tarama::protocol::EnumRange<Enum>::values));
  }

  template <class Row>
  void operator()(std::string_view /*field*/, std::vector<Row>& rows) {
    rows.resize(*rc::gen::inRange<std::size_t>(0, 5));
    for (Row& row : rows) {
      tarama::protocol::Layout<Row>::visit(*this, row);
    }
  }
};

constexpr std::size_t message_types = std::variant_size_v<Message>;

template <std::size_t index = 0>
Message blank_message(std::size_t wanted) {
  if constexpr (index + 1 < message_types) {
    if (wanted != index) {
      return blank_message<index + 1>(wanted);
    }
  }
  return Message(std::in_place_index<index>);
}

Message any_message(std::size_t index) {
  Message message = blank_message(index);
  std::visit(
      [](auto& concrete) {
        Filler filler;
        tarama::protocol::Layout<std::decay_t<decltype(concrete)>>::visit(filler, concrete);
      },
      message);
  return message;
}

Message any_message() {
  return any_message(*rc::gen::inRange<std::size_t>(0, message_types));
}

tarama::Result<Message> decode(std::span<const std::byte> frame) {
  const std::size_t header_size = std::min(frame.size(), tarama::protocol::header_bytes);
  const auto header = tarama::protocol::decode_header(frame.first(header_size));
  if (!header) {
    return header.error();
  }
  return tarama::protocol::decode_body(*header, frame.subspan(header_size));
}

std::vector<std::byte> frame_of(const Message& message) {
  return tarama::protocol::encode(message).value();
}

tarama::Error error_of(std::span<const std::byte> frame) {
  const auto decoded = decode(frame);
  return decoded ? tarama::Error{tarama::Errc::internal, "it decoded"} : decoded.error();
}

}  // namespace

class EveryMessage : public testing::TestWithParam<std::size_t> {};

TEST_P(EveryMessage, SurvivesItsBytes) {
  const auto survives = [] {
    const Message message = any_message(GetParam());

    const auto decoded = decode(frame_of(message));

    RC_ASSERT(decoded.has_value());
    RC_ASSERT(*decoded == message);
  };
  EXPECT_TRUE(rc::check("decode(encode(m)) == m", survives));
}

TEST_P(EveryMessage, CutAnywhereIsAnError) {
  const auto prefixes_fail = [] {
    const std::vector<std::byte> frame = frame_of(any_message(GetParam()));

    for (std::size_t length = 0; length < frame.size(); ++length) {
      const auto decoded = decode(std::span(frame).first(length));
      RC_ASSERT(decoded.has_error());
      RC_ASSERT(decoded.error().code == tarama::Errc::corrupt);
    }
  };
  EXPECT_TRUE(rc::check("no prefix of a frame decodes", prefixes_fail));
}

TEST_P(EveryMessage, WhoseBodyIsCutBehindAnHonestHeaderIsAnError) {
  const auto cut_bodies_fail = [] {
    const std::vector<std::byte> frame = frame_of(any_message(GetParam()));
    auto header = tarama::protocol::decode_header(std::span(frame).first(8)).value();
    const auto body = std::span(frame).subspan(tarama::protocol::header_bytes);

    for (std::size_t length = 0; length < body.size(); ++length) {
      header.body_bytes = static_cast<std::uint32_t>(length);
      RC_ASSERT(tarama::protocol::decode_body(header, body.first(length)).has_error());
    }
  };
  EXPECT_TRUE(rc::check("a shorter body misses a field", cut_bodies_fail));
}

INSTANTIATE_TEST_SUITE_P(All, EveryMessage, testing::Range<std::size_t>(0, message_types));

RC_GTEST_PROP(Messages, RandomBytesNeverCrash, (const std::vector<std::uint8_t>& noise)) {
  const auto bytes = std::as_bytes(std::span(noise));
  const auto type = *rc::gen::inRange<std::uint16_t>(0, 20);
  const tarama::protocol::FrameHeader header{static_cast<std::uint32_t>(bytes.size()), 1, type};

  static_cast<void>(decode(bytes));
  const auto decoded = tarama::protocol::decode_body(header, bytes);

  // Only the exact bytes of a message decode: then encoding it again gives the same bytes.
  if (decoded) {
    const std::vector<std::byte> again = frame_of(*decoded);
    RC_ASSERT(std::equal(again.begin() + 8, again.end(), bytes.begin(), bytes.end()));
  }
}

RC_GTEST_PROP(Messages, MutatedFramesDecodeToTheirOwnBytesOrFail, ()) {
  std::vector<std::byte> frame = frame_of(any_message());
  const auto place = *rc::gen::inRange<std::size_t>(0, frame.size());
  frame[place] = static_cast<std::byte>(*rc::gen::arbitrary<std::uint8_t>());

  const auto decoded = decode(frame);

  const auto version = static_cast<std::uint16_t>(std::to_integer<int>(frame[4]) |
                                                  std::to_integer<int>(frame[5]) << 8);
  if (decoded) {
    RC_ASSERT(tarama::protocol::encode(*decoded, version).value() == frame);
  } else {
    RC_ASSERT(
        decoded.error().code == tarama::Errc::corrupt ||
        (decoded.error().code == tarama::Errc::refused && version != tarama::protocol::version));
  }
}

TEST(Messages, KeepTheBitsOfNotANumber) {
  tarama::protocol::Metrics metrics;
  metrics.steps.push_back(
      {.loss = std::numeric_limits<double>::quiet_NaN(), .flat_accuracy = -0.0});

  const auto frame = frame_of(metrics);

  EXPECT_EQ(frame_of(decode(frame).value()), frame);
}

TEST(Messages, FrameIsLittleEndianLengthVersionTypeBody) {
  const auto frame = frame_of(tarama::protocol::Stop{
      tarama::RunId{0x0102}, tarama::Attempt{-1}, tarama::StopCause::drained});

  const std::vector<int> expected = {17, 0, 0, 0,   4,   0,   9,   0,   2,   1,   0,   0, 0,
                                     0,  0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 2};
  std::vector<int> bytes;
  for (const std::byte byte : frame) {
    bytes.push_back(std::to_integer<int>(byte));
  }
  EXPECT_EQ(bytes, expected);
}

TEST(Messages, AnotherVersionIsNamedBesideOurs) {
  auto frame = frame_of(tarama::protocol::Shutdown{});
  frame[4] = std::byte{7};

  EXPECT_EQ(error_of(frame),
            (tarama::Error{tarama::Errc::refused,
                           "the peer speaks protocol version 7, this program version 4; use the "
                           "same version of tarama on both sides"}));
}

TEST(Messages, RequestAndReplyAreFrozenAndReadInAnyVersion) {
  for (const Message& message :
       {Message(tarama::protocol::Request{"{}"}), Message(tarama::protocol::Reply{"{}"})}) {
    for (const int number : {0, 1, 2, 3, 4, 65535}) {
      const auto version = static_cast<std::uint16_t>(number);
      const auto frame = tarama::protocol::encode(message, version).value();
      const auto decoded = decode(frame);
      ASSERT_TRUE(decoded) << decoded.error().message;
      EXPECT_EQ(*decoded, message);
    }
  }
  // Their bytes, as version 1 had them.
  const auto frame = tarama::protocol::encode(tarama::protocol::Request{"{}"}, 1).value();
  const std::vector<std::byte> expected = {std::byte{6},
                                           std::byte{0},
                                           std::byte{0},
                                           std::byte{0},
                                           std::byte{1},
                                           std::byte{0},
                                           std::byte{11},
                                           std::byte{0},
                                           std::byte{2},
                                           std::byte{0},
                                           std::byte{0},
                                           std::byte{0},
                                           std::byte{'{'},
                                           std::byte{'}'}};
  EXPECT_EQ(frame, expected);
}

TEST(Messages, UnknownTypeIsNamed) {
  auto frame = frame_of(tarama::protocol::Shutdown{});
  frame[6] = std::byte{99};

  EXPECT_EQ(error_of(frame).message,
            "frame header: message type 99 is unknown to protocol version 4");
}

TEST(Messages, BodyLengthReadFromGarbageIsRefusedBeforeAnythingIsAllocated) {
  auto frame = frame_of(tarama::protocol::Shutdown{});
  frame[3] = std::byte{0xff};

  EXPECT_EQ(error_of(frame).message,
            "frame header: a body of 4278190080 bytes is longer than the limit of 67108864");
}

TEST(Messages, MissingBytesAreToldWithFieldAndPlace) {
  const auto frame = frame_of(tarama::protocol::Started{});
  const auto body = std::span(frame).subspan(8, 20);

  const auto decoded = tarama::protocol::decode_body({20, tarama::protocol::version, 2}, body);

  EXPECT_EQ(decoded.error().message,
            "message Started: field 'first_step' at byte 16: 8 bytes needed, 4 left");
}

TEST(Messages, BytesBehindTheLastFieldAreAnError) {
  const auto body = std::vector<std::byte>(3);

  const auto decoded = tarama::protocol::decode_body({3, tarama::protocol::version, 10}, body);

  EXPECT_EQ(decoded.error().message, "message Shutdown: 3 bytes follow its last field at byte 0");
}

TEST(Messages, CountThatCannotFitIsRefusedBeforeAnythingIsAllocated) {
  auto frame = frame_of(tarama::protocol::Metrics{});
  frame[8 + 24 + 3] = std::byte{0xff};  // the highest byte of the number of steps

  EXPECT_THAT(error_of(frame).message,
              HasSubstr("message Metrics: field 'steps' at byte 24: 4278190080 elements"));
}

TEST(Messages, EnumOutOfItsRangeIsAnError) {
  auto frame = frame_of(tarama::protocol::Finished{});
  frame[8 + 16] = std::byte{3};  // `end`

  EXPECT_EQ(error_of(frame).message, "message Finished: field 'end' at byte 16: 3 is not in 0..2");
}

TEST(Messages, TooLongABodyIsNotSent) {
  const tarama::protocol::Reply reply{std::string(tarama::protocol::max_frame_bytes, 'x')};

  const auto frame = tarama::protocol::encode(reply);

  EXPECT_EQ(frame.error(),
            (tarama::Error{tarama::Errc::invalid_argument,
                           "message Reply: its body of 67108868 bytes is longer than the limit of "
                           "67108864"}));
}

TEST(Messages, RowsHaveTheLengthThatTheTableSays) {
  tarama::protocol::Metrics metrics;
  const auto empty = frame_of(metrics).size();
  metrics.steps.resize(1);
  const auto with_step = frame_of(metrics).size();
  metrics.evals.resize(1);
  const auto with_both = frame_of(metrics).size();

  EXPECT_EQ(with_step - empty, tarama::protocol::Layout<tarama::StepRow>::bytes);
  EXPECT_EQ(with_both - with_step, tarama::protocol::Layout<tarama::EvalRow>::bytes);
}

TEST(Messages, ProtocolPageHoldsTheLayoutOfTheCode) {
  std::ifstream page(tarama::test::source_folder() / "docs/PROTOCOL.md");
  std::stringstream text;
  text << page.rdbuf();

  EXPECT_THAT(text.str(), HasSubstr(tarama::protocol::layout_as_markdown()));
}
