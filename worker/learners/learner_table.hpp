// A trainer that trains each run by the learner that its job names, and makes what stands behind a
// name at the first job that needs it.
#pragma once

#include "core/sweep/result.hpp"
#include "worker/training/trainer.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarama {

struct LearnerMaker {
  std::string learner;                                     // as jobs name it
  std::function<Result<std::unique_ptr<Trainer>>()> make;  // may be slow; does not throw
};

/// For any thread.
class LearnerTable : public Trainer {
 public:
  /// In the order of preference for what names none.
  explicit LearnerTable(std::vector<LearnerMaker> makers) : makers_(std::move(makers)) {}

  [[nodiscard]] std::string_view kind() const override { return "torch"; }

  /// The trainer of a learner, made if it is not. `refused` for a learner that this program lacks;
  /// else what its maker says, each time anew: a library may be mended meanwhile.
  [[nodiscard]] Result<Trainer*> trainer_of(const std::string& learner) const;

  /// Empty where the job's learner cannot be had: `train` says why.
  [[nodiscard]] std::string arithmetic(const TrainJob& job) const override;
  [[nodiscard]] std::optional<std::string> misfit(const TrainJob& job,
                                                  const TrainerState& state) const override;

  /// A learner that cannot be had: the run fails as `exited`.
  [[nodiscard]] TrainEnd train(TrainJob job, TrainObserver& observer) override;
  /// By the first learner that can be had.
  [[nodiscard]] std::vector<float> predict(const ModelConfig& config,
                                           const ModelWeights& weights,
                                           const TokenizedSplit& split) override;

 private:
  void let_go_of_others(const Trainer& trainer);

  std::vector<LearnerMaker> makers_;
  mutable std::mutex mutex_;  // of `made_`; held while one is made, so that it is made once
  mutable std::map<std::string, std::unique_ptr<Trainer>> made_;
};

}  // namespace tarama
