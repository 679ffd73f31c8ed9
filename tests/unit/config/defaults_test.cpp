// The defaults that the table of keys documents are those that the reader takes.
#include "orchestrator/config/key_rules.hpp"
#include "tests/unit/config/config_fixture.hpp"
#include "tests/unit/config/wrong_file.hpp"

#include <gmock/gmock.h>

namespace tarama::config::test {

namespace {

constexpr const char* file_of_program =
    "name: p\ntrainer: {command: [python, train.py]}\nparameters: {lr: {value: 0.1}}\n"
    "metric: {name: loss, goal: minimize}\n";

class Defaults : public ConfigFixture, public testing::WithParamInterface<KeyRule> {};

TEST_P(Defaults, ChangeNothingWhenTheyAreWritten) {
  const bool is_of_program = GetParam().key.starts_with("trainer.");
  const std::string file = is_of_program ? file_of_program : right_file;
  const SweepFileOutcome without = read(file);
  const SweepFileOutcome with = read(file, {GetParam().key + "=" + GetParam().default_yaml});

  ASSERT_THAT(printed(with), testing::IsEmpty());
  EXPECT_EQ(with.file->spec, without.file->spec);
}

std::vector<KeyRule> rules_with_default() {
  std::vector<KeyRule> rules;
  for (const KeyRule& rule : key_rules()) {
    if (!rule.default_yaml.empty()) {
      rules.push_back(rule);
    }
  }
  return rules;
}

std::string name_of_rule(const testing::TestParamInfo<KeyRule>& info) {
  std::string name = info.param.key;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(OfKeys, Defaults, testing::ValuesIn(rules_with_default()), name_of_rule);

}  // namespace

}  // namespace tarama::config::test
