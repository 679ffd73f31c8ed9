// The trainer killed at random places and resumed from checkpoint files: not a bit may differ
// from the run that nobody disturbed.
#include "tests/support/temp_folder.hpp"
#include "tests/torch/trainer_fixture.hpp"
#include "worker/checkpoints/checkpoint_store.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <gmock/gmock.h>
#include <stdexcept>

namespace tarama::test {
namespace {

using testing::SizeIs;

const std::string run_key = "the run";

/// A moment of a run at which a process may die. Each comes once in an undisturbed run.
struct Moment {
  std::int64_t steps_done = 0;
  std::int64_t evals_done = 0;
  bool is_saved = false;    // whether a checkpoint holds all this
  std::int64_t number = 0;  // of the trainer's calls since the last row or checkpoint

  friend auto operator<=>(const Moment&, const Moment&) = default;
};

/// Writes checkpoints to files, two steps in three and at each epoch's end, and can die at a
/// moment: it throws, and with that the trainer ends without a farewell.
class MortalObserver : public TrainObserver {
 public:
  MortalObserver(std::filesystem::path folder, std::optional<Moment> death)
      : folder_(std::move(folder)), death_(death) {}

  /// The rows that a resumed attempt need not train again.
  void begin_with(const TrainerState& state) {
    for (const StepRow& row : state.steps) {
      steps.push_back(timeless(row));
    }
    evals = state.evals;
    is_saved_ = true;
  }

  void on_step(const StepRow& row) override {
    steps.push_back(timeless(row));
    begin_anew();
    live_through();
  }

  void on_eval(const EvalRow& row) override {
    evals.push_back(row);
    begin_anew();
    live_through();
  }

  void on_predictions(const Predictions& of) override {
    predictions.push_back(of);
    live_through();
  }

  bool wants_checkpoint(bool is_epoch_end) override {
    live_through();
    return is_epoch_end || steps.size() % 3 != 0;
  }

  void save_checkpoint(TrainerState state) override {
    if (death_ && next_moment() == *death_) {
      std::ofstream(folder_ / "attempt-1.tmp") << "half a checkpoint";
    }
    live_through();
    ASSERT_TRUE(tarama::save_checkpoint(folder_, run_key, Attempt{1}, state));
    is_saved_ = true;
    number_ = 0;
  }

  bool should_stop() override {
    live_through();
    return false;
  }

  std::vector<StepRow> steps;
  std::vector<EvalRow> evals;
  std::vector<Predictions> predictions;
  std::vector<Moment> moments;
  bool is_dead = false;

 private:
  [[nodiscard]] Moment next_moment() const {
    return {static_cast<std::int64_t>(steps.size()),
            static_cast<std::int64_t>(evals.size()),
            is_saved_,
            number_ + 1};
  }

  void begin_anew() {
    is_saved_ = false;
    number_ = 0;
  }

  void live_through() {
    moments.push_back(next_moment());
    ++number_;
    if (moments.back() == death_) {
      is_dead = true;
      throw std::runtime_error("killed");
    }
  }

  std::filesystem::path folder_;
  std::optional<Moment> death_;
  bool is_saved_ = false;
  std::int64_t number_ = 0;
};

/// `count` of the moments, in their order, by a seed.
std::vector<Moment> some_of(const std::vector<Moment>& moments, std::size_t count) {
  std::set<std::uint64_t> places;
  PhiloxStream random({.seed = 4, .place = Place::fake_noise});
  while (places.size() < count) {
    places.insert(random.below(moments.size()));
  }
  std::vector<Moment> chosen;
  for (const std::uint64_t place : places) {
    chosen.push_back(moments[place]);
  }
  return chosen;
}

LoadedCheckpoint newest_in(const std::filesystem::path& folder,
                           const Trainer& trainer,
                           const TrainJob& job) {
  return load_newest_checkpoint(
      folder, run_key, [&](const TrainerState& state) { return trainer.misfit(job, state); });
}

class KilledRun : public testing::TestWithParam<Norm> {};

INSTANTIATE_TEST_SUITE_P(Norms,
                         KilledRun,
                         testing::Values(Norm::post, Norm::pre),
                         [](const auto& norm) {
                           return norm.param == Norm::post ? "post" : "pre";
                         });

TEST_P(KilledRun, TwentyKillsAtRandomPlacesChangeNoBit) {
  TrainJob job = small_job(GetParam());
  job.training.epochs = 8;
  job.metric.take = Take::best;
  job.keep_predictions = KeepPredictions::all;
  const TempFolder undisturbed_folder;
  MortalObserver undisturbed(undisturbed_folder.path(), std::nullopt);
  const TrainEnd expected = cpu_trainer()->train(job, undisturbed);
  ASSERT_EQ(expected.kind, TrainEnd::Kind::succeeded) << expected.message;
  const std::vector<Moment> deaths = some_of(undisturbed.moments, 20);
  const TempFolder folder;
  std::int64_t in_mid_epoch = 0;
  std::int64_t around_evaluations = 0;

  for (const Moment& death : deaths) {
    SCOPED_TRACE(fmt::format("killed after {} steps, {} evaluations, at call {}",
                             death.steps_done,
                             death.evals_done,
                             death.number));
    const auto trainer = cpu_trainer();
    LoadedCheckpoint loaded = newest_in(folder.path(), *trainer, job);
    ASSERT_THAT(loaded.remarks, testing::IsEmpty());
    MortalObserver observer(folder.path(), death);
    observer.begin_with(loaded.state.value_or(TrainerState{}));
    job.resume = std::move(loaded.state);
    static_cast<void>(trainer->train(job, observer));
    ASSERT_TRUE(observer.is_dead);
    ++(death.steps_done % 5 == 0 ? around_evaluations : in_mid_epoch);
  }
  const auto trainer = cpu_trainer();
  LoadedCheckpoint loaded = newest_in(folder.path(), *trainer, job);
  ASSERT_TRUE(loaded.state);
  MortalObserver last(folder.path(), std::nullopt);
  last.begin_with(*loaded.state);
  job.resume = std::move(loaded.state);
  const TrainEnd end = trainer->train(job, last);

  EXPECT_GT(in_mid_epoch, 0);
  EXPECT_GT(around_evaluations, 0);
  ASSERT_EQ(end.kind, TrainEnd::Kind::succeeded) << end.message;
  EXPECT_THAT(last.steps, SizeIs(40));
  EXPECT_EQ(last.steps, undisturbed.steps);
  EXPECT_EQ(last.evals, undisturbed.evals);
  EXPECT_THAT(last.predictions, SizeIs(9));
  EXPECT_EQ(last.predictions, undisturbed.predictions);
  EXPECT_EQ(end.weights, expected.weights);
}

}  // namespace
}  // namespace tarama::test
