// Event files of TensorBoard: scalars as PyTorch and TensorFlow write them, and bytes that are
// none.
#include "worker/program/event_records.hpp"

#include "tests/support/temp_folder.hpp"
#include "worker/program/metric_source.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>

namespace tarama::program::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string bytes_field(int number, const std::string& bytes) {
  return std::string(1, static_cast<char>(number << 3 | 2)) +
         std::string(1, static_cast<char>(bytes.size())) + bytes;
}

std::string float_field(int number, float value) {
  std::string text(1, static_cast<char>(number << 3 | 5));
  text.resize(5);
  std::memcpy(text.data() + 1, &value, sizeof(value));
  return text;
}

std::string step_field(int step) {
  return std::string(1, '\x10') + static_cast<char>(step);
}

/// tag and simple_value, as torch.utils.tensorboard writes them.
std::string simple_event(int step, const std::string& tag, float value) {
  return step_field(step) +
         bytes_field(5, bytes_field(1, bytes_field(1, tag) + float_field(2, value)));
}

std::string record_of(const std::string& event) {
  std::string text(event_header_bytes, '\0');
  text[0] = static_cast<char>(event.size());
  return text + event + std::string(event_trailer_bytes, '\0');
}

TEST(EventRecords, ScalarsAreFoundInBothOfTheirForms) {
  EXPECT_THAT(scalars_in_event(simple_event(7, "Loss/train", 0.5F)),
              ElementsAre(EventScalar{"Loss/train", 7, 0.5}));
  const std::string tensor = "\x08\x01" + float_field(5, 0.25F);
  EXPECT_THAT(scalars_in_event(
                  step_field(3) +
                  bytes_field(5, bytes_field(1, bytes_field(1, "acc") + bytes_field(8, tensor)))),
              ElementsAre(EventScalar{"acc", 3, 0.25}));
}

TEST(EventRecords, AnyBytesDoNoHarm) {
  const std::string event = simple_event(7, "Loss/train", 0.5F);
  for (std::size_t i = 0; i < event.size(); ++i) {
    (void)scalars_in_event(event.substr(0, i));
    std::string changed = event;
    changed[i] = static_cast<char>(0xff);
    (void)scalars_in_event(changed);
  }
  EXPECT_THAT(scalars_in_event("no event at all"), IsEmpty());
}

TEST(EventFiles, AreFollowedFromWhatTheyHeldAtTheStart) {
  const tarama::test::TempFolder folder;
  const auto append = [&](const std::string& name, const std::string& bytes) {
    std::filesystem::create_directories((folder.path() / name).parent_path());
    std::ofstream(folder.path() / name, std::ios::binary | std::ios::app) << bytes;
  };
  append("events.out.tfevents.1", record_of(simple_event(1, "old", 1)));
  const auto source = make_event_files(folder.path());
  EXPECT_THAT(source->look(0), IsEmpty());

  const std::string record = record_of(simple_event(2, "new", 2));
  append("events.out.tfevents.1", record.substr(0, 20));
  EXPECT_THAT(source->look(0), IsEmpty()) << "half a record";
  append("events.out.tfevents.1", record.substr(20));
  append("run/validation/events.out.tfevents.2", record_of(simple_event(3, "loss", 3)));

  EXPECT_THAT(source->look(9),
              ElementsAre(ReportedRow{"new", 2, ReportedRow::no_epoch, 2, 9},
                          ReportedRow{"validation/loss", 3, ReportedRow::no_epoch, 3, 9}));
}

TEST(EventFiles, AreReadFromAMarkByWhoComesLater) {
  const tarama::test::TempFolder folder;
  const auto append = [&](const std::string& name, const std::string& bytes) {
    std::ofstream(folder.path() / name, std::ios::binary | std::ios::app) << bytes;
  };
  append("events.out.tfevents.1", record_of(simple_event(1, "old", 1)));
  const ReadMark mark = make_event_files(folder.path())->beginning();
  append("events.out.tfevents.1", record_of(simple_event(2, "loss", 2)));
  append("events.out.tfevents.2", record_of(simple_event(3, "loss", 3)));

  const auto rows = make_event_files(folder.path(), mark)->look(0);

  EXPECT_THAT(rows,
              ElementsAre(ReportedRow{"loss", 2, ReportedRow::no_epoch, 2, 0},
                          ReportedRow{"loss", 3, ReportedRow::no_epoch, 3, 0}));
}

}  // namespace
}  // namespace tarama::program::test
