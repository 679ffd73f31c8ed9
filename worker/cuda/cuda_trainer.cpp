// See cuda_trainer.hpp.
#include "worker/cuda/cuda_trainer.hpp"

#include "core/sweep/numerics_version.hpp"
#include "worker/cuda/cuda_learner.hpp"
#include "worker/cuda/device/device.hpp"
#include "worker/cuda/driver/cuda_device.hpp"
#include "worker/cuda/driver/kernel_compiler.hpp"
#include "worker/cuda/driver/matrix_products.hpp"
#include "worker/cuda/self_check.hpp"
#include "worker/training/learner_trainer.hpp"
#include "worker/training/predicting.hpp"
#include "worker/training/used_rows.hpp"

#include <fmt/format.h>

#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarama {
namespace cuda {
namespace {

class CudaTrainer : public training::LearnerTrainer {
 public:
  explicit CudaTrainer(std::unique_ptr<Device> device) : device_(std::move(device)) {}

  [[nodiscard]] std::string_view kind() const override { return "packed"; }

  /// Its bits are those of a kind of GPU and of the libraries that its kernels and products are of.
  [[nodiscard]] std::string arithmetic(const TrainJob& /*job*/) const override {
    const DeviceFacts facts = device_->facts();
    return fmt::format("packed {} on CUDA; {}, compute capability {}; {}",
                       numerics_version_of("packed"),
                       facts.name,
                       facts.compute_capability,
                       facts.libraries);
  }

  [[nodiscard]] std::vector<float> predict(const ModelConfig& config,
                                           const ModelWeights& weights,
                                           const TokenizedSplit& split) override {
    const auto learner = make_learner(training::spec_for_predicting(config, split), weights);
    auto& scoring = dynamic_cast<CudaLearner&>(*learner);
    return training::probabilities_of(
        split, config.classes, [&](const training::PackedBatch& batch) {
          return scoring.scores(batch);
        });
  }

 protected:
  [[nodiscard]] std::unique_ptr<training::Learner> make_learner(
      const training::LearnerSpec& spec, const ModelWeights& weights) override {
    if (const auto why = why_unfit(spec)) {
      throw std::invalid_argument(*why);
    }
    return std::make_unique<CudaLearner>(*device_, spec, weights);
  }

  [[nodiscard]] std::vector<std::int64_t> state_shape(const TrainJob& job,
                                                      const Parameter& parameter) const override {
    return training::shape_of_used_rows(job, parameter);
  }

 private:
  std::unique_ptr<Device> device_;
};

}  // namespace

std::unique_ptr<Trainer> make_trainer_on(std::unique_ptr<Device> device) {
  return std::make_unique<CudaTrainer>(std::move(device));
}

}  // namespace cuda

namespace {

/// In CUDA's words, so that it counts as the device's failure (device_failure.hpp).
std::string wrong_numbers(const std::string& fault) {
  return fmt::format(
      "CUDA error: the packed learner does not compute on this GPU what it computes on the "
      "processor: {}; train by learner: torch, or on the CPU, and report it with `tarama doctor`",
      fault);
}

}  // namespace

Result<std::string> cuda_kernel_compiler() {
  const auto products = cuda::find_matrix_library();
  return products ? cuda::find_kernel_compiler() : products.error();
}

std::int64_t cuda_devices_of_driver() {
  return cuda::count_cuda_devices();
}

Result<std::unique_ptr<Trainer>> make_cuda_trainer() {
  auto device = cuda::make_cuda_device(0);
  if (!device) {
    return Error{device.error().code,
                 fmt::format("the packed learner on CUDA: {}", device.error().message)};
  }
  try {
    if (const auto fault = cuda::fault_in(**device)) {
      return Error{Errc::refused, wrong_numbers(*fault)};
    }
  } catch (const cuda::OutOfDeviceMemory& error) {
    return Error{Errc::refused, fmt::format("the packed learner on CUDA: {}", error.what())};
  }
  return cuda::make_trainer_on(std::move(*device));
}

std::optional<std::string> cuda_fault() {
  const std::int64_t devices = cuda_devices_of_driver();
  for (int ordinal = 0; ordinal < devices; ++ordinal) {
    const auto device = cuda::make_cuda_device(ordinal);
    if (!device) {
      continue;
    }
    try {
      const auto fault = cuda::fault_in(**device);
      return fault ? std::optional(wrong_numbers(*fault)) : std::nullopt;
    } catch (const cuda::OutOfDeviceMemory&) {
      continue;
    }
  }
  return std::nullopt;
}

}  // namespace tarama
