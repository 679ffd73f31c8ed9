// A spec written as a sweep file is the same spec when it is read.
#include "orchestrator/config/spec_yaml.hpp"

#include "tests/unit/config/config_fixture.hpp"
#include "tests/unit/config/wrong_file.hpp"

#include <gmock/gmock.h>

namespace tarama::config::test {

namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class SpecYaml : public ConfigFixture {
 protected:
  /// The spec of a file, and that of the file which is written from it.
  void expect_same_spec(const std::string& file) {
    const SweepFileOutcome first = read(file);
    ASSERT_THAT(printed(first), IsEmpty());
    const std::string written = yaml_of(first.file->spec);

    const SweepFileOutcome second = read(written);

    ASSERT_THAT(printed(second), IsEmpty()) << written;
    EXPECT_EQ(second.file->spec, first.file->spec) << written;
  }
};

TEST_F(SpecYaml, SaysASmallFile) {
  expect_same_spec(right_file);
}

TEST_F(SpecYaml, SaysWhatIsDrawn) {
  expect_same_spec(sampled_file);
}

TEST_F(SpecYaml, SaysEveryKey) {
  expect_same_spec(R"(
name: "null"
description: "It's 7 o'clock: \"#now\" \\ {a, b}"
metric: {name: eval.mcc, goal: minimize, take: best}
parameters:
  lr: {values: [1e-4, 3e-4]}
  warmup: {values: [0, 0.1]}
  epochs: {values: [1, 2]}
  norm: {values: [post, pre]}
  path: {value: model/}
replicates: 3
seed: 9223372036854775805
data:
  train: [./train.tsv, eval.tsv]
  eval: 0.1
  test: model/../eval.tsv
  text: "2"
  text_pair: 2
  label: "class, or none"
  header: true
  quotes: csv
  encoding: latin-1
  max_tokens: 3
model: {layers: 3, lowercase: false}
training:
  batch_size: 8
  schedule: warmup_cosine_with_hard_restarts
  t_total: none
  weight_decay: 0
  max_grad_norm: -1
  dropout: 0.0
  precision: bf16
  learner: torch
resources: {devices: [cuda:0, cuda:13, cpu], runs_per_device: 2, threads: 4}
max_concurrent: 5
max_restarts: 0
time_limit: 1h30m
share: none
order: cheapest_first
stop_when:
  - {metric: eval.loss, above: 10, after: 100}
  - {metric: eval.loss, no_improvement: 3}
  - {metric: eval.mcc, below: -0.5}
priority: -3
keep: {models: all, checkpoints: none, predictions: none}
on_end: notify-send $${WORD} '$HOME'
on_end_limit: 1500ms
)");
}

TEST_F(SpecYaml, SaysThatThereIsNoLimit) {
  expect_same_spec(right_file + "time_limit: none\non_end_limit: none\n");
}

TEST_F(SpecYaml, LeavesDefaultsOut) {
  const std::string written = yaml_of(read(right_file).file->spec);

  EXPECT_THAT(written, HasSubstr("  lr: {values: [0.0001, 0.0003]}\n"));
  for (const char* const key : {"metric", "training", "resources", "keep", "time_limit", "seed"}) {
    EXPECT_THAT(written, Not(HasSubstr(key)));
  }
}

}  // namespace

}  // namespace tarama::config::test
