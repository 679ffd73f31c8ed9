// A power cut at any write or sync: the store opens again, sound, with a beginning of what was
// written, and with every sweep whose submit was answered.
#include "tests/contract/db/frozen_stores.hpp"
#include "tests/contract/db/power_cut_vfs.hpp"
#include "tests/contract/db/store_harness.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <random>

namespace tarama::db::test {
namespace {

constexpr SweepShape shape{.levels = 2, .replicates = 2, .steps = 40, .evals = 2};

constexpr std::int64_t transactions_per_sweep = 4 * 12;

/// What was answered before the power went.
struct Answered {
  std::int64_t sweeps = 0;
  std::int64_t writes_before_last_sweep = 0;
  std::int64_t writes = 0;
};

/// The next transaction of a life that every sweep lives in the same order: an endless row of them.
std::vector<Write> transaction(std::int64_t number) {
  const RunId run{number / 12 + 1};
  const std::int64_t part = number % 12;
  if (part == 0) {
    return {attempt_leased(run, Attempt{1}), run_in(run, RunState::leased, Attempt{1})};
  }
  if (part == 1) {
    return {attempt_started(run, Attempt{1}, 0), run_in(run, RunState::running, Attempt{1})};
  }
  if (part < 10) {
    MetricBatch rows = batch_of_steps(run, Attempt{1}, (part - 2) * 5, (part - 1) * 5);
    if (part == 9) {
      rows.evals = {sample_eval(1), sample_eval(2)};
      rows.evals[0].step = 19;
      rows.evals[1].step = 39;
    }
    return {rows};
  }
  if (part == 10) {
    return {run_in(run, RunState::succeeded, Attempt{1}),
            Duty{.duty = run.value,
                 .kind = DutyKind::remove_checkpoints,
                 .sweep = SweepId{(run.value - 1) / 4 + 1},
                 .run = run}};
  }
  return {DutyDone{run.value}, Change{TimePoint{number}, "run", "{}"}};
}

/// Submits and writes until the power fails.
Answered live(const std::filesystem::path& database, const PowerCutVfs& power) {
  Answered answered;
  auto store = open_sqlite_store(database);
  while (store && !power.is_cut()) {
    if (answered.sweeps * transactions_per_sweep <= answered.writes) {
      if ((*store)->create_sweep(sample_sweep(shape))) {
        ++answered.sweeps;
        answered.writes_before_last_sweep = answered.writes;
      }
    } else if ((*store)->write(transaction(answered.writes))) {
      ++answered.writes;
    }
  }
  return answered;
}

/// How many of the transactions are there: a beginning, or the test fails.
std::int64_t writes_found(const std::filesystem::path& database) {
  SqliteConnection raw(database, Access::read_only);
  const std::int64_t steps = raw.integer("SELECT count(*) FROM step_row");
  const std::int64_t over = raw.integer("SELECT count(*) FROM run WHERE state = 'succeeded'");
  const std::int64_t struck = raw.integer("SELECT count(*) FROM change");
  const std::int64_t leased = raw.integer("SELECT count(*) FROM attempt");
  const std::int64_t started =
      raw.integer("SELECT count(*) FROM attempt WHERE first_step IS NOT NULL");
  EXPECT_EQ(raw.integer("SELECT count(*) FROM duty"), over - struck);
  EXPECT_EQ(raw.integer("SELECT count(*) FROM run WHERE state = 'running'"), started - over);
  EXPECT_EQ(raw.integer("SELECT count(*) FROM run WHERE state = 'leased'"), leased - started);
  const std::int64_t found = leased + started + steps / 5 + over + struck;
  // Of the transactions before number `found` so many rows come.
  const std::int64_t part = found % 12;
  EXPECT_EQ(leased, found / 12 + (part > 0 ? 1 : 0));
  EXPECT_EQ(steps / 5, found / 12 * 8 + std::clamp<std::int64_t>(part - 2, 0, 8));
  return found;
}

void expect_sound(const std::filesystem::path& database, const Answered& answered) {
  auto opened = open_sqlite_store(database);
  ASSERT_TRUE(opened) << opened.error().message;
  SqliteConnection raw(database, Access::read_only);
  Query sound = raw.query("PRAGMA integrity_check");
  ASSERT_TRUE(sound.next());
  EXPECT_EQ(sound.text(0), "ok");
  EXPECT_EQ(raw.integer("SELECT count(*) FROM pragma_foreign_key_check"), 0);
  const std::int64_t found = writes_found(database);
  EXPECT_LE(found, answered.writes + 1);
  EXPECT_GE(found, answered.writes_before_last_sweep);
  const std::int64_t sweeps = raw.integer("SELECT count(*) FROM sweep");
  EXPECT_GE(sweeps, answered.sweeps);
  EXPECT_LE(sweeps, answered.sweeps + 1);
  EXPECT_EQ(raw.integer("SELECT sum(planned) FROM account"), 4 * sweeps);
  EXPECT_EQ(raw.integer("SELECT count(*) FROM account WHERE planned <> pending + leased + running "
                        "+ succeeded + stopped + failed + cancelled"),
            0);
  // Whatever is called succeeded has all that belongs to it.
  EXPECT_EQ(raw.integer("SELECT count(*) FROM results AS r WHERE state = 'succeeded' AND (metric "
                        "IS NULL OR (SELECT count(*) FROM steps AS s WHERE s.run_id = r.run_id) "
                        "<> 40)"),
            0);
  EXPECT_TRUE((*opened)->create_sweep(sample_sweep(shape)));
}

TEST(PowerCut, LeavesABeginningOfWhatWasWrittenAndEverySubmitThatWasAnswered) {
  // Long enough that the log is copied into the database several times (each 1000 pages).
  constexpr std::int64_t longest = 6000;
  std::mt19937_64 random(20261125);
  std::int64_t lost = 0;
  for (int trial = 0; trial < 60; ++trial) {
    tarama::test::TempFolder lived;
    tarama::test::TempFolder restored;
    Answered answered;
    {
      PowerCutVfs power;
      // Opened and closed once: from here on the file is a store, whatever happens.
      must(open_sqlite_store(lived.path() / "tarama.db")).reset();
      power.cut_after(1 + static_cast<std::int64_t>(random() % longest));
      answered = live(lived.path() / "tarama.db", power);
      power.restore(restored.path(), random());
    }
    SCOPED_TRACE(fmt::format(
        "trial {}, {} writes and {} sweeps answered", trial, answered.writes, answered.sweeps));
    expect_sound(restored.path() / "tarama.db", answered);
    if (HasFailure()) {
      return;
    }
    lost += answered.writes > 0 ? 1 : 0;
  }
  EXPECT_GT(lost, 30);  // cuts that came while something was going on
}

}  // namespace
}  // namespace tarama::db::test
