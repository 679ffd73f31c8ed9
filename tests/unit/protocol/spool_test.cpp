// A spool is read up to what is torn or damaged, and whatever stands in the file does no harm.
#include "protocol/spool.hpp"

#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <gmock/gmock.h>
#include <rapidcheck.h>
#include <string>
#include <vector>

using tarama::Attempt;
using tarama::RunId;
using tarama::protocol::file_name_of;
using tarama::protocol::Message;
using tarama::protocol::MetricsStored;
using tarama::protocol::spool_head;
using tarama::protocol::spool_name_in;
using tarama::protocol::spool_record;
using tarama::protocol::SpoolName;
using tarama::protocol::SpoolReader;
using tarama::protocol::Started;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

class SpoolTest : public testing::Test {
 protected:
  void write(const std::vector<std::byte>& bytes) const {
    std::ofstream file(path(), std::ios::binary | std::ios::trunc);
    for (const std::byte byte : bytes) {
      file.put(static_cast<char>(byte));
    }
  }

  std::vector<Message> read() {
    std::vector<Message> messages;
    auto reader = SpoolReader::open(path());
    EXPECT_TRUE(reader);
    while (auto message = reader->next()) {
      messages.push_back(std::move(*message));
    }
    EXPECT_EQ(reader->next(), std::nullopt) << "the end stays the end";
    problem = reader->problem();
    return messages;
  }

  std::filesystem::path path() const { return folder.path() / "a.spool"; }

  static std::vector<std::byte> two_records() {
    std::vector<std::byte> bytes = spool_head();
    for (const Message& message : {one, two}) {
      const auto record = spool_record(message).value();
      bytes.insert(bytes.end(), record.begin(), record.end());
    }
    return bytes;
  }

  static inline const Message one = Started{RunId{1}, Attempt{2}, 3};
  static inline const Message two = MetricsStored{RunId{1}, Attempt{2}, 4};
  tarama::test::TempFolder folder;
  std::string problem;
};

}  // namespace

TEST_F(SpoolTest, RecordsComeBackInOrder) {
  write(two_records());

  EXPECT_THAT(read(), ElementsAre(one, two));
  EXPECT_EQ(problem, "");
}

TEST_F(SpoolTest, CutAnywhereItEndsBeforeTheTornRecord) {
  const std::vector<std::byte> whole = two_records();
  const std::size_t second = spool_head().size() + spool_record(one).value().size();
  for (std::size_t length = spool_head().size(); length < whole.size(); ++length) {
    write({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)});

    EXPECT_EQ(read().size(), length < second ? 0U : 1U);
    EXPECT_EQ(problem.empty(), length == spool_head().size() || length == second);
  }
}

TEST_F(SpoolTest, AChangedByteAnywhereIsFound) {
  const std::vector<std::byte> whole = two_records();
  for (std::size_t place = 0; place < whole.size(); ++place) {
    std::vector<std::byte> damaged = whole;
    damaged[place] ^= std::byte{0x20};
    write(damaged);

    EXPECT_LT(read().size(), 2U) << "byte " << place;
    EXPECT_NE(problem, "");
  }
}

TEST_F(SpoolTest, AnyBytesDoNoHarm) {
  EXPECT_TRUE(rc::check("a spool of any bytes", [this] {
    std::vector<std::byte> bytes = spool_head();
    for (const auto byte : *rc::gen::arbitrary<std::vector<std::uint8_t>>()) {
      bytes.push_back(std::byte{byte});
    }
    write(bytes);
    RC_ASSERT(read().empty());
  }));
}

TEST_F(SpoolTest, AnotherFileIsNoSpool) {
  write({});

  EXPECT_THAT(read(), IsEmpty());
  EXPECT_THAT(problem, HasSubstr("no spool"));
  EXPECT_FALSE(SpoolReader::open(folder.path() / "none"));
}

TEST(SpoolName, SaysWhoseItIs) {
  const SpoolName name{"5e.55", RunId{12}, Attempt{3}};

  EXPECT_EQ(file_name_of(name), "5e.55.12.3.spool");
  EXPECT_EQ(spool_name_in("5e.55.12.3.spool"), name);
  for (const char* other : {"",
                            ".spool",
                            "a.spool",
                            "a.1.spool",
                            ".1.2.spool",
                            "a.1.2.tmp",
                            "a.x.2.spool",
                            "a.1.0.spool",
                            "a.1.2x.spool"}) {
    EXPECT_EQ(spool_name_in(other), std::nullopt) << other;
  }
}
