// See gradient_sums.hpp.
#include "worker/cuda/model/gradient_sums.hpp"

#include "core/sweep/assert.hpp"
#include "worker/cuda/model/staging.hpp"

#include <algorithm>

namespace tarama::cuda {
namespace {

// Enough blocks for a GPU, and no chunk so long that a running sum becomes long.
constexpr std::int64_t most_chunks = 32;
constexpr std::int64_t least_rows_of_chunk = 16;

std::int64_t rows_of_chunk(const PassShape& shape) {
  const std::int64_t rows = std::max(shape.tokens, shape.examples);
  return std::max(least_rows_of_chunk, (rows + most_chunks - 1) / most_chunks);
}

std::int64_t chunks_of(const PassShape& shape) {
  const std::int64_t rows = std::max(shape.tokens, shape.examples);
  return (rows + rows_of_chunk(shape) - 1) / rows_of_chunk(shape);
}

std::int64_t blocks_of(std::int64_t columns) {
  return (columns + sum_threads - 1) / sum_threads;
}

}  // namespace

GradientSums::GradientSums(Device& device,
                           StreamId stream,
                           const std::vector<std::pair<std::int64_t, std::int64_t>>& targets,
                           Address gradients)
    : device_(device) {
  std::int64_t partial = 0;
  for (const auto& [offset, width] : targets) {
    targets_.push_back({.width = width, .partial = partial});
    partial += most_chunks * width;
  }
  partial_ = DeviceArray<float>(device, partial);
  std::vector<FinishJob> jobs;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const auto [offset, width] = targets[i];
    for (std::int64_t column = 0; column < width; column += sum_threads) {
      jobs.push_back(
          {.partial = Ptr<const float>(partial_.address_of(targets_[i].partial + column)),
           .out = Ptr<float>(gradients + static_cast<Address>(offset + column) * sizeof(float)),
           .width = static_cast<Int32>(width),
           .columns = static_cast<Int32>(std::min<std::int64_t>(sum_threads, width - column))});
    }
  }
  jobs_ = on_device(device, stream, jobs);
}

void GradientSums::sum(const PassContext& context, const std::vector<SummedRows>& matrices) {
  SumColumns::Args args{};
  args.batch = context.batch;
  args.rows_of_chunk = static_cast<Int32>(rows_of_chunk(context.shape));
  std::int64_t blocks = 0;
  const auto flush = [&] {
    launch<SumColumns>(device_,
                       context.stream,
                       {.blocks_x = static_cast<Int32>(blocks),
                        .blocks_y = static_cast<Int32>(chunks_of(context.shape)),
                        .threads = sum_threads},
                       args);
    args.count = 0;
    blocks = 0;
  };
  for (const SummedRows& matrix : matrices) {
    TARAMA_ASSERT(next_ < targets_.size(), "every sum has a target");
    const Target& target = targets_[next_++];
    if (args.count == most_sum_jobs) {
      flush();
    }
    args.jobs[args.count++] = {.x = matrix.x,
                               .x16 = matrix.x16,
                               .factor = matrix.factor,
                               .partial = Ptr<float>(partial_.address_of(target.partial)),
                               .rows = matrix.rows,
                               .width = static_cast<Int32>(target.width),
                               .type = matrix.type,
                               .first_block = static_cast<Int32>(blocks)};
    blocks += blocks_of(target.width);
  }
  flush();
}

void GradientSums::finish(const PassContext& context, Into into) {
  TARAMA_ASSERT(next_ == targets_.size(), "every target was summed");
  launch<FinishSums>(device_,
                     context.stream,
                     {.blocks_x = static_cast<Int32>(jobs_.count()), .threads = sum_threads},
                     {.chunks = static_cast<Int32>(chunks_of(context.shape)),
                      .adds = into == Into::sum ? 1 : 0,
                      .jobs = jobs_.read()});
}

}  // namespace tarama::cuda
