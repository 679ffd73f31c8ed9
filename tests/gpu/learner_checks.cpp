// See learner_checks.hpp.
#include "tests/gpu/learner_checks.hpp"

#include "tests/gpu/narrow_device.hpp"
#include "tests/support/made_up_case.hpp"
#include "worker/cuda/cuda_learner.hpp"
#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/packed_learner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace tarama::gpu_check {
namespace {

using cuda::CudaLearner;
using tarama::test::MadeUpCase;
using training::LearnerSpec;
using training::PackedBatch;

/// A run of batches that change from step to step.
struct Run {
  Run(Norm norm, Effort effort, Precision precision = Precision::fp32) {
    made_up = {.norm = norm,
               .hidden = effort == Effort::quick ? 24 : 128,
               .layers = 2,
               .heads = effort == Effort::quick ? 3 : 2,
               .intermediate = effort == Effort::quick ? 40 : 512,
               .lengths = {9, 4, 17, 1, 6, 33},
               .dropout = 0.1,
               .seed = 3};
    spec.config = made_up.config();
    spec.training.lr = 1e-3;
    spec.training.dropout = made_up.dropout;
    spec.training.precision = precision;
    spec.schedule = {.kind = Schedule::warmup_linear, .warmup = 0.2, .t_total = steps + 3};
    spec.seed = 11;
    spec.longest_batch = made_up.lengths;
    PackedBatch all;
    for (std::int64_t step = 0; step < steps; ++step) {
      const PackedBatch one = batch(step);
      all.ids.insert(all.ids.end(), one.ids.begin(), one.ids.end());
    }
    spec.pieces = tarama::test::pieces_of(all);
  }

  static constexpr std::int64_t steps = 12;

  [[nodiscard]] PackedBatch batch(std::int64_t step) const {
    MadeUpCase other = made_up;
    std::ranges::rotate(other.lengths, other.lengths.begin() + step % 6);
    other.lengths.resize(static_cast<std::size_t>(6 - step % 3));
    return other.batch(step);
  }

  [[nodiscard]] std::unique_ptr<CudaLearner> learner(cuda::Device& device) const {
    return std::make_unique<CudaLearner>(device, spec, made_up.weights());
  }

  /// The losses of the steps from `first` on, enqueued as far ahead as the learner allows.
  std::vector<double> train(training::Learner& learner, std::int64_t first = 0) const {
    std::vector<double> losses;
    std::int64_t next = first;
    for (std::int64_t step = first; step < steps; ++step) {
      for (; next < steps && next <= step + learner.lag(); ++next) {
        learner.enqueue(batch(next), next);
      }
      losses.push_back(learner.collect().batch.loss);
    }
    return losses;
  }

  MadeUpCase made_up;
  LearnerSpec spec;
};

std::string farther_than(const std::vector<double>& actual,
                         const std::vector<double>& expected,
                         double tolerance) {
  double farthest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double distance = std::abs(actual[i] - expected[i]);
    farthest = distance <= farthest ? farthest : distance;  // what is no number stays none
  }
  return farthest <= tolerance
             ? ""
             : fmt::format("losses differ by {:.3g}; at most {:.3g}", farthest, tolerance);
}

std::string parity(cuda::Device& device, Norm norm, Precision precision, Effort effort) {
  const Run run(norm, effort, precision);
  LearnerSpec in_float32 = run.spec;
  in_float32.training.precision = Precision::fp32;
  packed::PackedLearner cpu(in_float32, run.made_up.weights(), packed::kernels().name);
  const auto gpu = run.learner(device);
  const double before =
      std::abs(gpu->evaluate(run.batch(1)).loss - cpu.evaluate(run.batch(1)).loss);
  if (!(before <= 1e-5)) {
    return fmt::format("evaluations differ by {:.3g} before the first step", before);
  }
  return farther_than(run.train(*gpu), run.train(cpu), precision == Precision::bf16 ? 0.05 : 1e-4);
}

std::string same_bits_twice(cuda::Device& device, Effort effort) {
  const Run run(Norm::post, effort, Precision::bf16);
  const auto once = run.learner(device);
  const auto again = run.learner(device);
  const bool is_same = run.train(*once) == run.train(*again) && once->arrays() == again->arrays();
  return is_same ? "" : "the same run has other bits the second time";
}

std::string resumption(cuda::Device& device, Effort effort) {
  const Run run(Norm::pre, effort);
  const auto whole = run.learner(device);
  const auto begun = run.learner(device);
  const auto resumed = run.learner(device);
  const std::vector<double> losses = run.train(*whole);
  for (std::int64_t step = 0; step < 5; ++step) {
    begun->enqueue(run.batch(step), step);
    static_cast<void>(begun->collect());
  }
  resumed->restore(begun->arrays(), 5);
  const bool is_same =
      run.train(*resumed, 5) == std::vector<double>(losses.begin() + 5, losses.end()) &&
      resumed->arrays() == whole->arrays();
  return is_same ? "" : "a resumed run has other bits";
}

/// Streams of this process: each run on a thread of its own, and each another run.
std::string beside_each_other(cuda::Device& device, std::size_t count, Effort effort) {
  std::vector<Run> runs;
  std::vector<std::vector<double>> alone;
  for (std::size_t i = 0; i < count; ++i) {
    runs.emplace_back(
        i % 2 == 0 ? Norm::post : Norm::pre, effort, i < 2 ? Precision::bf16 : Precision::fp32);
    runs[i].spec.seed += static_cast<std::int64_t>(i);
    alone.push_back(runs[i].train(*runs[i].learner(device)));
  }
  std::vector<std::vector<double>> losses(count);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] { losses[i] = runs[i].train(*runs[i].learner(device)); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  return losses == alone ? "" : "a run beside others has other bits than alone";
}

/// One that finds no memory for its batch, and one whose loss is no number at its first step.
std::string beside_failing_ones(cuda::Device& device, Effort effort) {
  const Run run(Norm::post, effort);
  Run diverging(Norm::pre, effort);
  diverging.spec.training.lr = 1e30;
  const std::vector<double> alone = run.train(*run.learner(device));
  NarrowDevice narrow(device, 30);
  std::thread without_memory([&] { static_cast<void>(run.train(*run.learner(narrow))); });
  std::thread without_end([&] { static_cast<void>(diverging.train(*diverging.learner(device))); });
  const std::vector<double> beside = run.train(*run.learner(device));
  without_memory.join();
  without_end.join();
  return beside == alone ? "" : "a run beside others that fail has other bits than alone";
}

std::string parts(cuda::Device& device, Effort effort) {
  const Run run(Norm::post, effort);
  const std::vector<double> whole = run.train(*run.learner(device));
  NarrowDevice narrow(device, 30);
  const auto parted = run.learner(narrow);
  if (parted->examples_at_a_time() >= 6) {
    return "it was not computed in parts";
  }
  return farther_than(run.train(*parted), whole, 1e-4);
}

std::string memory(cuda::Device& device, Effort effort) {
  const Run run(Norm::post, effort);
  static_cast<void>(run.train(*run.learner(device)));  // what libraries keep is there from now on
  const std::int64_t before = device.free_bytes();
  for (int i = 0; i < (effort == Effort::quick ? 3 : 100); ++i) {
    static_cast<void>(run.train(*run.learner(device)));
  }
  const std::int64_t lost = before - device.free_bytes();
  return lost <= 0 ? "" : fmt::format("{} bytes are not given back", lost);
}

}  // namespace

void check_learner(CheckList& list, cuda::Device& device, Effort effort) {
  for (const Norm norm : {Norm::post, Norm::pre}) {
    for (const Precision precision : {Precision::fp32, Precision::bf16}) {
      list.check(fmt::format("parity with the CPU, norm {}, {}",
                             norm == Norm::post ? "post" : "pre",
                             precision == Precision::fp32 ? "fp32" : "bf16"),
                 [&] { return parity(device, norm, precision, effort); });
    }
  }
  list.check("the same bits twice", [&] { return same_bits_twice(device, effort); });
  list.check("resumption", [&] { return resumption(device, effort); });
  list.check("a batch in parts", [&] { return parts(device, effort); });
  for (const std::size_t count : {2U, 4U}) {
    list.check(fmt::format("{} runs at once", count),
               [&] { return beside_each_other(device, count, effort); });
  }
  list.check("beside runs that fail", [&] { return beside_failing_ones(device, effort); });
  list.check("100 runs without growth of memory", [&] { return memory(device, effort); });
}

bool poisons_the_context(cuda::Device& device) {
  const cuda::StreamId stream = device.make_stream();
  const cuda::Address nowhere = 0x100;
  const cuda::RoundValues::Args args{.chunks = cuda::Ptr<const cuda::ChunkInfo>(nowhere),
                                     .values = cuda::Ptr<const float>(nowhere),
                                     .rounded_values = cuda::Ptr<cuda::BFloat16>(nowhere)};
  try {
    cuda::launch<cuda::RoundValues>(device, stream, {.threads = cuda::update_threads}, args);
    device.await(stream);
  } catch (const cuda::OutOfDeviceMemory&) {
    return false;
  } catch (const cuda::DeviceError&) {
    return true;
  }
  return false;
}

}  // namespace tarama::gpu_check
