// A sweep as a submission hands it to the store, for measurements.
#pragma once

#include "db/run_store.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace tarama::bench {

struct SweepShape {
  std::int64_t levels = 1;
  std::int64_t replicates = 1;
  std::int64_t steps = 1;  // of each run
};

/// One evaluation a run.
[[nodiscard]] inline db::NewSweep made_up_sweep(const SweepShape& shape) {
  db::NewSweep sweep;
  sweep.name = "bench";
  sweep.yaml = "name: bench\n";
  sweep.spec = "{}";
  sweep.identity = "bench";
  sweep.version = TARAMA_VERSION;
  sweep.trainer = "fake";
  for (std::int64_t id = 1; id <= shape.levels; ++id) {
    LevelRecord level;
    level.level = LevelId{id};
    level.params = fmt::format(R"({{"lr":{}e-06,"warmup":0.1,"epochs":1}})", id);
    level.training.lr = static_cast<double>(id) * 1e-6;
    level.training.epochs = 1;
    level.learner = "fake";
    level.numerics = 1;
    sweep.levels.push_back(level);
    for (std::int64_t replicate = 0; replicate < shape.replicates; ++replicate) {
      const std::string key = fmt::format("key-{}-{}", id, replicate);
      sweep.runs.push_back({LevelId{id}, replicate, replicate + 1, key, shape.steps, 1});
    }
  }
  return sweep;
}

}  // namespace tarama::bench
