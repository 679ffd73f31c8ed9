// See learner_table.hpp.
#include "worker/learners/learner_table.hpp"

#include "worker/training/device_failure.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tarama {
namespace {

Error unknown_learner(const std::string& learner, const std::vector<LearnerMaker>& makers) {
  std::vector<std::string> names;
  for (const LearnerMaker& maker : makers) {
    names.push_back(maker.learner);
  }
  return {Errc::refused,
          fmt::format("this worker program has no learner '{}'; it has: {}; build the program with "
                      "it, or train by another one (training.learner)",
                      learner,
                      names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")))};
}

}  // namespace

Result<Trainer*> LearnerTable::trainer_of(const std::string& learner) const {
  const std::lock_guard lock(mutex_);
  if (const auto made = made_.find(learner); made != made_.end()) {
    return made->second.get();
  }
  const auto maker = std::ranges::find(makers_, learner, &LearnerMaker::learner);
  if (maker == makers_.end()) {
    return unknown_learner(learner, makers_);
  }
  Result<std::unique_ptr<Trainer>> trainer = maker->make();
  if (!trainer) {
    return trainer.error();
  }
  return made_.emplace(learner, std::move(*trainer)).first->second.get();
}

std::string LearnerTable::arithmetic(const TrainJob& job) const {
  const Result<Trainer*> trainer = trainer_of(job.learner);
  return trainer ? (*trainer)->arithmetic(job) : std::string();
}

std::optional<std::string> LearnerTable::misfit(const TrainJob& job,
                                                const TrainerState& state) const {
  const Result<Trainer*> trainer = trainer_of(job.learner);
  return trainer ? (*trainer)->misfit(job, state) : std::nullopt;
}

void LearnerTable::let_go_of_others(const Trainer& trainer) {
  const std::lock_guard lock(mutex_);
  for (const auto& [learner, other] : made_) {
    if (other.get() != &trainer) {
      other->let_go();
    }
  }
}

TrainEnd LearnerTable::train(TrainJob job, TrainObserver& observer) {
  const Result<Trainer*> trainer = trainer_of(job.learner);
  if (!trainer) {
    const std::string& why = trainer.error().message;
    return failed_end(training::device_failure_in(why).value_or(FailureClass::exited), why);
  }
  let_go_of_others(**trainer);
  return (*trainer)->train(std::move(job), observer);
}

std::vector<float> LearnerTable::predict(const ModelConfig& config,
                                         const ModelWeights& weights,
                                         const TokenizedSplit& split) {
  std::string why = "this worker program has no learner";
  for (const LearnerMaker& maker : makers_) {
    const Result<Trainer*> trainer = trainer_of(maker.learner);
    if (trainer) {
      return (*trainer)->predict(config, weights, split);
    }
    why = trainer.error().message;
  }
  throw std::runtime_error(why);
}

}  // namespace tarama
