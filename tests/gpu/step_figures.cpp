// Figures of a GPU: steps of models by their shape on CoLA's lengths, and what the device could do
// with what such a step must multiply and move.
#include "bench/step_subject.hpp"
#include "core/training/initial_weights.hpp"
#include "tests/gpu/learner_checks.hpp"
#include "worker/cuda/cuda_learner.hpp"
#include "worker/cuda/device/device_memory.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

namespace tarama::gpu_check {
namespace {

using Clock = std::chrono::steady_clock;
using cuda::CudaLearner;

constexpr bench::Shape bert_base{12, 768, 12};
constexpr bench::Shape minilm{6, 384, 12};
constexpr int warm_up_steps = 20;  // graphs are made, clocks go up
constexpr int timed_steps = 200;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A learner of a shape, and batches for it.
struct Subject {
  Subject(cuda::Device& device, const bench::Shape& shape, Precision precision) {
    for (std::int64_t number = 0; number < 8; ++number) {
      batches.push_back(bench::made_up_batch(number));
    }
    training::LearnerSpec spec;
    spec.config = bench::config_of(shape);
    spec.training.precision = precision;
    spec.training.dropout = 0.1;
    spec.training.lr = 2e-5;
    spec.schedule = {.kind = Schedule::warmup_linear, .warmup = 0.1, .t_total = 10'000};
    spec.pieces.resize(static_cast<std::size_t>(bench::pieces_in_data));
    std::iota(spec.pieces.begin(), spec.pieces.end(), 1);
    spec.longest_batch.assign(bench::batch_lengths.rbegin(), bench::batch_lengths.rend());
    learner = std::make_unique<CudaLearner>(device, spec, initial_weights(spec.config, 1));
  }

  void train(int steps) {
    for (int i = 0; i < steps; ++i, ++next) {
      learner->enqueue(batches[static_cast<std::size_t>(next % 8)], next);
      if (next - collected >= learner->lag()) {
        static_cast<void>(learner->collect());
        ++collected;
      }
    }
    for (; collected < next; ++collected) {
      static_cast<void>(learner->collect());
    }
  }

  std::vector<training::PackedBatch> batches;
  std::unique_ptr<CudaLearner> learner;
  std::int64_t next = 0;
  std::int64_t collected = 0;
};

double seconds_of_step(cuda::Device& device, const bench::Shape& shape, Precision precision) {
  Subject subject(device, shape, precision);
  subject.train(warm_up_steps);
  const auto start = Clock::now();
  subject.train(timed_steps);
  return seconds_since(start) / timed_steps;
}

/// Four runs at once, on streams of this process: how many times as fast as one after the other.
double gain_of_four(cuda::Device& device) {
  std::vector<std::unique_ptr<Subject>> subjects;
  for (int i = 0; i < 4; ++i) {
    subjects.push_back(std::make_unique<Subject>(device, minilm, Precision::bf16));
    subjects.back()->train(warm_up_steps);
  }
  auto start = Clock::now();
  subjects.front()->train(timed_steps);
  const double one = seconds_since(start);
  start = Clock::now();
  std::vector<std::thread> threads;
  for (const auto& subject : subjects) {
    threads.emplace_back([&subject] { subject->train(timed_steps); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  return 4 * one / seconds_since(start);
}

double teraflops(cuda::Device& device) {
  constexpr std::int64_t size = 8192;
  constexpr int times = 20;
  const cuda::DeviceArray<cuda::BFloat16> a(device, size * size);
  const cuda::DeviceArray<cuda::BFloat16> b(device, size * size);
  const cuda::DeviceArray<cuda::BFloat16> c(device, size * size);
  const cuda::Stream stream(device);
  device.clear(stream.id(), a.address(), a.bytes());
  device.clear(stream.id(), b.address(), b.bytes());
  const auto multiply = [&] {
    device.multiply(stream.id(),
                    {.m = size,
                     .n = size,
                     .k = size,
                     .a = {.values = a.address(), .stride = size},
                     .b = {.values = b.address(), .stride = size, .is_transposed = true},
                     .factors = cuda::NumberType::bfloat16,
                     .c = c.address(),
                     .c_stride = size,
                     .result = cuda::NumberType::bfloat16});
  };
  multiply();
  device.await(stream.id());
  const auto start = Clock::now();
  for (int i = 0; i < times; ++i) {
    multiply();
  }
  device.await(stream.id());
  return 2e-12 * size * size * size * times / seconds_since(start);
}

/// Read and written bytes.
double terabytes_per_second(cuda::Device& device) {
  constexpr std::int64_t bytes = std::int64_t{1} << 30;
  constexpr int times = 20;
  const cuda::DeviceArray<char> from(device, bytes);
  const cuda::DeviceArray<char> to(device, bytes);
  const cuda::Stream stream(device);
  device.clear(stream.id(), from.address(), bytes);
  device.copy(stream.id(), to.address(), from.address(), bytes);
  device.await(stream.id());
  const auto start = Clock::now();
  for (int i = 0; i < times; ++i) {
    device.copy(stream.id(), to.address(), from.address(), bytes);
  }
  device.await(stream.id());
  return 2e-12 * static_cast<double>(bytes) * times / seconds_since(start);
}

}  // namespace

void measure_steps(CheckList& list, cuda::Device& device) {
  double rate = 0;
  double bandwidth = 0;
  double step = 0;
  list.measure(
      "products in bf16, 8192 x 8192", "TFLOP/s", [&] { return rate = teraflops(device); });
  list.measure(
      "copies within the device", "TB/s", [&] { return bandwidth = terabytes_per_second(device); });
  list.measure("a step of BERT-base's shape on 32 sentences, bf16", "ms", [&] {
    step = seconds_of_step(device, bert_base, Precision::bf16);
    return 1e3 * step;
  });
  // 0.2 TFLOP, and 3 GB of parameters, moments, gradients and copies.
  list.measure("the same over its roofline", "times", [&] {
    return step / (0.2 / rate + 0.003 / bandwidth);
  });
  list.measure("a step of BERT-base's shape on 32 sentences, fp32", "ms", [&] {
    return 1e3 * seconds_of_step(device, bert_base, Precision::fp32);
  });
  list.measure("a step of MiniLM's shape on 32 sentences, bf16", "ms", [&] {
    return 1e3 * seconds_of_step(device, minilm, Precision::bf16);
  });
  list.measure("four runs of MiniLM's shape at once, against one after the other", "times", [&] {
    return gain_of_four(device);
  });
}

}  // namespace tarama::gpu_check
