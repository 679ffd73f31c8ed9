// Several runs at once on one device of one process, a thread and streams of its own for each, over
// the stand-in: what befalls one of them is not felt by the others.
#include "tests/cuda/stand_in/stand_in.hpp"
#include "tests/gpu/narrow_device.hpp"
#include "tests/support/small_jobs.hpp"
#include "worker/cuda/cuda_trainer.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <gmock/gmock.h>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tarama::cuda::test {
namespace {

using gpu_check::NarrowDevice;
using tarama::test::Outcome;
using tarama::test::RecordingObserver;
using tarama::test::small_job;
using tarama::test::train_whole;
using testing::HasSubstr;
using testing::IsEmpty;

/// Others than one another in all that a run can differ in.
std::vector<TrainJob> jobs(std::size_t count) {
  std::vector<TrainJob> jobs;
  for (std::size_t i = 0; i < count; ++i) {
    TrainJob job = small_job(i % 2 == 0 ? Norm::post : Norm::pre);
    job.seed += static_cast<std::int64_t>(i);
    job.training.precision = i % 3 == 1 ? Precision::bf16 : Precision::fp32;
    job.training.batch_size -= static_cast<std::int64_t>(i);
    jobs.push_back(std::move(job));
  }
  return jobs;
}

/// What each leaves that runs alone, on a device that nobody else has.
std::vector<Outcome> alone(const std::vector<TrainJob>& jobs) {
  std::vector<Outcome> outcomes;
  for (const TrainJob& job : jobs) {
    const auto trainer = make_trainer_on(std::make_unique<StandIn>(StandInSettings{}));
    outcomes.push_back(train_whole(*trainer, job));
  }
  return outcomes;
}

/// Each on a thread of its own; all begin together.
struct RunsAtOnce {
  RunsAtOnce(const std::vector<Trainer*>& trainers, const std::vector<TrainJob>& jobs)
      : observers(jobs.size()), ends(jobs.size()) {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      threads.emplace_back([&, i] { ends[i] = trainers[i]->train(jobs[i], observers[i]); });
    }
  }

  [[nodiscard]] Outcome outcome(std::size_t run) const {
    return {observers[run].steps, observers[run].evals, ends[run].kind, ends[run].weights};
  }

  std::vector<RecordingObserver> observers;
  std::vector<TrainEnd> ends;
};

/// A device for each run of one stand-in, of which one allocation may be told to fail.
struct NarrowDevices {
  static constexpr std::int64_t wide = -1;

  explicit NarrowDevices(const std::vector<std::int64_t>& successes) {
    for (const std::int64_t count : successes) {
      trainers.push_back(make_trainer_on(std::make_unique<NarrowDevice>(device, count)));
      all.push_back(trainers.back().get());
    }
  }

  StandIn device{{.eagerness = Eagerness::random, .seed = 5}};
  std::vector<std::unique_ptr<Trainer>> trainers;
  std::vector<Trainer*> all;
};

class RunsOnOneDevice : public testing::TestWithParam<std::pair<std::size_t, Eagerness>> {};

INSTANTIATE_TEST_SUITE_P(Cuda,
                         RunsOnOneDevice,
                         testing::Values(std::pair(2, Eagerness::late),
                                         std::pair(2, Eagerness::random),
                                         std::pair(4, Eagerness::late),
                                         std::pair(4, Eagerness::random)),
                         [](const auto& kind) {
                           return std::to_string(kind.param.first) +
                                  (kind.param.second == Eagerness::late ? "late" : "in_any_order");
                         });

TEST_P(RunsOnOneDevice, HaveTheBitsOfEachAloneAndLeaveNothing) {
  const auto [count, eagerness] = GetParam();
  auto made = std::make_unique<StandIn>(StandInSettings{.eagerness = eagerness, .seed = 3});
  const StandIn& device = *made;
  const auto trainer = make_trainer_on(std::move(made));
  const std::vector<TrainJob> all = jobs(count);

  const RunsAtOnce runs(std::vector<Trainer*>(count, trainer.get()), all);

  const std::vector<Outcome> expected = alone(all);
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_EQ(runs.ends[i].kind, TrainEnd::Kind::succeeded) << runs.ends[i].message;
    EXPECT_EQ(runs.outcome(i), expected[i]) << i;
  }
  EXPECT_THAT(device.faults(), IsEmpty());
  EXPECT_THAT(device.leaks(), IsEmpty());
}

TEST(SharedDevice, ARunThatDivergesIsFeltByNoOther) {
  const auto trainer =
      make_trainer_on(std::make_unique<StandIn>(StandInSettings{.eagerness = Eagerness::random}));
  std::vector<TrainJob> all = jobs(3);
  const std::vector<Outcome> expected = alone(all);
  all[1].training.lr = 1e30;
  all[1].training.warmup = 0;
  all[1].training.max_grad_norm = 0;

  const RunsAtOnce runs(std::vector<Trainer*>(3, trainer.get()), all);

  EXPECT_EQ(runs.ends[1].failure, FailureClass::diverged) << runs.ends[1].message;
  EXPECT_EQ(runs.outcome(0), expected[0]);
  EXPECT_EQ(runs.outcome(2), expected[2]);
}

TEST(SharedDevice, ARunWithoutMemoryForItsBatchIsFeltByNoOther) {
  const std::vector<TrainJob> all = jobs(3);
  NarrowDevices devices({NarrowDevices::wide, 30, NarrowDevices::wide});

  const RunsAtOnce runs(devices.all, all);

  const std::vector<Outcome> expected = alone(all);
  EXPECT_EQ(runs.ends[1].kind, TrainEnd::Kind::succeeded) << runs.ends[1].message;
  EXPECT_THAT(runs.ends[1].note, HasSubstr("examples are computed at a time"));
  EXPECT_THAT(runs.observers[1].notes, testing::ElementsAre(runs.ends[1].note))
      << "into its own run's log";
  for (const std::size_t other : {0U, 2U}) {
    EXPECT_EQ(runs.outcome(other), expected[other]);
    EXPECT_EQ(runs.ends[other].note, "");
    EXPECT_THAT(runs.observers[other].notes, IsEmpty());
  }
  EXPECT_THAT(devices.device.faults(), IsEmpty());
  EXPECT_THAT(devices.device.leaks(), IsEmpty());
}

TEST(SharedDevice, ARunThatEndsForWantOfMemoryIsFeltByNoOther) {
  // Room for two of them, and not for the large one.
  std::vector<TrainJob> all = jobs(3);
  const std::vector<Outcome> expected = alone(all);
  all[1].config.hidden = 512;
  all[1].config.heads = 8;
  all[1].config.intermediate = 2048;
  StandIn device({.eagerness = Eagerness::random, .memory_bytes = 16'000'000});
  const auto trainer = make_trainer_on(std::make_unique<NarrowDevice>(device, NarrowDevices::wide));

  const RunsAtOnce runs(std::vector<Trainer*>(1, trainer.get()), {all[1]});
  EXPECT_EQ(runs.ends[0].failure, FailureClass::out_of_memory) << runs.ends[0].message;
  EXPECT_THAT(device.leaks(), IsEmpty()) << "what it had is given back";
  const RunsAtOnce beside(std::vector<Trainer*>(2, trainer.get()), {all[0], all[2]});

  EXPECT_EQ(beside.outcome(0), expected[0]);
  EXPECT_EQ(beside.outcome(1), expected[2]);
  EXPECT_THAT(device.leaks(), IsEmpty());
}

TEST(SharedDevice, AFailedContextEndsAllOfThem) {
  auto made = std::make_unique<StandIn>(StandInSettings{.eagerness = Eagerness::random});
  StandIn& device = *made;
  const auto trainer = make_trainer_on(std::move(made));
  device.poison();

  const RunsAtOnce runs(std::vector<Trainer*>(3, trainer.get()), jobs(3));

  for (const TrainEnd& end : runs.ends) {
    EXPECT_EQ(end.failure, FailureClass::device_error) << end.message;
  }
}

}  // namespace
}  // namespace tarama::cuda::test
