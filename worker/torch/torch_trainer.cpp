// The trainer's outside: settings of LibTorch, failures as values.
#include "worker/torch/torch_trainer.hpp"

#include "core/sweep/numerics_version.hpp"
#include "worker/torch/bert_learner.hpp"
#include "worker/torch/bert_model.hpp"
#include "worker/torch/bert_parameters.hpp"
#include "worker/torch/padded_batch.hpp"
#include "worker/training/data_check.hpp"
#include "worker/training/device_failure.hpp"
#include "worker/training/learner_trainer.hpp"

#include <fmt/format.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <algorithm>
#include <c10/core/GradMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace tarama {
namespace {

// Of predict alone: training evaluates by the run's batch_size.
constexpr std::int64_t predict_batch_size = 32;

/// LibTorch has a type of its own for a full GPU alone; all else are words.
FailureClass failure_of(const c10::Error& error) {
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr) {
    return FailureClass::out_of_memory;
  }
  return training::device_failure_in(error.what_without_backtrace()).value_or(FailureClass::exited);
}

/// Runs of several threads would wait for one another on the stream that LibTorch begins with. Once
/// a thread: what LibTorch's allocator keeps belongs to a stream, and serves the thread's next run.
void take_own_stream(c10::Device device) {
  thread_local bool is_done = false;
  if (!std::exchange(is_done, true)) {
    const c10::impl::VirtualGuardImpl streams(device.type());
    streams.exchangeStream(streams.getStreamFromGlobalPool(device));
  }
}

class TorchTrainer : public training::LearnerTrainer {
 public:
  TorchTrainer(std::string device, int threads) : device_(std::move(device)), threads_(threads) {}

  [[nodiscard]] std::string_view kind() const override { return "torch"; }

  [[nodiscard]] std::string arithmetic(const TrainJob& job) const override;

  [[nodiscard]] std::vector<float> predict(const ModelConfig& config,
                                           const ModelWeights& weights,
                                           const TokenizedSplit& split) override;

 protected:
  [[nodiscard]] std::unique_ptr<training::Learner> make_learner(
      const training::LearnerSpec& spec, const ModelWeights& weights) override {
    // Again for each run: OpenMP counts threads per calling thread.
    at::set_num_threads(threads_);
    if (device_ != "cpu") {
      take_own_stream(c10::Device(device_));
    }
    return std::make_unique<torch_trainer::BertLearner>(spec, weights, device_);
  }

  [[nodiscard]] TrainEnd end_of(const std::exception& error) const override {
    if (const auto* of_libtorch = dynamic_cast<const c10::Error*>(&error)) {
      // what() would add the stack.
      return failed_end(failure_of(*of_libtorch),
                        fmt::format("LibTorch: {}", of_libtorch->what_without_backtrace()));
    }
    return LearnerTrainer::end_of(error);
  }

 private:
  std::string device_;  // LibTorch's name of it
  int threads_;
};

/// The matrices' code is MKL's own choice, by the same processor.
std::string TorchTrainer::arithmetic(const TrainJob& /*job*/) const {
  const bool is_cpu = device_ == "cpu";
  return fmt::format("torch {}; LibTorch {} on {}, {}, {} MKL, {} {}",
                     numerics_version_of("torch"),
                     TORCH_VERSION,
                     is_cpu ? "CPU" : "CUDA",
                     at::get_cpu_capability(),
                     at::hasMKL() ? "with" : "without",
                     threads_,
                     threads_ == 1 ? "thread" : "threads");
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
    const auto batch = torch_trainer::pad(training::pack_in_order(split, first, count));
    const at::Tensor logits = torch_trainer::logits_of(parameters, config, batch, {});
    const NamedArray rows = torch_trainer::to_array(at::softmax(logits, -1));
    probabilities.insert(probabilities.end(), rows.values.begin(), rows.values.end());
  }
  return probabilities;
}

std::vector<float> TorchTrainer::predict(const ModelConfig& config,
                                         const ModelWeights& weights,
                                         const TokenizedSplit& split) {
  if (const auto why = training::misfit(split, config)) {
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
  const auto& hooks = at::detail::getCUDAHooks();
  return {TORCH_VERSION,
          static_cast<std::int64_t>(torch::cuda::device_count()),
          hooks.hasCUDART() ? static_cast<int>(hooks.versionCUDART()) : 0};
}

}  // namespace tarama
