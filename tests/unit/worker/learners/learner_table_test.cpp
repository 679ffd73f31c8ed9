// Which trainer a job gets, and what happens where there is none.
#include "worker/learners/learner_table.hpp"

#include "tests/support/recording_observer.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <stdexcept>

namespace tarama::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Says who it is by the only numbers that it gives.
class NamedTrainer : public Trainer {
 public:
  explicit NamedTrainer(std::string name) : name_(std::move(name)) {}

  [[nodiscard]] std::string_view kind() const override { return name_; }

  [[nodiscard]] std::string arithmetic(const TrainJob& /*job*/) const override { return name_; }

  [[nodiscard]] std::optional<std::string> misfit(const TrainJob& /*job*/,
                                                  const TrainerState& /*state*/) const override {
    return "asked of " + name_;
  }

  TrainEnd train(TrainJob /*job*/, TrainObserver& /*observer*/) override {
    return failed_end(FailureClass::diverged, "trained by " + name_);
  }

  std::vector<float> predict(const ModelConfig& /*config*/,
                             const ModelWeights& /*weights*/,
                             const TokenizedSplit& /*split*/) override {
    return {static_cast<float>(name_.size())};
  }

 private:
  std::string name_;
};

LearnerMaker maker_of(const std::string& name, int& made) {
  return {name, [name, &made]() -> Result<std::unique_ptr<Trainer>> {
            ++made;
            return std::make_unique<NamedTrainer>(name);
          }};
}

LearnerMaker maker_without(const std::string& name) {
  return {name, []() -> Result<std::unique_ptr<Trainer>> {
            return Error{Errc::not_found, "its library is missing"};
          }};
}

TrainJob job_for(const std::string& learner) {
  TrainJob job;
  job.learner = learner;
  return job;
}

TEST(LearnerTable, TrainsByTheLearnerThatTheJobNamesAndMakesNoOther) {
  int packed = 0;
  int torch = 0;
  LearnerTable table({maker_of("packed", packed), maker_of("torch", torch)});
  RecordingObserver observer;

  EXPECT_EQ(table.train(job_for("packed"), observer).message, "trained by packed");
  EXPECT_EQ(table.train(job_for("packed"), observer).message, "trained by packed");
  EXPECT_EQ(table.arithmetic(job_for("packed")), "packed");
  EXPECT_EQ(table.misfit(job_for("packed"), {}), "asked of packed");

  EXPECT_THAT((std::vector{packed, torch}), ElementsAre(1, 0));
}

TEST(LearnerTable, ALearnerThatCannotBeHadFailsTheRunWithItsReason) {
  int torch = 0;
  LearnerTable table({maker_without("packed"), maker_of("torch", torch)});
  RecordingObserver observer;

  const TrainEnd missing = table.train(job_for("packed"), observer);
  const TrainEnd unknown = table.train(job_for("jax"), observer);

  EXPECT_EQ(missing.kind, TrainEnd::Kind::failed);
  EXPECT_EQ(missing.failure, FailureClass::exited);
  EXPECT_EQ(missing.message, "its library is missing");
  EXPECT_EQ(unknown.failure, FailureClass::exited);
  EXPECT_THAT(unknown.message, HasSubstr("no learner 'jax'; it has: packed, torch"));
  EXPECT_EQ(table.arithmetic(job_for("jax")), "");
}

TEST(LearnerTable, PredictsByTheFirstThatCanBeHad) {
  int torch = 0;
  LearnerTable table({maker_without("packed"), maker_of("torch", torch)});
  LearnerTable empty({maker_without("packed")});

  EXPECT_THAT(table.predict({}, {}, {}), ElementsAre(5.0F));
  EXPECT_THROW(static_cast<void>(empty.predict({}, {}, {})), std::runtime_error);
}

}  // namespace
}  // namespace tarama::test
