// The agent against an orchestrator that follows a script: what it sends, when, and what it
// leaves in the store.
#include "worker/agent/agent.hpp"

#include "core/training/initial_weights.hpp"
#include "tests/unit/worker/agent/agent_fixture.hpp"
#include "worker/agent/report_queue.hpp"
#include "worker/checkpoints/checkpoint_store.hpp"
#include "worker/fake/fake_trainer.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <gmock/gmock.h>
#include <new>
#include <numeric>
#include <set>
#include <unistd.h>
#include <variant>

using tarama::Attempt;
using tarama::AttemptEnd;
using tarama::FailureClass;
using tarama::FakeScript;
using tarama::FakeTrainer;
using tarama::JobSpec;
using tarama::RunId;
using tarama::StepRow;
using tarama::StopCause;
using tarama::protocol::Finished;
using tarama::protocol::Hello;
using tarama::protocol::Shutdown;
using tarama::protocol::Started;
using tarama::protocol::Stop;
using tarama::test::AgentStore;
using tarama::test::ScriptedOrchestrator;
using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

namespace {

/// Every step takes an hour, unless it is asked to stop: then none takes any time.
FakeTrainer patient_trainer() {
  return FakeTrainer({.step_time = std::chrono::hours(1), .scores = {}, .faults = {}});
}

std::vector<std::int64_t> numbers_of(const std::vector<StepRow>& rows) {
  std::vector<std::int64_t> numbers;
  for (const StepRow& row : rows) {
    numbers.push_back(row.step);
  }
  return numbers;
}

/// Gives a model from scratch at once, or fails to find memory.
class InstantTrainer : public tarama::Trainer {
 public:
  [[nodiscard]] std::string_view kind() const override { return "fake"; }

  tarama::TrainEnd train(tarama::TrainJob job, tarama::TrainObserver& observer) override {
    if (has_no_memory) {
      throw std::bad_alloc();
    }
    if (predicts && job.keep_predictions == tarama::KeepPredictions::chosen) {
      observer.on_predictions({.epoch = 2, .split = tarama::Split::eval, .classes = {0, 0, 1}});
    }
    tarama::TrainEnd end;
    if (job.wants_weights) {
      end.weights = tarama::initial_weights(job.config, job.seed);
    }
    return end;
  }

  std::vector<float> predict(const tarama::ModelConfig& /*config*/,
                             const tarama::ModelWeights& /*weights*/,
                             const tarama::TokenizedSplit& /*split*/) override {
    return {};
  }

  [[nodiscard]] std::optional<std::string> misfit(
      const tarama::TrainJob& /*job*/, const tarama::TrainerState& state) const override {
    return state.steps_done == steps_refused ? std::optional<std::string>("it is not to be")
                                             : std::nullopt;
  }

  [[nodiscard]] std::string arithmetic(const tarama::TrainJob& job) const override {
    return job.learner + ", " + processor;
  }

  std::string processor = "old";
  bool has_no_memory = false;
  bool predicts = false;
  std::int64_t steps_refused = -1;
};

/// Runs one job to its end in a fresh agent and gives all that it sent.
std::pair<std::vector<StepRow>, std::vector<tarama::EvalRow>> rows_of(const AgentStore& store,
                                                                      const JobSpec& job) {
  FakeTrainer trainer{FakeScript{}};
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();
  orchestrator.assign(job);
  static_cast<void>(orchestrator.next<Started>());
  static_cast<void>(orchestrator.next<Finished>());
  return {orchestrator.steps, orchestrator.evals};
}

}  // namespace

TEST(Agent, SaysWhoItIsAndEndsWhenTold) {
  const AgentStore store;
  FakeTrainer trainer{FakeScript{}};
  ScriptedOrchestrator orchestrator(store, trainer);

  EXPECT_EQ(orchestrator.next<Hello>(),
            (Hello{.session = "the third worker", .token = "secret", .slots = 1}));
  orchestrator.send(tarama::protocol::Welcome{});
  orchestrator.send(Shutdown{});
  EXPECT_EQ(orchestrator.exit_code(), 0);
}

TEST(Agent, EndsWithAFailureIfItIsNotWelcome) {
  const AgentStore store;
  FakeTrainer trainer{FakeScript{}};
  ScriptedOrchestrator orchestrator(store, trainer);
  static_cast<void>(orchestrator.next<Hello>());

  orchestrator.hang_up();

  EXPECT_EQ(orchestrator.exit_code(), 1);
}

TEST(Agent, SendsAllRowsOfARunBeforeItsEnd) {
  const AgentStore store;
  FakeTrainer trainer{FakeScript{}};
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();

  orchestrator.assign(store.job(7, 1));

  EXPECT_EQ(orchestrator.next<Started>(), (Started{RunId{7}, Attempt{1}, 0}));
  const auto finished = orchestrator.next<Finished>();
  EXPECT_EQ(finished.run, RunId{7});
  EXPECT_EQ(finished.attempt, Attempt{1});
  EXPECT_EQ(finished.end, AttemptEnd::succeeded);
  EXPECT_GT(finished.train_seconds, 0);
  EXPECT_THAT(numbers_of(orchestrator.steps), testing::ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(orchestrator.evals, SizeIs(2));
}

TEST(Agent, LogOfAnAttemptBeginsWithWhatItIs) {
  const AgentStore store;

  static_cast<void>(rows_of(store, store.job(7, 1)));

  EXPECT_THAT(store.log_of(7, 1),
              AllOf(StartsWith("run 7, attempt 1: lr 0.0001, warmup 0, epochs 2, batch_size 4"),
                    HasSubstr("seed 1; by fake on cpu:0; starts at step 0\n"),
                    HasSubstr("succeeded after ")));
}

TEST(Agent, RunHasTheSameNumbersAloneAndAsTheTenthInOneWorker) {
  const AgentStore store;
  const auto alone = rows_of(store, store.job(10, 1));
  FakeTrainer trainer{FakeScript{}};
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();

  for (std::int64_t run = 1; run <= 10; ++run) {
    orchestrator.steps.clear();
    orchestrator.evals.clear();
    orchestrator.assign(store.job(run, 1));
    static_cast<void>(orchestrator.next<Started>());
    ASSERT_EQ(orchestrator.next<Finished>().end, AttemptEnd::succeeded);
  }

  EXPECT_EQ(std::pair(orchestrator.steps, orchestrator.evals), alone);
}

TEST(Agent, StoppedRunGoesOnFromItsCheckpointWithoutAGap) {
  const AgentStore store;
  const auto undisturbed = rows_of(store, store.job(8, 1));
  FakeTrainer trainer = patient_trainer();
  JobSpec second = store.job(7, 2);
  second.committed_steps = 1;
  {
    ScriptedOrchestrator orchestrator(store, trainer);
    orchestrator.welcome();
    orchestrator.assign(store.job(7, 1));
    static_cast<void>(orchestrator.next<Started>());
    orchestrator.send(Stop{RunId{7}, Attempt{1}, StopCause::paused});
    EXPECT_EQ(orchestrator.next<Finished>().end, AttemptEnd::stopped);
    EXPECT_THAT(numbers_of(orchestrator.steps), testing::ElementsAre(0));
    EXPECT_TRUE(store.has_checkpoints(7));
  }
  EXPECT_THAT(store.log_of(7, 1), HasSubstr("stopped (paused) after "));
  FakeTrainer quick{FakeScript{}};
  ScriptedOrchestrator orchestrator(store, quick);
  orchestrator.welcome();
  orchestrator.assign(second);

  EXPECT_EQ(orchestrator.next<Started>(), (Started{RunId{7}, Attempt{2}, 0}));
  EXPECT_EQ(orchestrator.next<Finished>().end, AttemptEnd::succeeded);
  EXPECT_EQ(std::pair(orchestrator.steps, orchestrator.evals), undisturbed);
  EXPECT_THAT(store.log_of(7, 2), HasSubstr("goes on at step 1, its rows begin at step 0"));
  EXPECT_TRUE(store.has_checkpoints(7)) << "nobody has committed the success yet";
}

TEST(Agent, AnAttemptThatANewerOneHasOvertakenKeepsNothing) {
  const AgentStore store;
  FakeTrainer trainer = patient_trainer();
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();
  orchestrator.assign(store.job(7, 1));
  static_cast<void>(orchestrator.next<Started>());
  std::ofstream(store.path() / "runs" / "7" / "attempt-2.log") << "begun elsewhere";

  orchestrator.send(Stop{RunId{7}, Attempt{1}, StopCause::paused});

  EXPECT_EQ(orchestrator.next<Finished>().end, AttemptEnd::stopped);
  EXPECT_FALSE(store.has_checkpoints(7));
  EXPECT_THAT(store.log_of(7, 1), HasSubstr("a newer attempt of this run has begun"));
}

TEST(Agent, ACancelWritesNoCheckpoint) {
  const AgentStore store;
  FakeTrainer trainer = patient_trainer();
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();
  orchestrator.assign(store.job(7, 1));
  static_cast<void>(orchestrator.next<Started>());

  orchestrator.send(Stop{RunId{7}, Attempt{1}, StopCause::cancelled});

  EXPECT_EQ(orchestrator.next<Finished>().end, AttemptEnd::stopped);
  EXPECT_FALSE(store.has_checkpoints(7));
}

TEST(Agent, DamagedCheckpointIsToldInTheLogAndTheRunStartsAnew) {
  const AgentStore store;
  std::filesystem::create_directories(store.path() / "checkpoints" / "7");
  std::ofstream(store.path() / "checkpoints" / "7" / "checkpoint-000001.bin") << "rubbish";

  const auto rows = rows_of(store, store.job(7, 2));

  EXPECT_THAT(rows.first, SizeIs(6));
  EXPECT_THAT(
      store.log_of(7, 2),
      AllOf(HasSubstr("checkpoint-000001.bin cannot be used"), HasSubstr("starting at step 0")));
}

TEST(Agent, CheckpointThatTheTrainerCannotUseIsToldInTheLogAndTheOlderOneIsTaken) {
  const AgentStore store;
  const JobSpec job = store.job(7, 2);
  for (const std::int64_t steps : {1, 2}) {
    tarama::TrainerState state;
    state.steps_done = steps;
    state.arithmetic = "fake, old";
    for (std::int64_t step = 0; step < steps; ++step) {
      state.steps.push_back({.step = step});
    }
    ASSERT_TRUE(
        save_checkpoint(store.path() / "checkpoints" / "7", job.run_key, Attempt{1}, state));
  }
  InstantTrainer trainer;
  trainer.steps_refused = 2;
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();

  orchestrator.assign(job);
  static_cast<void>(orchestrator.next<Started>());

  EXPECT_EQ(orchestrator.next<Finished>().end, AttemptEnd::succeeded);
  EXPECT_THAT(store.log_of(7, 2),
              AllOf(HasSubstr("checkpoint-000002.bin cannot be used: it is not to be"),
                    HasSubstr("going on from an older checkpoint, at step 1")));
}

TEST(Agent, ACheckpointOfAnotherArithmeticIsNotGoneOnFrom) {
  const AgentStore store;
  const JobSpec job = store.job(7, 2);
  tarama::TrainerState state;
  state.arithmetic = "fake, old";
  ASSERT_TRUE(save_checkpoint(store.path() / "checkpoints" / "7", job.run_key, Attempt{1}, state));
  InstantTrainer trainer;
  trainer.processor = "new";
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();

  orchestrator.assign(job);
  static_cast<void>(orchestrator.next<Started>());

  EXPECT_EQ(orchestrator.next<Finished>().end, AttemptEnd::succeeded);
  EXPECT_THAT(store.log_of(7, 2),
              AllOf(HasSubstr("it was trained by 'fake, old', this attempt trains by 'fake, new'"),
                    HasSubstr("no older checkpoint: starting at step 0")));
}

TEST(Agent, StopOfAnotherAttemptChangesNothing) {
  const AgentStore store;
  FakeTrainer trainer{FakeScript{}};
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();
  orchestrator.send(Stop{RunId{7}, Attempt{1}});

  orchestrator.assign(store.job(7, 2));

  static_cast<void>(orchestrator.next<Started>());
  EXPECT_EQ(orchestrator.next<Finished>().end, AttemptEnd::succeeded);
}

TEST(Agent, TwoSlotsHoldTwoAttemptsAtOnceEachStoppedByItself) {
  const AgentStore store;
  FakeTrainer trainer = patient_trainer();
  ScriptedOrchestrator orchestrator(store, trainer, /*slots=*/2);
  EXPECT_EQ(orchestrator.next<Hello>().slots, 2);
  orchestrator.send(tarama::protocol::Welcome{});
  orchestrator.assign(store.job(7, 1));
  orchestrator.assign(store.job(8, 3));
  orchestrator.assign(store.job(9, 1));  // waits for a slot
  const Started one = orchestrator.next<Started>();
  const Started other = orchestrator.next<Started>();
  EXPECT_THAT((std::set{one.run, other.run}), testing::ElementsAre(RunId{7}, RunId{8}));

  orchestrator.send(Stop{RunId{8}, Attempt{3}, StopCause::cancelled});
  EXPECT_EQ(orchestrator.next<Finished>().run, RunId{8});
  EXPECT_EQ(orchestrator.next<Started>().run, RunId{9});
  orchestrator.send(Stop{RunId{7}, Attempt{1}, StopCause::time_limit});
  EXPECT_EQ(orchestrator.next<Finished>().run, RunId{7});
  orchestrator.send(Shutdown{});

  const auto last = orchestrator.next<Finished>();
  EXPECT_EQ(last.run, RunId{9});
  EXPECT_EQ(last.end, AttemptEnd::stopped);
  EXPECT_EQ(orchestrator.exit_code(), 0);
  EXPECT_THAT(store.log_of(7, 1), HasSubstr("failed (time_limit): "));
  EXPECT_THAT(store.log_of(8, 3),
              AllOf(StartsWith("run 8, attempt 3: "), HasSubstr("stopped (cancelled) after ")));
  EXPECT_THAT(store.log_of(9, 1), HasSubstr("stopped (drained) after "));
}

TEST(Agent, RowsOfTwoAttemptsAreNumberedAndAcknowledgedApart) {
  const AgentStore store;
  JobSpec job = store.job(7, 1);
  job.training.epochs = 100;  // 300 steps: several batches
  JobSpec other = store.job(8, 1);
  other.training.epochs = 100;
  FakeTrainer trainer{FakeScript{}};
  ScriptedOrchestrator orchestrator(store, trainer, /*slots=*/2);
  orchestrator.welcome();

  orchestrator.assign(job);
  orchestrator.assign(other);
  for (int started = 0, finished = 0; finished < 2 && !testing::Test::HasFailure();) {
    const auto message = orchestrator.next_of<Started, Finished>();
    started += std::holds_alternative<Started>(message) ? 1 : 0;
    finished += std::holds_alternative<Finished>(message) ? 1 : 0;
    EXPECT_GE(started, finished);
  }

  std::vector<std::int64_t> all(300);
  std::iota(all.begin(), all.end(), 0);
  for (const RunId run : {RunId{7}, RunId{8}}) {
    EXPECT_EQ(orchestrator.steps_of[run], all);
    std::vector<std::int64_t> batches(orchestrator.batches_of[run].size());
    std::iota(batches.begin(), batches.end(), 1);
    EXPECT_EQ(orchestrator.batches_of[run], batches);
    EXPECT_THAT(store.log_of(run.value, 1), HasSubstr("succeeded after "));
  }
}

TEST(Agent, ShutdownSavesACheckpointAndEndsTheProcess) {
  const AgentStore store;
  FakeTrainer trainer = patient_trainer();
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();
  orchestrator.assign(store.job(7, 1));
  static_cast<void>(orchestrator.next<Started>());

  orchestrator.send(Shutdown{});

  EXPECT_EQ(orchestrator.next<Finished>().end, AttemptEnd::stopped);
  EXPECT_EQ(orchestrator.exit_code(), 0);
  EXPECT_TRUE(store.has_checkpoints(7));
}

TEST(Agent, SigtermIsAShutdown) {
  const AgentStore store;
  FakeTrainer trainer = patient_trainer();
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();
  orchestrator.assign(store.job(7, 1));
  static_cast<void>(orchestrator.next<Started>());

  ::kill(::getpid(), SIGTERM);

  EXPECT_EQ(orchestrator.next<Finished>().end, AttemptEnd::stopped);
  EXPECT_EQ(orchestrator.exit_code(), 0);
}

TEST(Agent, DataThatChangedSinceThePlanAreBadData) {
  const AgentStore store;
  const JobSpec job = store.job(7, 1);
  store.write("train.tsv", 11);
  FakeTrainer trainer{FakeScript{}};
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();

  orchestrator.assign(job);

  const auto finished = orchestrator.next<Finished>();
  EXPECT_EQ(finished.end, AttemptEnd::failed);
  EXPECT_EQ(finished.failure, FailureClass::bad_data);
  EXPECT_THAT(finished.message, HasSubstr("changed since the sweep was submitted"));
}

TEST(Agent, MissingDataAreBadDataWithTheFileAndTheKey) {
  const AgentStore store;
  const JobSpec job = store.job(7, 1);
  std::filesystem::remove(store.path() / "train.tsv");
  FakeTrainer trainer{FakeScript{}};
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();

  orchestrator.assign(job);

  const auto finished = orchestrator.next<Finished>();
  EXPECT_EQ(finished.failure, FailureClass::bad_data);
  EXPECT_THAT(finished.message, AllOf(HasSubstr("data.train"), HasSubstr("train.tsv")));
}

TEST(Agent, KeptModelIsCompleteBeforeTheEndIsTold) {
  const AgentStore store;
  InstantTrainer trainer;
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();

  orchestrator.assign(store.job(7, 1));
  static_cast<void>(orchestrator.next<Started>());

  EXPECT_EQ(orchestrator.next<Finished>().end, AttemptEnd::succeeded);
  for (const char* name : {"config.json", "vocab.txt", "model.safetensors"}) {
    EXPECT_TRUE(std::filesystem::exists(store.path() / "models" / "7" / name)) << name;
  }
}

TEST(Agent, PredictedClassesGoWithTheirLabelsBeforeTheEnd) {
  const AgentStore store;
  InstantTrainer trainer;
  trainer.predicts = true;
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();

  orchestrator.assign(store.job(7, 1));
  static_cast<void>(orchestrator.next<Started>());

  EXPECT_EQ(orchestrator.next<tarama::protocol::Predictions>(),
            (tarama::protocol::Predictions{.run = RunId{7},
                                           .attempt = Attempt{1},
                                           .epoch = 2,
                                           .split = tarama::Split::eval,
                                           .classes = {0, 0, 1},
                                           .labels = {0, 1, 0},
                                           .names = R"(["even","odd"])"}));
  EXPECT_EQ(orchestrator.next<Finished>().end, AttemptEnd::succeeded);
}

TEST(Agent, KeepNoneLeavesNoModel) {
  const AgentStore store;
  JobSpec job = store.job(7, 1);
  job.keep.models = tarama::KeepModels::none;
  InstantTrainer trainer;
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();

  orchestrator.assign(job);
  static_cast<void>(orchestrator.next<Started>());

  EXPECT_EQ(orchestrator.next<Finished>().end, AttemptEnd::succeeded);
  EXPECT_FALSE(std::filesystem::exists(store.path() / "models" / "7"));
}

TEST(Agent, ModelThatCannotBeSavedFailsTheAttemptWithTheReason) {
  const AgentStore store;
  std::ofstream(store.path() / "models") << "a file where the folder should be";
  InstantTrainer trainer;
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();

  orchestrator.assign(store.job(7, 1));
  static_cast<void>(orchestrator.next<Started>());

  const auto finished = orchestrator.next<Finished>();
  EXPECT_EQ(finished.end, AttemptEnd::failed);
  EXPECT_EQ(finished.failure, FailureClass::exited) << "the disk is not full";
  EXPECT_THAT(finished.message, AllOf(StartsWith("saving the model: "), HasSubstr("models")));
}

TEST(Agent, MemoryThatRanOutIsAResultAndTheWorkerLivesOn) {
  const AgentStore store;
  InstantTrainer trainer;
  trainer.has_no_memory = true;
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();

  for (std::int64_t run : {7, 8}) {
    orchestrator.assign(store.job(run, 1));
    static_cast<void>(orchestrator.next<Started>());
    EXPECT_EQ(orchestrator.next<Finished>().failure, FailureClass::out_of_memory);
  }
}

TEST(Agent, AProcessWhoseDeviceFailedSaysSoAndEnds) {
  const AgentStore store;
  FakeTrainer trainer{
      {.scores = {},
       .faults = {{.when = {}, .attempt = 1, .step = 2, .kind = tarama::FaultKind::device_error}}}};
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();

  orchestrator.assign(store.job(7, 1));
  static_cast<void>(orchestrator.next<Started>());

  EXPECT_EQ(orchestrator.next<Finished>().failure, FailureClass::device_error);
  EXPECT_EQ(numbers_of(orchestrator.steps), (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(orchestrator.exit_code(), tarama::exit_device_failed);
}

TEST(Agent, AttemptsBesideOneWhoseDeviceFailedAreStopped) {
  const AgentStore store;
  FakeTrainer trainer{{.step_time = std::chrono::hours(1),
                       .scores = {},
                       .faults = {{.when = {{"seed", std::int64_t{2}}},
                                   .attempt = {},
                                   .step = 0,
                                   .kind = tarama::FaultKind::device_error}}}};
  ScriptedOrchestrator orchestrator(store, trainer, 2);
  orchestrator.welcome();
  JobSpec sick = store.job(8, 1);
  sick.seed = 2;
  orchestrator.assign(store.job(7, 1));
  static_cast<void>(orchestrator.next<Started>());
  orchestrator.assign(sick);
  static_cast<void>(orchestrator.next<Started>());
  orchestrator.send(Stop{RunId{8}, Attempt{1}, StopCause::paused});  // its step takes no time now

  const auto first = orchestrator.next<Finished>();
  const auto second = orchestrator.next<Finished>();

  EXPECT_EQ(first.failure, FailureClass::device_error);
  EXPECT_EQ(second.end, AttemptEnd::stopped);
  EXPECT_EQ(orchestrator.exit_code(), tarama::exit_device_failed);
}

TEST(Agent, MoreRowsThanTheStoreHasCommittedMakeTheTrainerWait) {
  const AgentStore store;
  JobSpec job = store.job(7, 1);
  job.training.epochs = 30000;  // 90,000 steps, and no Metrics are acknowledged
  FakeTrainer trainer{FakeScript{}};
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();
  orchestrator.assign(job);
  static_cast<void>(orchestrator.next<Started>());

  constexpr std::size_t limit = 65536;
  std::size_t rows = 0;
  while (rows < limit && !testing::Test::HasFailure()) {
    const auto metrics = orchestrator.next<tarama::protocol::Metrics>();
    rows += metrics.steps.size() + metrics.evals.size();
  }
  orchestrator.send(Shutdown{});

  EXPECT_EQ(orchestrator.next<Finished>().end, AttemptEnd::stopped);
  rows += orchestrator.steps.size() + orchestrator.evals.size();
  EXPECT_LT(rows, limit + 2 * tarama::rows_per_batch);
}
