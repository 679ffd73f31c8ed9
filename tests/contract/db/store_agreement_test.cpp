// Whatever is written, in whatever order: SQLite and memory answer alike.
#include "tests/contract/db/store_fixtures.hpp"

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <set>

namespace tarama::db::test {
namespace {

/// A sweep that both stores have just made; the ids are alike, and no case sees another's.
struct Case {
  SweepId sweep;
  std::vector<RunId> runs;
};

RunId any_run(const Case& one) {
  std::vector<RunId> runs = one.runs;
  runs.push_back(RunId{1'000'000});  // unknown ids must be refused alike
  return *rc::gen::elementOf(runs);
}

Attempt any_attempt() {
  return Attempt{*rc::gen::inRange<std::int64_t>(1, 4)};
}

MetricBatch any_batch(const Case& one) {
  const Attempt attempt = any_attempt();
  const auto from = *rc::gen::inRange<std::int64_t>(0, 4);
  const auto count = *rc::gen::inRange<std::int64_t>(0, 5);
  MetricBatch batch = batch_of_steps(any_run(one), attempt, from, from + count);
  for (StepRow& row : batch.steps) {
    row.loss = static_cast<double>(100 * attempt.value + row.step);
  }
  const auto epochs =
      *rc::gen::container<std::set<std::int64_t>>(rc::gen::inRange<std::int64_t>(1, 4));
  for (const std::int64_t epoch : epochs) {
    batch.evals.push_back(sample_eval(epoch, static_cast<double>(attempt.value) / 8));
    batch.evals.back().split = *rc::gen::element(Split::eval, Split::eval, Split::test);
  }
  return batch;
}

Write any_write(const Case& one) {
  switch (*rc::gen::inRange(0, 7)) {
    case 0:
      return run_in(any_run(one), *rc::gen::elementOf(all_run_states), any_attempt());
    case 1:
      return attempt_leased(any_run(one), any_attempt());
    case 2:
    case 3:
      return attempt_started(any_run(one), any_attempt(), *rc::gen::inRange<std::int64_t>(0, 5));
    case 4:
      return PersistSweep{one.sweep, *rc::gen::element(SweepState::paused, SweepState::finished)};
    default:
      return any_batch(one);
  }
}

std::vector<Write> any_transaction(const Case& one) {
  std::vector<Write> writes;
  const auto count = *rc::gen::inRange(1, 6);
  for (int index = 0; index < count; ++index) {
    writes.push_back(any_write(one));
  }
  return writes;
}

struct TwoStores {
  SqliteHarness sqlite;
  MemoryHarness memory;

  [[nodiscard]] Case create() {
    const StoredSweep left = must(sqlite.store().create_sweep(sample_sweep({2, 2, 4, 2})));
    const StoredSweep right = must(memory.store().create_sweep(sample_sweep({2, 2, 4, 2})));
    RC_ASSERT(left.runs == right.runs);
    Case made{left.record.sweep, {}};
    for (const auto& run : left.runs) {
      made.runs.push_back(run.run);
    }
    return made;
  }
};

/// One for all cases: making a database costs more than filling it.
TwoStores& stores() {
  static TwoStores both;
  return both;
}

RC_GTEST_PROP(StoreAgreement, SqliteAndMemoryAnswerAlikeToAnyWrites, ()) {
  auto& [sqlite, memory] = stores();
  const Case one = stores().create();

  const auto transactions = *rc::gen::inRange(1, 12);
  for (int number = 0; number < transactions; ++number) {
    const std::vector<Write> writes = any_transaction(one);
    const auto left = sqlite.store().write(writes);
    const auto right = memory.store().write(writes);
    RC_ASSERT(left.has_value() == right.has_value());
    if (!left) {
      RC_ASSERT(left.error() == right.error());
    }
  }

  const auto left = must(sqlite.store().load()).back().record;
  const auto right = must(memory.store().load()).back().record;
  RC_ASSERT(left.runs == right.runs);
  RC_ASSERT(left.state == right.state);
  for (const RunId run : one.runs) {
    RC_ASSERT(sqlite.steps(run) == memory.steps(run));
    RC_ASSERT(sqlite.evals(run) == memory.evals(run));
    RC_ASSERT(must(sqlite.store().committed(run)) == must(memory.store().committed(run)));
  }
}

}  // namespace
}  // namespace tarama::db::test
