// The file of results of tests/gpu: what it tells while checks run, and of those that fail.
#include "tests/gpu/check_list.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <iterator>
#include <limits>
#include <string>

namespace tarama::gpu_check {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

TEST(GpuCheckList, ItsFileTellsAtAnyTimeWhatThereIsAndWhatIsAtWork) {
  const tarama::test::TempFolder folder;
  const auto file = folder.path() / "result.json";
  CheckList list(file);
  list.say("device", "a GPU");
  list.check("first", [] { return ""; });
  std::string within;

  list.measure("second", "ms", [&] {
    within = text_of(file);
    return 2.5;
  });
  list.finish();

  EXPECT_THAT(within, StartsWith(R"({"complete": false, "running": "second", "device": "a GPU",)"));
  EXPECT_THAT(within, HasSubstr(R"("name": "first", "ok": true)"));
  const std::string whole = text_of(file);
  EXPECT_THAT(whole, StartsWith(R"({"complete": true, "running": null, "device": "a GPU",)"));
  EXPECT_THAT(whole, HasSubstr(R"({"name": "second", "value": 2.5, "unit": "ms"})"));
  EXPECT_TRUE(list.is_all_right());
}

TEST(GpuCheckList, AFigureThatIsNoNumberIsWrongAndNoJson) {
  CheckList list;

  list.measure("rate", "TB/s", [] { return std::numeric_limits<double>::quiet_NaN(); });

  EXPECT_FALSE(list.is_all_right());
  EXPECT_THAT(list.json(), HasSubstr("it came out as no number"));
  EXPECT_THAT(list.json(), Not(HasSubstr("nan")));
}

TEST(GpuCheckList, AFileThatCannotBeWrittenIsNotAllRight) {
  CheckList list("/nowhere/result.json");

  list.check("first", [] { return ""; });

  EXPECT_FALSE(list.is_all_right());
}

}  // namespace
}  // namespace tarama::gpu_check
