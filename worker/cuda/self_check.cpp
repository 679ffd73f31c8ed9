// See self_check.hpp.
#include "worker/cuda/self_check.hpp"

#include "core/training/initial_weights.hpp"
#include "core/training/philox.hpp"
#include "worker/cuda/cuda_learner.hpp"
#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/packed_learner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <numeric>
#include <vector>

namespace tarama::cuda {
namespace {

using training::Learner;
using training::LearnerSpec;
using training::PackedBatch;

// Two sizes of batches in turns: the first of each is enqueued as it is, the others are graphs.
constexpr std::int64_t steps = 4;
constexpr std::array<std::int32_t, 4> long_batch = {9, 40, 1, 17};
constexpr std::array<std::int32_t, 2> short_batch = {12, 5};

constexpr std::int64_t pieces = 100;
constexpr std::int64_t classes = 3;

/// Of float32, sums in another order; of bfloat16, the rounding of its 8 bits. The stand-in of the
/// tests is within 3e-7 and 1e-6, and 3e-3 and 0.03.
struct Tolerance {
  double losses;
  double gradients;  // of each parameter's mean gradient, by its norm
};

constexpr Tolerance in_fp32{.losses = 1e-4, .gradients = 1e-3};
constexpr Tolerance in_bf16{.losses = 0.02, .gradients = 0.1};

template <std::size_t examples>
PackedBatch made_up_batch(const std::array<std::int32_t, examples>& lengths, std::int64_t number) {
  PhiloxStream random({.seed = number, .place = Place::fake_noise});
  PackedBatch batch;
  for (const std::int32_t length : lengths) {
    for (std::int32_t token = 0; token < length; ++token) {
      batch.ids.push_back(
          static_cast<std::int32_t>(1 + random.below(static_cast<std::uint64_t>(pieces))));
    }
    batch.offsets.push_back(static_cast<std::int32_t>(batch.ids.size()));
    batch.second_starts.push_back(length);
    batch.labels.push_back(static_cast<std::int32_t>(random.below(classes)));
  }
  return batch;
}

PackedBatch batch_of(std::int64_t step) {
  return step % 2 == 0 ? made_up_batch(long_batch, step) : made_up_batch(short_batch, step);
}

LearnerSpec small_spec(Norm norm, Precision precision) {
  LearnerSpec spec;
  spec.config = {.vocab_size = pieces + 1,
                 .hidden = 128,
                 .layers = 2,
                 .heads = 2,
                 .intermediate = 256,
                 .max_positions = 64,
                 .classes = classes,
                 .initializer_range = 0.05,  // scores that differ
                 .norm = norm};
  spec.training.lr = 1e-3;
  spec.training.dropout = 0.1;
  spec.training.norm = norm;
  spec.training.precision = precision;
  spec.schedule = {.kind = Schedule::warmup_linear, .warmup = 0.2, .t_total = steps + 2};
  spec.pieces.resize(static_cast<std::size_t>(pieces));
  std::iota(spec.pieces.begin(), spec.pieces.end(), 1);
  spec.longest_batch.assign(long_batch.begin(), long_batch.end());
  std::ranges::sort(spec.longest_batch, std::greater<>());
  return spec;
}

/// The losses of an evaluation, of the steps, and of an evaluation behind them.
std::vector<double> losses_by(Learner& learner) {
  std::vector<double> losses = {learner.evaluate(batch_of(steps)).loss};
  std::int64_t next = 0;
  for (std::int64_t step = 0; step < steps; ++step) {
    for (; next < steps && next <= step + learner.lag(); ++next) {
      learner.enqueue(batch_of(next), next);
    }
    losses.push_back(learner.collect().batch.loss);
  }
  losses.push_back(learner.evaluate(batch_of(steps)).loss);
  return losses;
}

double norm_of(const SharedArray<float>& values) {
  double sum = 0;
  for (const float value : values) {
    sum += static_cast<double>(value) * value;
  }
  return std::sqrt(sum);
}

double distance_of(const SharedArray<float>& some, const SharedArray<float>& others) {
  double sum = 0;
  for (std::size_t i = 0; i < some.size(); ++i) {
    const double difference = static_cast<double>(some[i]) - others[i];
    sum += difference * difference;
  }
  return std::sqrt(sum);
}

/// Of what the optimizer keeps, the means of gradients: the only arrays that are linear in them.
std::map<std::string, NamedArray> mean_gradients(Learner& learner) {
  std::map<std::string, NamedArray> means = learner.arrays();
  std::erase_if(means, [](const auto& entry) { return !entry.first.starts_with("next_m/"); });
  return means;
}

std::optional<std::string> fault_of_losses(const std::vector<double>& losses,
                                           const std::vector<double>& expected,
                                           double most) {
  for (std::size_t i = 0; i < losses.size(); ++i) {
    const double distance = std::abs(losses[i] - expected[i]);
    if (!(distance <= most)) {  // also where it is no number
      return fmt::format("loss {} of {} is {:.6g}, and {:.6g} there",
                         i + 1,
                         losses.size(),
                         losses[i],
                         expected[i]);
    }
  }
  return std::nullopt;
}

std::optional<std::string> fault_of_gradients(const std::map<std::string, NamedArray>& gradients,
                                              const std::map<std::string, NamedArray>& expected,
                                              double most) {
  double largest = 0;
  for (const auto& [name, array] : expected) {
    largest = std::max(largest, norm_of(array.values));
  }
  for (const auto& [name, array] : expected) {
    // Some are 0 but for rounding: those of the keys' biases, which softmax does not see.
    const double scale = std::max(norm_of(array.values), 0.01 * largest);
    const double distance = distance_of(gradients.at(name).values, array.values) / scale;
    if (!(distance <= most)) {
      return fmt::format("the gradients of {} differ by {:.3g} of their norm",
                         name.substr(name.find('/') + 1),
                         distance);
    }
  }
  return std::nullopt;
}

std::optional<std::string> fault_of(Device& device, Norm norm, Precision precision) {
  const LearnerSpec spec = small_spec(norm, precision);
  LearnerSpec in_float32 = spec;
  in_float32.training.precision = Precision::fp32;
  const ModelWeights weights = initial_weights(spec.config, /*seed=*/1);
  packed::PackedLearner on_processor(in_float32, weights, packed::kernels().name);
  CudaLearner once(device, spec, weights);
  CudaLearner again(device, spec, weights);
  const Tolerance tolerance = precision == Precision::bf16 ? in_bf16 : in_fp32;
  const std::vector<double> losses = losses_by(once);
  auto fault = fault_of_losses(losses, losses_by(on_processor), tolerance.losses);
  if (!fault) {
    fault =
        fault_of_gradients(mean_gradients(once), mean_gradients(on_processor), tolerance.gradients);
  }
  if (!fault && (losses != losses_by(again) || once.arrays() != again.arrays())) {
    fault = "it has other bits the second time";
  }
  return fault ? std::optional(fmt::format("a small training in {} with norm {}: {}",
                                           precision == Precision::bf16 ? "bf16" : "fp32",
                                           norm == Norm::pre ? "pre" : "post",
                                           *fault))
               : std::nullopt;
}

}  // namespace

std::optional<std::string> fault_in(Device& device) {
  try {
    for (const Norm norm : {Norm::post, Norm::pre}) {
      for (const Precision precision : {Precision::fp32, Precision::bf16}) {
        if (auto fault = fault_of(device, norm, precision)) {
          return fault;
        }
      }
    }
  } catch (const OutOfDeviceMemory&) {
    throw;
  } catch (const DeviceError& error) {
    return error.what();
  }
  return std::nullopt;
}

}  // namespace tarama::cuda
