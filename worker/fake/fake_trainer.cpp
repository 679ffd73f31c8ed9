// Steps and evaluations as scripted, faults included.
#include "worker/fake/fake_trainer.hpp"

#include "core/sweep/enum_names.hpp"
#include "core/sweep/fingerprint.hpp"
#include "core/sweep/numerics_version.hpp"
#include "core/sweep/parameter_value.hpp"
#include "core/training/lr_schedule.hpp"
#include "core/training/philox.hpp"
#include "core/training/run_length.hpp"
#include "core/training/trajectory.hpp"
#include "worker/fake/device_turn.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>
#include <signal.h>
#include <sys/prctl.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace tarama {

namespace {

// How often a waiting step asks whether it shall stop: a time limit is held to 10 ms, and asking
// costs next to nothing.
constexpr std::chrono::microseconds longest_nap{2'000};

// What the accuracy still lacks at the very start; it shrinks to 0 with the last epoch.
constexpr double early_deficit = 0.1;

std::int64_t now_in_milliseconds() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

/// A key for the noise from everything that names the run.
std::int64_t noise_key_of(const RunParameters& parameters) {
  Fingerprint fingerprint;
  for (const auto& [name, value] : parameters) {
    fingerprint.field(name).field(json_of(value));
  }
  const std::string hex = fingerprint.hex();
  std::uint64_t key = 0;
  std::from_chars(hex.data(), hex.data() + 15, key, 16);  // 60 bits: never negative
  return static_cast<std::int64_t>(key);
}

[[noreturn]] void die() {
  ::kill(::getpid(), SIGKILL);
  ::_exit(1);  // not reached
}

/// Stops all threads, heartbeats included, as a machine that stalls does. A stopped process
/// does not see its orchestrator go, so it asks the kernel to be ended with its parent.
[[noreturn]] void hang() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) {
    ::raise(SIGSTOP);
  }
}

/// As a kernel that never returns: this thread is gone for good, the others live.
[[noreturn]] void stall() {
  for (;;) {
    ::pause();
  }
}

/// What decides a run's numbers up to the end of an epoch.
struct Stage {
  std::int64_t epochs = 0;  // of a run that ends there; 0: none yet
  std::int64_t noise_key = 0;
  double mean = 0;
  double sd = 0;
};

/// One attempt. `state_` is what a checkpoint holds.
class FakeRun {
 public:
  FakeRun(const FakeScript& script,
          const std::string& device,
          TrainJob job,
          TrainObserver& observer)
      : script_(script),
        device_(device),
        job_(std::move(job)),
        observer_(observer),
        parameters_(parameters_of(job_)),
        place_(parameters_),
        per_epoch_(steps_per_epoch(job_.data->train.examples(), job_.training.batch_size)),
        steps_(per_epoch_ * job_.training.epochs),
        schedule_(schedule_of(job_.training, steps_)),
        state_(std::move(job_.resume).value_or(TrainerState{})) {
    place_.emplace("device", device);
  }

  TrainEnd run() {
    if (is_evaluation_due()) {
      evaluate(Split::eval);
      if (observer_.wants_checkpoint(/*is_epoch_end=*/true)) {
        observer_.save_checkpoint(state_);
      }
    }
    while (state_.steps_done < steps_) {
      if (auto end = take_step()) {
        return std::move(*end);
      }
      const bool is_epoch_end = is_evaluation_due();
      if (is_epoch_end) {
        evaluate(Split::eval);
      }
      if (state_.steps_done < steps_ && observer_.should_stop()) {
        observer_.save_checkpoint(state_);
        return {.kind = TrainEnd::Kind::stopped, .message = {}, .weights = {}};
      }
      if (observer_.wants_checkpoint(is_epoch_end)) {
        observer_.save_checkpoint(state_);
      }
    }
    if (job_.data->test.examples() > 0) {
      evaluate(Split::test);
    }
    return {.kind = TrainEnd::Kind::succeeded, .message = {}, .weights = {}};
  }

 private:
  /// How the attempt ends at this step, or nothing if it goes on.
  std::optional<TrainEnd> take_step() {
    const std::int64_t step = state_.steps_done;
    const auto fault = fault_at(script_, place_, job_.attempt, step);
    wait_for_step();
    if (fault && *fault != FaultKind::nan) {
      return fail_as(*fault, step);
    }
    StepRow row = row_of(step);
    if (fault) {
      row.loss = std::numeric_limits<double>::quiet_NaN();
      observer_.on_step(row);
      return failed_end(FailureClass::diverged,
                        fmt::format("the loss became NaN at step {}", step));
    }
    state_.steps.push_back(row);
    ++state_.steps_done;
    observer_.on_step(row);
    return std::nullopt;
  }

  static TrainEnd fail_as(FaultKind fault, std::int64_t step) {
    switch (fault) {
      case FaultKind::crash:
        die();
      case FaultKind::exit:
        ::_exit(3);
      case FaultKind::hang:
        hang();
      case FaultKind::stall:
        stall();
      case FaultKind::device_error:
        return failed_end(FailureClass::device_error,
                          fmt::format("the script let the device fail at step {}", step));
      case FaultKind::nan:
      case FaultKind::out_of_memory:
        break;
    }
    return failed_end(FailureClass::out_of_memory,
                      fmt::format("the script let the memory run out at step {}", step));
  }

  void wait_for_step() {
    pass(script_.step_time);
    if (script_.device_time.count() > 0 && !script_.file.empty()) {
      const DeviceTurn turn(script_.file, device_);
      pass(script_.device_time);
    }
  }

  void pass(std::chrono::microseconds left) {
    while (left.count() > 0 && !observer_.should_stop()) {
      const auto nap = std::min(left, longest_nap);
      std::this_thread::sleep_for(nap);
      left -= nap;
    }
  }

  [[nodiscard]] bool is_evaluation_due() const {
    return std::cmp_less(state_.evals.size(), state_.steps_done / per_epoch_);
  }

  /// Of two runs that differ in length alone and have their rates in common the longer one must
  /// begin as the shorter one: an epoch is told as the last one of a run that ends with it.
  void enter(std::int64_t epoch) {
    const std::int64_t steps = epoch * per_epoch_;
    const bool is_common =
        common_steps(schedule_of(job_.training, steps), schedule_, steps) == steps;
    const std::int64_t epochs = is_common ? epoch : job_.training.epochs;
    if (stage_.epochs == epochs) {
      return;
    }
    RunParameters parameters = parameters_;
    parameters["epochs"] = epochs;
    stage_ = {.epochs = epochs,
              .noise_key = noise_key_of(parameters),
              .mean = mean_of(script_, parameters),
              .sd = sd_of(script_, parameters)};
  }

  StepRow row_of(std::int64_t step) {
    enter(step / per_epoch_ + 1);
    const double progress =
        static_cast<double>(step) / static_cast<double>(stage_.epochs * per_epoch_);
    const std::int64_t first = step % per_epoch_ * job_.training.batch_size;
    const std::int64_t last =
        std::min(first + job_.training.batch_size, job_.data->train.examples());
    const auto& offsets = job_.data->train.offsets;
    const double accuracy = stage_.mean - early_deficit * (1 - progress) + noise_at(step, 0);
    return {.step = step,
            .epoch = step / per_epoch_ + 1,
            .lr = job_.training.lr * lr_factor(schedule_, step),
            .loss = 0.2 + std::exp(-3 * progress) + noise_at(step, 1),
            .flat_accuracy = std::clamp(accuracy, 0.0, 1.0),
            .examples = last - first,
            .tokens =
                offsets[static_cast<std::size_t>(last)] - offsets[static_cast<std::size_t>(first)],
            .at = now_in_milliseconds()};
  }

  void evaluate(Split name) {
    const TokenizedSplit& split = name == Split::eval ? job_.data->eval : job_.data->test;
    const std::int64_t epoch = state_.steps_done / per_epoch_;
    enter(epoch);
    const double progress = static_cast<double>(epoch) / static_cast<double>(stage_.epochs);
    // Not clamped to 0..1: the noise of the last evaluation is to be normal, whatever the mean.
    const double accuracy = stage_.mean - early_deficit * (1 - progress) +
                            noise_at(state_.steps_done - 1, name == Split::eval ? 2 : 3);
    const EvalRow row{.epoch = epoch,
                      .split = name,
                      .step = state_.steps_done - 1,
                      .loss = 1 - accuracy,
                      .flat_accuracy = accuracy,
                      .batch_mean_flat_accuracy = accuracy,
                      .mcc = 2 * accuracy - 1,
                      .macro_f1 = accuracy,
                      .majority_accuracy = majority_share(split),
                      .examples = split.examples()};
    state_.evals.push_back(row);
    observer_.on_eval(row);
  }

  [[nodiscard]] double majority_share(const TokenizedSplit& split) const {
    std::vector<std::int64_t> counts(job_.data->classes.size());
    for (const std::int32_t label : split.labels) {
      ++counts[static_cast<std::size_t>(label)];
    }
    return static_cast<double>(*std::max_element(counts.begin(), counts.end())) /
           static_cast<double>(split.examples());
  }

  /// Of the run's own, and of what every run with its seed has in common: normal with the level's
  /// spread whatever share the latter has.
  [[nodiscard]] double noise_at(std::int64_t step, std::int64_t use) const {
    PhiloxStream own(
        {.seed = stage_.noise_key, .place = Place::fake_noise, .step = step, .index = use});
    if (script_.seed_effect == 0) {
      return stage_.sd * own.normal();
    }
    // Of no step: levels of different length share a seed's luck as well.
    PhiloxStream common({.seed = job_.seed, .place = Place::fake_noise, .step = 0, .index = use});
    return stage_.sd * (std::sqrt(1 - script_.seed_effect) * own.normal() +
                        std::sqrt(script_.seed_effect) * common.normal());
  }

  const FakeScript& script_;
  const std::string& device_;
  TrainJob job_;
  TrainObserver& observer_;
  RunParameters parameters_;
  RunParameters place_;  // what faults depend on: the same, and the device
  Stage stage_;
  std::int64_t per_epoch_;
  std::int64_t steps_;
  LrSchedule schedule_;
  TrainerState state_;
};

}  // namespace

RunParameters parameters_of(const TrainJob& job) {
  const TrainingSettings& training = job.training;
  RunParameters parameters = {{"lr", training.lr},
                              {"warmup", training.warmup},
                              {"epochs", training.epochs},
                              {"batch_size", training.batch_size},
                              {"schedule", std::string(name_of(training.schedule))},
                              {"t_total", std::string(name_of(training.t_total))},
                              {"weight_decay", training.weight_decay},
                              {"max_grad_norm", training.max_grad_norm},
                              {"norm", std::string(name_of(training.norm))},
                              {"dropout", training.dropout},
                              {"precision", std::string(name_of(training.precision))},
                              {"layers", job.config.layers},
                              {"hidden", job.config.hidden},
                              {"heads", job.config.heads},
                              {"intermediate", job.config.intermediate},
                              {"vocab_size", job.config.vocab_size},
                              {"seed", job.seed}};
  // Only where the file asks for one: the noise hangs on what is here.
  if (training.learner) {
    parameters.emplace("learner", std::string(name_of(*training.learner)));
  }
  return parameters;
}

std::string FakeTrainer::arithmetic(const TrainJob& /*job*/) const {
  return fmt::format("fake {}", numerics_version_of(kind()));
}

TrainEnd FakeTrainer::train(TrainJob job, TrainObserver& observer) {
  TrainEnd end = FakeRun(script_, device_, std::move(job), observer).run();
  end.note = script_.note;
  return end;
}

std::vector<float> FakeTrainer::predict(const ModelConfig& config,
                                        const ModelWeights& /*weights*/,
                                        const TokenizedSplit& split) {
  const auto classes = static_cast<std::size_t>(config.classes);
  const auto examples = static_cast<std::size_t>(split.examples());
  return std::vector<float>(examples * classes, 1.0F / static_cast<float>(config.classes));
}

}  // namespace tarama
