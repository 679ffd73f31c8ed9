// What the store costs: rows until they are acknowledged, and what `levels` and `status` ask of
// 10,000 runs that are over.
#include "bench/made_up_sweep.hpp"
#include "bench/row.hpp"
#include "bench/scratch_folder.hpp"
#include "bench/trained_store.hpp"
#include "db/sqlite/read_store.hpp"
#include "db/sqlite/sqlite_store.hpp"
#include "db/store_writer.hpp"

#include <atomic>
#include <benchmark/benchmark.h>
#include <cstddef>
#include <cstdint>
#include <latch>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace tarama::bench {
namespace {

constexpr std::int64_t rows_of_a_batch = 64;

/// A writer on a new store, and one run that never ends.
class RowsUnderWay {
 public:
  RowsUnderWay() {
    auto store = db::open_sqlite_store(folder_.path() / "tarama.db");
    if (!store) {
      throw std::runtime_error(store.error().message);
    }
    const auto stored = (*store)->create_sweep(made_up_sweep({.steps = 1'000'000'000}));
    if (!stored) {
      throw std::runtime_error(stored.error().message);
    }
    run_ = stored->record.runs.front().run;
    writer_ = std::make_unique<db::StoreWriter>(std::move(*store));
    PersistAttempt begun;
    begun.run = run_;
    begun.attempt = Attempt{1};
    begun.started_at = TimePoint{0};
    begun.first_step = 0;
    commit({{begun}});
  }

  /// The next `count` batches of steps.
  [[nodiscard]] std::vector<std::vector<db::Write>> next_batches(std::int64_t count) {
    std::vector<std::vector<db::Write>> batches;
    for (std::int64_t made = 0; made < count; ++made) {
      db::MetricBatch batch{run_, Attempt{1}, {}, {}};
      for (std::int64_t row = 0; row < rows_of_a_batch; ++row, ++step_) {
        batch.steps.push_back({.step = step_,
                               .lr = 1e-5,
                               .loss = 0.5,
                               .flat_accuracy = 0.75,
                               .examples = 32,
                               .tokens = 363,
                               .at = step_});
      }
      batches.push_back({std::move(batch)});
    }
    return batches;
  }

  /// Until the last of them is acknowledged. False: one was not.
  bool commit(std::vector<std::vector<db::Write>> batches) {
    // Shared: the writer's thread may still be leaving count_down when wait returns.
    const auto pending = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(batches.size()));
    for (std::vector<db::Write>& batch : batches) {
      writer_->enqueue(std::move(batch), [this, pending](const Result<void>& result) {
        if (!result) {
          has_failed_ = true;
        }
        pending->count_down();
      });
    }
    pending->wait();
    return !has_failed_;
  }

 private:
  ScratchFolder folder_;
  RunId run_;
  std::int64_t step_ = 0;
  std::atomic<bool> has_failed_ = false;
  std::unique_ptr<db::StoreWriter> writer_;
};

void write_rows(benchmark::State& state, std::int64_t batches_at_once) {
  RowsUnderWay rows;
  for ([[maybe_unused]] auto iteration : state) {
    state.PauseTiming();
    auto batches = rows.next_batches(batches_at_once);
    state.ResumeTiming();
    if (!rows.commit(std::move(batches))) {
      state.SkipWithError("a batch was not committed");
    }
  }
  report_per(state, "row", batches_at_once * rows_of_a_batch);
}

BENCHMARK_CAPTURE(write_rows, alone, 1)->Name("store/rows, a batch at a time")->UseRealTime();
// 156 batches of 64 rows are what one transaction of the writer takes.
BENCHMARK_CAPTURE(write_rows, queued, 156)->Name("store/rows, 10,000 waiting")->UseRealTime();

db::ReadStore reader_of(const TrainedStore& store) {
  auto opened = db::ReadStore::open(store.database());
  if (!opened) {
    throw std::runtime_error(opened.error().message);
  }
  return std::move(*opened);
}

void ask_levels(benchmark::State& state, std::int64_t steps) {
  const TrainedStore& store = trained_store(steps);
  const db::ReadStore reader = reader_of(store);
  for ([[maybe_unused]] auto iteration : state) {
    const auto levels = reader.levels(store.sweep());
    if (!levels || levels->size() != trained_levels ||
        levels->front().values.size() != trained_replicates) {
      state.SkipWithError("not every level was read");
    }
  }
  report_per(state, "question");
}

BENCHMARK_CAPTURE(ask_levels, some, 1'000'000)->Name("store/levels, 1M steps");
BENCHMARK_CAPTURE(ask_levels, full, 10'000'000)->Name("store/levels, 10M steps");

void ask_account(benchmark::State& state) {
  const TrainedStore& store = trained_store(1'000'000);
  const db::ReadStore reader = reader_of(store);
  for ([[maybe_unused]] auto iteration : state) {
    const auto sweep = reader.sweep(store.sweep());
    if (!sweep || sweep->account.succeeded != trained_runs) {
      state.SkipWithError("not every run was counted");
    }
  }
  report_per(state, "question");
}

BENCHMARK(ask_account)->Name("store/account, 10,000 runs");

}  // namespace
}  // namespace tarama::bench
