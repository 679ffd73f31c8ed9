// The two stores, as the contract's tests see them.
#pragma once

#include "core/sweep/enum_names.hpp"
#include "db/change_feed.hpp"
#include "db/sqlite/read_store.hpp"
#include "db/sqlite/sqlite_connection.hpp"
#include "db/sqlite/sqlite_store.hpp"
#include "tests/contract/db/store_fixtures.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/temp_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

namespace tarama::db::test {

/// A whole answer; tests ask for little.
struct Table : RowSink {
  std::vector<std::string> names;
  std::vector<std::vector<Cell>> rows;

  void columns(const std::vector<std::string>& columns) override { names = columns; }

  Next row(const std::vector<Cell>& cells) override {
    rows.push_back(cells);
    return Next::go_on;
  }
};

inline Result<Table> ask(const ReadStore& reader, const std::string& sql) {
  Table table;
  const Result<void> answered = reader.query(sql, table);
  return answered ? Result<Table>(std::move(table)) : Result<Table>(answered.error());
}

class SqliteHarness {
 public:
  SqliteHarness() : store_(must(open_sqlite_store(database()))) {}

  [[nodiscard]] RunStore& store() { return *store_; }

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

  [[nodiscard]] std::filesystem::path database() const { return folder_.path() / "tarama.db"; }

  void close() { store_.reset(); }

  /// As after a restart of the program.
  void restart() {
    close();
    store_ = must(open_sqlite_store(database()));
  }

  [[nodiscard]] ReadStore reader() const { return must(ReadStore::open(database())); }

  [[nodiscard]] std::vector<StepRow> steps(RunId run) const { return must(reader().steps(run)); }

  [[nodiscard]] std::vector<EvalRow> evals(RunId run) const { return must(reader().evals(run)); }

  [[nodiscard]] std::vector<Predictions> predictions(RunId run) const;

  [[nodiscard]] std::vector<ChangeRow> changes() const {
    // From wherever the feed begins now: the first number that needs no reload.
    SqliteConnection raw(database(), Access::read_only);
    const std::int64_t before = raw.integer("SELECT ifnull(min(seq), 1) - 1 FROM change");
    return must(reader().changes(before, 1'000'000)).changes;
  }

  [[nodiscard]] std::vector<PersistSession> sessions() const;
  [[nodiscard]] std::vector<PersistAttempt> attempts(RunId run) const;

 private:
  tarama::test::TempFolder folder_;
  std::unique_ptr<RunStore> store_;
};

inline std::vector<Predictions> SqliteHarness::predictions(RunId run) const {
  SqliteConnection raw(database(), Access::read_only);
  Query rows = raw.query(
      "SELECT split, epoch, classes, first_example FROM prediction WHERE run_id = ?1 "
      "ORDER BY split, epoch, first_example");
  rows.with(run);
  std::vector<Predictions> predictions;
  while (rows.next()) {
    if (rows.integer(3) == 0) {
      predictions.push_back(
          {.epoch = rows.integer(1), .split = *split_named(rows.text(0)), .classes = {}});
    }
    predictions.back().classes += rows.text(2);
  }
  return predictions;
}

inline std::vector<PersistSession> SqliteHarness::sessions() const {
  SqliteConnection raw(database(), Access::read_only);
  Query rows = raw.query(
      "SELECT session, token, launcher, device, host, pid, started_at, ended_at, message, "
      "worker, process FROM session ORDER BY session");
  std::vector<PersistSession> sessions;
  while (rows.next()) {
    sessions.push_back({rows.text(0),
                        rows.text(1),
                        rows.text(2),
                        rows.text(3),
                        rows.text(4),
                        rows.integer(5),
                        rows.maybe_time(6),
                        rows.maybe_time(7),
                        rows.text(8),
                        WorkerId{rows.integer(9)},
                        rows.text(10)});
  }
  return sessions;
}

template <class IdType>
std::optional<IdType> maybe_id(const Query& row, int column) {
  const auto number = row.maybe_integer(column);
  return number ? std::optional(IdType{*number}) : std::nullopt;
}

inline std::vector<PersistAttempt> SqliteHarness::attempts(RunId run) const {
  SqliteConnection raw(database(), Access::read_only);
  Query rows = raw.query(
      "SELECT attempt, worker_id, session, device, leased_at, started_at, first_step, ended_at, "
      "outcome, message, from_run, from_step FROM attempt WHERE run_id = ?1 ORDER BY attempt");
  rows.with(run);
  std::vector<PersistAttempt> attempts;
  while (rows.next()) {
    PersistAttempt attempt;
    attempt.run = run;
    attempt.attempt = Attempt{rows.integer(0)};
    attempt.worker = maybe_id<WorkerId>(rows, 1);
    attempt.session = rows.maybe_text(2);
    attempt.device = rows.maybe_text(3);
    attempt.leased_at = rows.maybe_time(4);
    attempt.started_at = rows.maybe_time(5);
    attempt.first_step = rows.maybe_integer(6);
    attempt.ended_at = rows.maybe_time(7);
    attempt.outcome = rows.maybe_text(8);
    attempt.message = rows.maybe_text(9);
    attempt.from_run = maybe_id<RunId>(rows, 10);
    attempt.from_step = rows.maybe_integer(11);
    attempts.push_back(attempt);
  }
  return attempts;
}

class MemoryHarness {
 public:
  [[nodiscard]] RunStore& store() { return store_; }

  void restart() {}

  [[nodiscard]] std::vector<StepRow> steps(RunId run) const { return store_.steps(run); }

  [[nodiscard]] std::vector<EvalRow> evals(RunId run) const { return store_.evals(run); }

  [[nodiscard]] std::vector<Predictions> predictions(RunId run) const {
    return store_.predictions(run);
  }

  [[nodiscard]] std::vector<ChangeRow> changes() const { return store_.changes(); }

  [[nodiscard]] std::vector<PersistSession> sessions() const { return store_.sessions(); }

  [[nodiscard]] std::vector<PersistAttempt> attempts(RunId run) const {
    return store_.attempts(run);
  }

 private:
  tarama::test::MemoryStore store_;
};

/// The runs of a sweep (counted from 0) as the scheduler would get them after a restart.
inline std::vector<RunRecord> records_of(RunStore& store, std::size_t sweep = 0) {
  const SweepId id{static_cast<std::int64_t>(sweep) + 1};
  return must(store.load_sweep(id)).record.runs;
}

}  // namespace tarama::db::test
