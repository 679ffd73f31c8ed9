// An observer that records what a trainer says, and takes checkpoints and stops where it is told.
#pragma once

#include "worker/training/trainer.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tarama::test {

/// Without `at`, which is a clock's.
[[nodiscard]] inline StepRow timeless(StepRow row) {
  row.at = 0;
  return row;
}

/// Records; takes checkpoints after the steps and epochs it is told; stops where it is told.
class RecordingObserver : public TrainObserver {
 public:
  std::set<std::int64_t> checkpoint_after_steps;   // by steps done, before any evaluation
  std::set<std::int64_t> checkpoint_after_epochs;  // behind the evaluation
  std::optional<std::int64_t> stop_after_steps;
  std::optional<std::int64_t> stop_at_question;  // counted from 1: in evaluations as well

  std::vector<StepRow> steps;
  std::vector<EvalRow> evals;
  std::vector<Predictions> predictions;
  std::vector<TrainerState> checkpoints;
  std::vector<std::string> notes;

  void on_note(const std::string& note) override { notes.push_back(note); }

  void on_step(const StepRow& row) override { steps.push_back(timeless(row)); }

  void on_eval(const EvalRow& row) override { evals.push_back(row); }

  void on_predictions(const Predictions& of) override { predictions.push_back(of); }

  bool wants_checkpoint(bool is_epoch_end) override {
    return is_epoch_end ? checkpoint_after_epochs.contains(evals.back().epoch)
                        : checkpoint_after_steps.contains(steps.back().step + 1);
  }

  void save_checkpoint(TrainerState state) override { checkpoints.push_back(std::move(state)); }

  bool should_stop() override {
    const bool is_there = !steps.empty() && stop_after_steps == steps.back().step + 1;
    return ++questions_ == stop_at_question || is_there;
  }

 private:
  std::int64_t questions_ = 0;
};

}  // namespace tarama::test
