// What random numbers cost: dropout masks, which every training step draws by the million, and
// the shuffle of an epoch.
#include "bench/row.hpp"
#include "core/training/philox.hpp"
#include "core/training/shuffle.hpp"

#include <benchmark/benchmark.h>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tarama::bench {
namespace {

// One row of a mask: 128 and 384 are the hidden sizes of the quickstart and of MiniLM-L6, 1536 is
// the latter's feed-forward.
void fill_mask(benchmark::State& state) {
  std::vector<float> mask(static_cast<std::size_t>(state.range(0)));
  PhiloxRow row{.seed = 1, .place = Place::feed_forward_dropout};
  for ([[maybe_unused]] auto iteration : state) {
    row.step = (row.step + 1) % 1'000'000;
    fill_dropout_mask(row, 0.1, mask);
    benchmark::DoNotOptimize(mask.data());
  }
  report_per(state, "element", state.range(0));
}

BENCHMARK(fill_mask)->Name("masks/row")->Arg(128)->Arg(384)->Arg(1536);

// The order of an epoch: 4,000 examples as in the quickstart, and a million.
void shuffle_epoch(benchmark::State& state) {
  std::int64_t epoch = 0;
  for ([[maybe_unused]] auto iteration : state) {
    benchmark::DoNotOptimize(shuffled_order(state.range(0), 1, ++epoch));
  }
  report_per(state, "example", state.range(0));
}

BENCHMARK(shuffle_epoch)->Name("shuffle/epoch")->Arg(4'000)->Arg(1'000'000);

}  // namespace
}  // namespace tarama::bench
