// The scripted trainer: steps, evaluations, stops and checkpoints as a real one has them, with
// numbers from a script in place of training. Tests of everything but numerics run on it.
#pragma once

#include "worker/fake/fake_script.hpp"
#include "worker/training/trainer.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tarama {

/// All its numbers depend on the script, the run's parameters and seed, and the step alone; so
/// an attempt that goes on from a checkpoint yields what one from the start would have.
class FakeTrainer : public Trainer {
 public:
  explicit FakeTrainer(FakeScript script, std::string device = "cpu")
      : script_(std::move(script)), device_(std::move(device)) {}

  [[nodiscard]] std::string_view kind() const override { return "fake"; }

  [[nodiscard]] std::string arithmetic(const TrainJob& job) const override;

  /// Gives no weights: nothing is trained, so there is nothing to keep.
  [[nodiscard]] TrainEnd train(TrainJob job, TrainObserver& observer) override;
  /// Every class as likely as any other.
  [[nodiscard]] std::vector<float> predict(const ModelConfig& config,
                                           const ModelWeights& weights,
                                           const TokenizedSplit& split) override;

 private:
  FakeScript script_;
  std::string device_;
};

/// What the script's conditions see of a job.
[[nodiscard]] RunParameters parameters_of(const TrainJob& job);

}  // namespace tarama
