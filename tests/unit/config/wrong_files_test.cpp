// Sweep files with faults: every message, whole, and nothing beside it.
#include "tests/unit/config/config_fixture.hpp"
#include "tests/unit/config/files_wrong_in_axes.hpp"
#include "tests/unit/config/files_wrong_in_keys.hpp"
#include "tests/unit/config/files_wrong_in_relations.hpp"
#include "tests/unit/config/files_wrong_in_values.hpp"
#include "tests/unit/config/files_wrong_in_yaml.hpp"

namespace tarama::config::test {

namespace {

class WrongFiles : public ConfigFixture, public testing::WithParamInterface<WrongFile> {};

TEST_P(WrongFiles, AreReportedWithAllTheirProblems) {
  const SweepFileOutcome outcome = read(text_of(GetParam()));

  std::vector<std::string> expected;
  for (const std::string& problem : GetParam().problems) {
    expected.push_back("FOLDER/sweep.yaml:" + problem);
  }
  EXPECT_EQ(printed(outcome), expected);
  EXPECT_FALSE(outcome.file.has_value());
}

std::string name_of_case(const testing::TestParamInfo<WrongFile>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Yaml, WrongFiles, testing::ValuesIn(files_wrong_in_yaml), name_of_case);
INSTANTIATE_TEST_SUITE_P(Keys, WrongFiles, testing::ValuesIn(files_wrong_in_keys), name_of_case);
INSTANTIATE_TEST_SUITE_P(Values,
                         WrongFiles,
                         testing::ValuesIn(files_wrong_in_values),
                         name_of_case);
INSTANTIATE_TEST_SUITE_P(Axes, WrongFiles, testing::ValuesIn(files_wrong_in_axes), name_of_case);
INSTANTIATE_TEST_SUITE_P(Relations,
                         WrongFiles,
                         testing::ValuesIn(files_wrong_in_relations),
                         name_of_case);

}  // namespace

}  // namespace tarama::config::test
