// Whatever is written, in whatever order: SQLite and memory answer alike.
#include "tests/contract/db/store_harness.hpp"

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <set>

namespace tarama::db::test {
namespace {

/// A sweep that both stores have just made; the ids are alike, and no case sees another's.
struct Case {
  SweepId sweep;
  std::vector<RunId> runs;
  std::int64_t last_duty = 0;
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

/// Of numbers that a peer may send, now and then one that cannot be right.
std::int64_t any_number() {
  return *rc::gen::oneOf(
      rc::gen::inRange<std::int64_t>(-1, 6),
      rc::gen::element<std::int64_t>(std::int64_t{1} << 62, std::int64_t{1} << 53, -7));
}

MetricBatch odd_batch(const Case& one) {
  MetricBatch batch = batch_of_steps(any_run(one), Attempt{any_number()}, 0, 1);
  batch.steps[0].step = any_number();
  batch.steps[0].epoch = any_number();
  batch.steps[0].loss = *rc::gen::arbitrary<double>();
  return batch;
}

PredictionRows any_predictions(const Case& one) {
  PredictionRows rows = sample_predictions(any_run(one),
                                           any_attempt(),
                                           *rc::gen::inRange<std::int64_t>(0, 3),
                                           *rc::gen::inRange<std::int64_t>(0, 4));
  rows.predictions.split = *rc::gen::element(Split::eval, Split::test);
  rows.names.resize(*rc::gen::inRange<std::size_t>(0, 4));
  return rows;
}

Write any_feed_write(const Case& one) {
  const auto number = *rc::gen::inRange<std::int64_t>(one.last_duty - 1, one.last_duty + 4);
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      return Duty{number, DutyKind::remove_checkpoints, one.sweep, any_run(one)};
    case 1:
      return DutyDone{number};
    case 2:
      return Change{TimePoint{1}, "run", *rc::gen::element<std::string>("{}", "[]", "{")};
    default:
      return PersistSession{.session = *rc::gen::element<std::string>("a", "b", ""),
                            .host = *rc::gen::element<std::string>("", "here", "there", "\xff"),
                            .pid = *rc::gen::inRange<std::int64_t>(-1, 3),
                            .message = *rc::gen::arbitrary<std::string>()};
  }
}

Write any_write(const Case& one) {
  switch (*rc::gen::inRange(0, 11)) {
    case 7:
      return odd_batch(one);
    case 10:
      return any_predictions(one);
    case 8:
    case 9:
      return any_feed_write(one);
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
    Case made{left.record.sweep, {}, must(memory.store().last_duty())};
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

  const auto left = must(sqlite.store().load_sweep(one.sweep)).record;
  const auto right = must(memory.store().load_sweep(one.sweep)).record;
  RC_ASSERT(left.runs == right.runs);
  RC_ASSERT(left.state == right.state);
  for (const RunId run : one.runs) {
    RC_ASSERT(sqlite.steps(run) == memory.steps(run));
    RC_ASSERT(sqlite.evals(run) == memory.evals(run));
    RC_ASSERT(sqlite.predictions(run) == memory.predictions(run));
    RC_ASSERT(sqlite.attempts(run) == memory.attempts(run));
    RC_ASSERT(must(sqlite.store().committed(run)) == must(memory.store().committed(run)));
  }
  RC_ASSERT(must(sqlite.store().duties()) == must(memory.store().duties()));
  RC_ASSERT(must(sqlite.store().last_duty()) == must(memory.store().last_duty()));
  RC_ASSERT(sqlite.sessions() == memory.sessions());
  RC_ASSERT(sqlite.changes() == memory.changes());
}

}  // namespace
}  // namespace tarama::db::test
