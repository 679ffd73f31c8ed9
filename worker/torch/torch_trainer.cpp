// The trainer's outside: settings of LibTorch, failures as values.
#include "worker/torch/torch_trainer.hpp"

#include "core/training/lr_schedule.hpp"
#include "core/training/run_length.hpp"
#include "worker/torch/bert_model.hpp"
#include "worker/torch/bert_parameters.hpp"
#include "worker/torch/resume_check.hpp"
#include "worker/torch/training_loop.hpp"

#include <fmt/format.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <algorithm>
#include <c10/core/GradMode.h>
#include <c10/util/Exception.h>
#include <cstdlib>
#include <exception>
#include <new>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace tarama {
namespace {

using torch_trainer::BertLearner;

// Of predict alone: training evaluates by the run's batch_size.
constexpr std::int64_t predict_batch_size = 32;

TrainEnd failed(FailureClass failure, std::string message) {
  TrainEnd end;
  end.kind = TrainEnd::Kind::failed;
  end.failure = failure;
  end.message = std::move(message);
  return end;
}

/// LibTorch has a type of its own for a full GPU, but only words for a full host.
bool is_out_of_memory(const c10::Error& error) {
  const std::string_view what = error.what_without_backtrace();
  return dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
         what.find("DefaultCPUAllocator") != std::string_view::npos;
}

class TorchTrainer : public Trainer {
 public:
  TorchTrainer(std::string device, int threads) : device_(std::move(device)), threads_(threads) {}

  [[nodiscard]] std::string_view kind() const override { return "torch"; }

  [[nodiscard]] std::optional<std::string> misfit(const TrainJob& job,
                                                  const TrainerState& state) const override {
    return torch_trainer::misfit(job, state);
  }

  [[nodiscard]] TrainEnd train(const TrainJob& job, TrainObserver& observer) override;
  [[nodiscard]] std::vector<float> predict(const ModelConfig& config,
                                           const ModelWeights& weights,
                                           const TokenizedSplit& split) override;

 private:
  std::string device_;  // LibTorch's name of it
  int threads_;
};

TrainEnd train_once(const TrainJob& job, const std::string& device, TrainObserver& observer) {
  if (job.data->train.examples() == 0 || job.data->eval.examples() == 0) {
    return failed(FailureClass::bad_data,
                  fmt::format("{} examples to train on and {} to evaluate on; expected at least "
                              "one of each",
                              job.data->train.examples(),
                              job.data->eval.examples()));
  }
  for (const TokenizedSplit* const split : {&job.data->train, &job.data->eval, &job.data->test}) {
    if (const auto why = torch_trainer::misfit(*split, job.config)) {
      return failed(FailureClass::bad_data, *why);
    }
  }
  const std::int64_t steps =
      steps_of_run(job.data->train.examples(), job.training.batch_size, job.training.epochs);
  ModelWeights weights;
  try {
    weights = torch_trainer::complete_weights(job.config, job.weights.get(), job.seed);
  } catch (const std::invalid_argument& error) {
    return failed(FailureClass::bad_data, error.what());
  }
  BertLearner learner({.config = job.config,
                       .training = job.training,
                       .schedule = schedule_of(job.training, steps),
                       .seed = job.seed,
                       .device = device},
                      weights);
  weights.clear();
  return torch_trainer::run_training(job, learner, observer);
}

TrainEnd TorchTrainer::train(const TrainJob& job, TrainObserver& observer) {
  try {
    // Again for each run: OpenMP counts threads per calling thread.
    at::set_num_threads(threads_);
    return train_once(job, device_, observer);
  } catch (const c10::Error& error) {
    return failed(is_out_of_memory(error) ? FailureClass::out_of_memory : FailureClass::exited,
                  fmt::format("LibTorch: {}", error.what_without_backtrace()));
  } catch (const std::bad_alloc&) {
    return failed(
        FailureClass::out_of_memory,
        "the machine has no memory left; fewer workers or a smaller batch_size need less");
  } catch (const std::exception& error) {
    return failed(FailureClass::exited, error.what());
  }
}

std::vector<float> predict_in_batches(const ModelConfig& config,
                                      const ModelWeights& weights,
                                      const TokenizedSplit& split,
                                      const std::string& device) {
  const c10::NoGradGuard no_grad;
  const auto parameters =
      torch_trainer::make_parameters(config, weights, device, torch_trainer::FloatType::float32);
  std::vector<float> probabilities;
  for (std::int64_t first = 0; first < split.examples(); first += predict_batch_size) {
    const std::int64_t count = std::min(predict_batch_size, split.examples() - first);
    const auto batch = torch_trainer::make_batch_in_order(split, first, count);
    const at::Tensor logits = torch_trainer::logits_of(parameters, config, batch, {});
    const NamedArray rows = torch_trainer::to_array(at::softmax(logits, -1));
    probabilities.insert(probabilities.end(), rows.values.begin(), rows.values.end());
  }
  return probabilities;
}

std::vector<float> TorchTrainer::predict(const ModelConfig& config,
                                         const ModelWeights& weights,
                                         const TokenizedSplit& split) {
  if (const auto why = torch_trainer::misfit(split, config)) {
    throw std::invalid_argument(*why);
  }
  try {
    at::set_num_threads(threads_);
    return predict_in_batches(config, weights, split, device_);
  } catch (const c10::Error& error) {
    // what() would add the stack.
    throw std::runtime_error(fmt::format("LibTorch: {}", error.what_without_backtrace()));
  }
}

/// Once per process: LibTorch refuses a second word about its inter-op threads.
void set_process_wide_switches() {
  [[maybe_unused]] static const bool is_done = [] {
    // cuBLAS reads it when CUDA starts; without it sums may come in another order each time.
    setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
    at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
    // Deterministic mode fills every new tensor with NaN; nothing here reads one unwritten.
    at::globalContext().setDeterministicFillUninitializedMemory(false);
    at::set_num_interop_threads(1);
    return true;
  }();
}

}  // namespace

Result<std::unique_ptr<Trainer>> make_torch_trainer(const std::string& device, int threads) {
  // "cpu*4": the orchestrator's name of a CPU worker with four threads.
  const bool is_cpu = device == "cpu" || device.starts_with("cpu:") || device.starts_with("cpu*");
  const bool is_cuda = device == "cuda" || device.starts_with("cuda:");
  if (!is_cpu && !is_cuda) {
    return Error{Errc::invalid_argument,
                 fmt::format("device '{}' is unknown; expected cpu, or cuda:0", device)};
  }
  if (threads < 1) {
    return Error{Errc::invalid_argument,
                 fmt::format("{} threads were asked for; expected at least 1", threads)};
  }
  try {
    set_process_wide_switches();
    if (is_cuda && torch::cuda::device_count() == 0) {
      return Error{Errc::refused,
                   fmt::format("device '{}' was asked for, but LibTorch {} sees no CUDA device; "
                               "`tarama doctor` says which devices there are",
                               device,
                               TORCH_VERSION)};
    }
  } catch (const c10::Error& error) {
    return Error{Errc::internal, fmt::format("LibTorch: {}", error.what_without_backtrace())};
  }
  return std::unique_ptr<Trainer>(
      std::make_unique<TorchTrainer>(is_cpu ? "cpu" : "cuda:0", threads));
}

LibTorchInfo libtorch_info() {
  return {TORCH_VERSION, static_cast<std::int64_t>(torch::cuda::device_count())};
}

}  // namespace tarama
