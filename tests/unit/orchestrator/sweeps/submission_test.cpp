// That a sweep runs where its plan said, on machines of all kinds.
#include "orchestrator/sweeps/submission.hpp"

#include "orchestrator/sweeps/open_sweep.hpp"
#include "tests/support/temp_folder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <gmock/gmock.h>
#include <string>
#include <vector>

namespace tarama::orchestrator {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A small sweep from scratch, with these lines of `training` and behind it.
class SubmissionCheck : public testing::Test {
 protected:
  SubmissionCheck() {
    std::ofstream data(folder_.path() / "train.tsv");
    for (int i = 0; i < 40; ++i) {
      data << (i % 2 == 0 ? "good words" : "bad words") << '\t' << i % 2 << '\n';
    }
  }

  SubmissionOutcome check(const std::string& training,
                          const Machine& machine,
                          const std::string& more = "") {
    const std::string file = folder_.path() / "sweep.yaml";
    std::ofstream(file) << fmt::format(
        "name: small\n"
        "data: {{train: train.tsv, eval: 0.2, text: 0, label: 1, max_tokens: 16}}\n"
        "model: {{layers: 1, hidden: 16, heads: 2, vocab: auto}}\n"
        "training: {{{}}}\n"
        "parameters: {{lr: {{value: 1e-3}}, warmup: {{value: 0}}, epochs: {{value: 1}}}}\n{}",
        training,
        more);
    return check_submission({.path = file, .overrides = {}, .environment = {}}, {}, machine);
  }

 private:
  test::TempFolder folder_;
};

Machine machine_with(const std::vector<ComputeCapability>& gpus,
                     std::set<LearnerName> on_gpus = LearnerSupply{}.on_gpus) {
  Machine machine{.cores = 3, .gpus = {}, .trainer_has_cuda = true};
  for (const ComputeCapability& capability : gpus) {
    const int index = static_cast<int>(machine.gpus.gpus.size());
    Gpu gpu;
    gpu.index = index;
    gpu.uuid = fmt::format("GPU-{}", index);
    gpu.memory_bytes = std::uint64_t{1} << 36;
    gpu.capability = capability;
    machine.gpus.gpus.push_back(gpu);
  }
  machine.learners_on_gpus = std::move(on_gpus);
  return machine;
}

/// Where an orchestrator on the machine runs what was submitted.
std::vector<Place> places_when_run(const CheckedSubmission& checked, const Machine& machine) {
  const db::NewSweep sweep =
      plan_sweep(checked.submission,
                 {.trainer = std::string(trainer_of_learners), .supply = {}, .machine = &machine},
                 TimePoint{1})
          .value();
  db::StoredSweep rows;
  rows.record.sweep = SweepId{1};
  rows.spec = sweep.spec;
  rows.levels = sweep.levels;
  const OpenSweep open = OpenSweep::from_rows(rows).value();
  return places_for(open.spec().resources, machine, open.needs()).value();
}

std::vector<Place> places_as_planned(const CheckedSubmission& checked) {
  return places_for(checked.submission.spec.resources, checked.machine, needs_of(checked)).value();
}

TEST_F(SubmissionCheck, ASweepRunsWhereItsPlanSaid) {
  const std::vector<Machine> machines = {
      machine_with({}),
      machine_with({{9, 0}, {9, 0}}),
      machine_with({{7, 5}, {9, 0}}),
      machine_with({{7, 5}}),
      machine_with({{9, 0}}, {LearnerName::torch}),
      machine_with({{9, 0}}, {LearnerName::packed}),
  };
  for (std::size_t i = 0; i < machines.size(); ++i) {
    for (const std::string learner : {"", "learner: packed", "learner: torch"}) {
      const SubmissionOutcome outcome = check(learner, machines[i]);

      ASSERT_TRUE(outcome.checked) << outcome.problems.front().message;
      EXPECT_EQ(places_as_planned(*outcome.checked), places_when_run(*outcome.checked, machines[i]))
          << "machine " << i << ", " << learner;
    }
  }
}

TEST_F(SubmissionCheck, ThePackedLearnerGoesToGpusWhereTheyAre) {
  const auto outcome = check("learner: packed", machine_with({{9, 0}, {7, 5}, {8, 0}}));

  ASSERT_TRUE(outcome.checked);
  const std::vector<Place> places = places_as_planned(*outcome.checked);
  ASSERT_THAT(places, SizeIs(2));
  EXPECT_EQ(places[0].device, "cuda:0");
  EXPECT_EQ(places[1].device, "cuda:2");
}

TEST_F(SubmissionCheck, WhatNamesNoLearnerIsTrainedByThePackedOneWhereAGpuServesIt) {
  const auto learner_on = [&](const Machine& machine, const std::string& more = {}) {
    const auto outcome = check("", machine, more);
    return outcome.checked.value().learners.front();
  };
  const std::string named = "resources: {devices: [\"cuda:0\", \"cuda:1\"]}\n";

  EXPECT_EQ(learner_on(machine_with({{9, 0}})), LearnerName::packed);
  EXPECT_EQ(learner_on(machine_with({{7, 5}, {9, 0}})), LearnerName::packed);
  EXPECT_EQ(learner_on(machine_with({{7, 5}})), LearnerName::torch);
  EXPECT_EQ(learner_on(machine_with({{9, 0}}, {LearnerName::torch})), LearnerName::torch);
  EXPECT_EQ(learner_on(machine_with({{7, 5}, {9, 0}}), named), LearnerName::torch)
      << "both are asked for";
}

TEST_F(SubmissionCheck, AGpuThatIsLeftAloneIsSaid) {
  const auto outcome = check("learner: packed", machine_with({{7, 5}}));

  ASSERT_TRUE(outcome.checked);
  EXPECT_EQ(places_as_planned(*outcome.checked).front().device, "cpu");
  ASSERT_THAT(outcome.checked->warnings, SizeIs(testing::Ge(1U)));
  EXPECT_THAT(outcome.checked->warnings.back().message,
              HasSubstr("cuda:0 is left alone: its compute capability is 7.5"));
  EXPECT_THAT(outcome.checked->warnings.back().message, HasSubstr("trains on the CPU"));
}

TEST_F(SubmissionCheck, WhatOnlyGpusTrainIsRefusedWithoutOne) {
  const std::string in_bf16 = "learner: packed, precision: bf16";

  EXPECT_TRUE(check(in_bf16, machine_with({{9, 0}})).checked);
  const auto without = check(in_bf16, machine_with({}));
  ASSERT_THAT(without.problems, SizeIs(1));
  EXPECT_THAT(without.problems[0].message, HasSubstr("trains in bf16 on GPUs alone"));
}

}  // namespace
}  // namespace tarama::orchestrator
