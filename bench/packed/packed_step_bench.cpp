// What a training step of the packed learner costs on one thread, and its floor: the step's
// products alone, at the best rate that this processor reaches with small matrices in its first
// cache.
#include "bench/row.hpp"
#include "bench/step_subject.hpp"
#include "core/training/initial_weights.hpp"
#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/packed_learner.hpp"
#include "worker/packed/packed_trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

namespace tarama::bench {
namespace {

training::LearnerSpec spec_of(const Shape& shape) {
  training::LearnerSpec spec;
  spec.config = config_of(shape);
  spec.training.lr = 1e-5;
  spec.training.dropout = 0.1;
  spec.schedule.t_total = -1;  // no schedule
  spec.pieces.resize(static_cast<std::size_t>(pieces_in_data));
  std::iota(spec.pieces.begin(), spec.pieces.end(), 1);
  spec.longest_batch.assign(batch_lengths.rbegin(), batch_lengths.rend());
  return spec;
}

packed::PackedLearner make_learner(const Shape& shape) {
  const training::LearnerSpec spec = spec_of(shape);
  return {spec, initial_weights(spec.config, 1), packed_kernels()};
}

/// Several, so that an update sees other word pieces than the one before.
std::vector<training::PackedBatch> make_batches() {
  std::vector<training::PackedBatch> batches;
  for (std::int64_t number = 0; number < 8; ++number) {
    batches.push_back(made_up_batch(number));
  }
  return batches;
}

/// A batch in, the loss and the predicted classes out, the parameters moved.
void whole(benchmark::State& state, const Shape& shape) {
  packed::PackedLearner learner = make_learner(shape);
  const auto batches = make_batches();
  std::int64_t step = 0;
  const auto learn = [&] {
    learner.enqueue(batches[static_cast<std::size_t>(step) % batches.size()], step);
    benchmark::DoNotOptimize(learner.collect());
    ++step;
  };
  // The first step touches memory for the first time.
  learn();
  for ([[maybe_unused]] auto iteration : state) {
    learn();
  }
  report_per(state, "step");
}

void evaluate(benchmark::State& state, const Shape& shape) {
  packed::PackedLearner learner = make_learner(shape);
  const training::PackedBatch batch = made_up_batch(0);
  for ([[maybe_unused]] auto iteration : state) {
    benchmark::DoNotOptimize(learner.evaluate(batch));
  }
  report_per(state, "batch");
}

/// Multiplications and additions of the matrices of a step: each of a linear layer's three products
/// takes two for each element of its matrix and each row.
double operations_of(const Shape& shape) {
  const double tokens = std::reduce(batch_lengths.begin(), batch_lengths.end(), 0.0);
  const double square = static_cast<double>(shape.hidden * shape.hidden);
  // Query, key, value, the attention's output, and twice four squares behind it.
  const double whole_layers = static_cast<double>(shape.layers - 1) * 12 * square * tokens;
  // All of it, and the pooler, of one row an example.
  const double last = 13 * square * static_cast<double>(batch_lengths.size());
  return 3 * 2 * (whole_layers + last);
}

void floor_of(benchmark::State& state, const Shape& shape) {
  constexpr std::int64_t rows = 24;
  constexpr std::int64_t columns = 64;
  constexpr std::int64_t depth = 64;
  const packed::KernelTable<float>& kernels = packed::kernels();
  const std::vector<float> a(static_cast<std::size_t>(rows * depth), 1);
  const std::vector<float> b(static_cast<std::size_t>(depth * columns), 1);
  std::vector<float> packed_b(static_cast<std::size_t>(kernels.packed_elements(depth, columns)));
  std::vector<float> c(static_cast<std::size_t>(rows * columns));
  kernels.pack({b.data(), columns, 1}, depth, columns, packed_b.data());
  const packed::Product<float> product{.m = rows,
                                       .n = columns,
                                       .k = depth,
                                       .a = {a.data(), depth, 1},
                                       .b = packed_b.data(),
                                       .c = c.data(),
                                       .c_stride = columns,
                                       .bias = nullptr,
                                       .adds_to_c = false};
  const auto products =
      static_cast<std::int64_t>(operations_of(shape) / (2.0 * rows * columns * depth));
  for ([[maybe_unused]] auto iteration : state) {
    for (std::int64_t i = 0; i < products; ++i) {
      kernels.multiply(product);
      benchmark::ClobberMemory();
    }
  }
  report_per(state, "step");
}

[[maybe_unused]] const bool is_registered = [] {
  benchmark::AddCustomContext("kernels", packed_kernels());
  for (const Shape& shape : step_shapes) {
    const auto add = [&](const char* part, void (*measure)(benchmark::State&, const Shape&)) {
      const std::string name = fmt::format("packed/{}x{}/{}", shape.layers, shape.hidden, part);
      benchmark::RegisterBenchmark(name.c_str(), measure, shape);
    };
    add("evaluation", evaluate);
    add("whole", whole);
    add("floor", floor_of);
  }
  return true;
}();

}  // namespace
}  // namespace tarama::bench
