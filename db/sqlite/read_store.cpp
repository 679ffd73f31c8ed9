// The questions that the CLI asks, over the views where these have the answer.
#include "db/sqlite/read_store.hpp"

#include "core/sweep/enum_names.hpp"
#include "db/sqlite/curve_rows.hpp"
#include "db/sqlite/database_file.hpp"
#include "db/sqlite/level_rows.hpp"
#include "db/sqlite/read_only_query.hpp"
#include "db/sqlite/reported_rows.hpp"
#include "db/sqlite/run_rows.hpp"
#include "db/sqlite/schema/schema.hpp"
#include "db/sqlite/sqlite_connection.hpp"
#include "db/sqlite/sqlite_rows.hpp"
#include "db/sqlite/sweep_word.hpp"
#include "db/write_checks.hpp"

namespace tarama::db {

namespace {

constexpr std::string_view sweep_info_columns = R"sql(
  SELECT s.sweep_id, s.name, s.state, s.metric_name, s.metric_goal, s.metric_take,
    s.submitted_at, s.ended_at, s.yaml, s.spec, s.host, s.version, s.trainer, s.driver,
    a.planned, a.pending, a.leased, a.running, a.succeeded, a.stopped, a.failed, a.cancelled
  FROM sweep AS s JOIN account AS a ON a.sweep_id = s.sweep_id )sql";

SweepInfo sweep_info_of(const Query& row) {
  SweepInfo info;
  info.sweep = SweepId{row.integer(0)};
  info.name = row.text(1);
  info.state = read_name(sweep_state_named, row.text(2));
  info.metric = stored_metric(row.text(3), row.text(4), row.text(5), row.text(12));
  info.submitted_at = TimePoint{row.integer(6)};
  info.ended_at = row.maybe_time(7);
  info.yaml = row.text(8);
  info.spec = row.text(9);
  info.host = row.text(10);
  info.version = row.text(11);
  info.trainer = row.text(12);
  info.driver = row.text(13);
  info.account = {.planned = row.integer(14),
                  .pending = row.integer(15),
                  .leased = row.integer(16),
                  .running = row.integer(17),
                  .succeeded = row.integer(18),
                  .stopped = row.integer(19),
                  .failed = row.integer(20),
                  .cancelled = row.integer(21)};
  return info;
}

/// What run_info_of reads, without a condition.
std::string run_info_sql() {
  return fmt::format(
      "SELECT r.run_id, r.sweep_id, v.params, v.metric, v.train_seconds, {}, {} "
      "FROM results AS v JOIN run AS r ON r.run_id = v.run_id ",
      run_plan_columns,
      run_standing_columns);
}

RunInfo run_info_of(const Query& row) {
  constexpr int plan = 5;
  return {.run = RunId{row.integer(0)},
          .sweep = SweepId{row.integer(1)},
          .plan = run_plan_of(row, plan),
          .standing = run_standing_of(row, plan + run_plan_width),
          .params = row.text(2),
          .metric = row.maybe_number(3),
          .train_seconds = row.maybe_number(4)};
}

void check_that_sweep_exists(SqliteConnection& connection, SweepId sweep) {
  if (!connection.query("SELECT 1 FROM sweep WHERE sweep_id = ?1").with(sweep).next()) {
    throw SqliteError(unknown_sweep(sweep));
  }
}

void check_that_run_is_known(SqliteConnection& connection, RunId run) {
  if (!connection.query("SELECT 1 FROM run WHERE run_id = ?1").with(run).next()) {
    throw SqliteError(unknown_run(run));
  }
}

std::vector<LevelInfo> levels_without_runs(SqliteConnection& connection, SweepId sweep) {
  static const std::string sql = fmt::format(
      "SELECT l.level_id, l.params, l.steps_per_run, l.learner, l.numerics, l.epochs, {} "
      "FROM level AS l WHERE l.sweep_id = ?1 ORDER BY l.level_id",
      level_inputs_columns);
  Query rows = connection.query(sql);
  rows.with(sweep);
  std::vector<LevelInfo> levels;
  while (rows.next()) {
    LevelInfo level;
    level.sweep = sweep;
    level.level = LevelId{rows.integer(0)};
    level.params = rows.text(1);
    level.steps_per_run = rows.integer(2);
    level.learner = rows.text(3);
    level.numerics = rows.maybe_integer(4);
    level.epochs = rows.maybe_integer(5);
    level.inputs = level_inputs_of(rows, 6);
    levels.push_back(std::move(level));
  }
  return levels;
}

/// Adds the row's run ("level_id, run_id, state, failure_class, metric, seed") to its level.
void count_run(LevelInfo& level, const Query& row) {
  level.runs.push_back(RunId{row.integer(1)});
  const std::string state = row.text(2);
  if (state == name_of(RunState::failed)) {
    ++level.failed;
    if (row.text(3) == name_of(FailureClass::diverged)) {
      ++level.diverged;
      level.diverged_seeds.push_back(row.integer(5));
    }
  }
  level.stopped += state == name_of(RunState::stopped) ? 1 : 0;
  if (state == name_of(RunState::succeeded) && !row.is_null(4)) {
    level.values.push_back(row.number(4));
    level.seeds.push_back(row.integer(5));
  }
}

/// What retries lost is in it: that is what a run cost, and will cost.
void set_seconds_per_run(SqliteConnection& connection,
                         SweepId sweep,
                         std::vector<LevelInfo>& levels) {
  Query rows = connection.query(R"sql(
    SELECT r.level_id, sum(a.train_seconds) / count(DISTINCT r.run_id)
    FROM run AS r JOIN attempt AS a ON a.run_id = r.run_id
    WHERE r.sweep_id = ?1 AND r.state = 'succeeded' AND a.train_seconds IS NOT NULL
    GROUP BY r.level_id ORDER BY r.level_id)sql");
  rows.with(sweep);
  auto level = levels.begin();
  while (rows.next()) {
    while (level->level != LevelId{rows.integer(0)}) {
      ++level;
    }
    level->seconds_per_run = rows.maybe_number(1);
  }
}

std::vector<LevelInfo> read_level_infos(SqliteConnection& connection, SweepId sweep) {
  std::vector<LevelInfo> levels = levels_without_runs(connection, sweep);
  Query rows = connection.query(
      "SELECT level_id, run_id, state, failure_class, metric, seed FROM run WHERE sweep_id = ?1 "
      "ORDER BY level_id, replicate, run_id");
  rows.with(sweep);
  auto level = levels.begin();
  while (rows.next()) {
    while (level->level != LevelId{rows.integer(0)}) {
      ++level;  // both are in the order of levels, and each run's level is there
    }
    count_run(*level, rows);
  }
  set_seconds_per_run(connection, sweep, levels);
  return levels;
}

}  // namespace

struct ReadStore::Connection {
  explicit Connection(const std::filesystem::path& database) : sqlite(database, Access::read_only) {
    if (check_version(sqlite, migrations()) < migrations().back().version) {
      throw SqliteError({Errc::refused,
                         fmt::format("{}: the store was written by an older tarama, or is not "
                                     "complete; bring it up to date once: run `tarama serve "
                                     "--store {}` and, when it says that it serves the store, end "
                                     "it with Ctrl-C (a copy of before is kept beside it)",
                                     database.string(),
                                     database.parent_path().string())});
    }
    sqlite.execute("PRAGMA query_only = ON");
    has_curves = sqlite.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'curve'") != 0;
  }

  SqliteConnection sqlite;
  bool has_curves = false;  // an earlier tarama of this version had none
};

ReadStore::ReadStore(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

ReadStore::ReadStore(ReadStore&&) noexcept = default;
ReadStore& ReadStore::operator=(ReadStore&&) noexcept = default;
ReadStore::~ReadStore() = default;

Result<ReadStore> ReadStore::open(const std::filesystem::path& database) {
  if (const auto there = check_that_it_exists(database); !there) {
    return there.error();
  }
  auto connection = as_result([&] { return std::make_unique<Connection>(database); });
  if (!connection) {
    return why_unreadable(database, connection.error());
  }
  return ReadStore(std::move(*connection));
}

Result<SweepId> ReadStore::find_sweep(std::string_view word) const {
  return as_result([&] {
    const Transaction snapshot(connection_->sqlite, Transaction::Kind::read);
    return sweep_meant_by(connection_->sqlite, word);
  });
}

Result<std::vector<SweepInfo>> ReadStore::sweeps() const {
  return as_result([&] {
    static const std::string sql = std::string(sweep_info_columns) + "ORDER BY s.sweep_id";
    Query rows = connection_->sqlite.query(sql);
    std::vector<SweepInfo> sweeps;
    while (rows.next()) {
      sweeps.push_back(sweep_info_of(rows));
    }
    return sweeps;
  });
}

Result<SweepInfo> ReadStore::sweep(SweepId sweep) const {
  return as_result([&] {
    static const std::string sql =
        std::string(sweep_info_columns) + "WHERE s.sweep_id = ?1 AND a.sweep_id = ?1";
    Query row = connection_->sqlite.query(sql);
    if (!row.with(sweep).next()) {
      throw SqliteError(unknown_sweep(sweep));
    }
    return sweep_info_of(row);
  });
}

Result<std::vector<LevelInfo>> ReadStore::levels(SweepId sweep) const {
  return as_result([&] {
    const Transaction snapshot(connection_->sqlite, Transaction::Kind::read);
    check_that_sweep_exists(connection_->sqlite, sweep);
    return read_level_infos(connection_->sqlite, sweep);
  });
}

Result<std::optional<double>> ReadStore::majority_accuracy(SweepId sweep) const {
  return as_result([&] {
    Query row = connection_->sqlite.query(
        "SELECT e.majority_accuracy FROM run AS r CROSS JOIN eval_row AS e ON e.run_id = r.run_id "
        "WHERE r.sweep_id = ?1 AND r.attempt > 0 AND e.split = 'eval' LIMIT 1");
    return row.with(sweep).next() ? row.maybe_number(0) : std::nullopt;
  });
}

Result<LevelRecord> ReadStore::level(SweepId sweep, LevelId level) const {
  return as_result([&] {
    const Transaction snapshot(connection_->sqlite, Transaction::Kind::read);
    check_that_sweep_exists(connection_->sqlite, sweep);
    std::map<LevelId, LevelRecord> levels = read_levels(connection_->sqlite, sweep);
    const auto found = levels.find(level);
    if (found == levels.end()) {
      throw SqliteError({Errc::not_found, fmt::format("sweep {} has no level {}", sweep, level)});
    }
    return std::move(found->second);
  });
}

Result<std::vector<RunInfo>> ReadStore::runs(SweepId sweep) const {
  return as_result([&] {
    static const std::string sql = run_info_sql() + "WHERE v.sweep_id = ?1 ORDER BY 1";
    const Transaction snapshot(connection_->sqlite, Transaction::Kind::read);
    check_that_sweep_exists(connection_->sqlite, sweep);
    Query rows = connection_->sqlite.query(sql);
    rows.with(sweep);
    std::vector<RunInfo> runs;
    while (rows.next()) {
      runs.push_back(run_info_of(rows));
    }
    return runs;
  });
}

Result<std::vector<FailureInfo>> ReadStore::failures(SweepId sweep) const {
  return as_result([&] {
    // Beside min(), SQLite takes the other columns from the row that has it.
    Query rows = connection_->sqlite.query(
        "SELECT failure_class, count(*), min(run_id), attempt, message FROM run "
        "WHERE sweep_id = ?1 AND state = 'failed' GROUP BY failure_class");
    rows.with(sweep);
    std::vector<FailureInfo> failures;
    while (rows.next()) {
      failures.push_back({.failure = read_name(failure_class_named, rows.text(0)),
                          .runs = rows.integer(1),
                          .example = RunId{rows.integer(2)},
                          .attempt = Attempt{rows.integer(3)},
                          .message = std::string(rows.text(4))});
    }
    return failures;
  });
}

Result<RunInfo> ReadStore::run(RunId run) const {
  return as_result([&] {
    static const std::string sql = run_info_sql() + "WHERE v.run_id = ?1";
    Query row = connection_->sqlite.query(sql);
    if (!row.with(run).next()) {
      throw SqliteError(unknown_run(run));
    }
    return run_info_of(row);
  });
}

Result<std::vector<AttemptInfo>> ReadStore::attempts(RunId run) const {
  return as_result([&] {
    const Transaction snapshot(connection_->sqlite, Transaction::Kind::read);
    check_that_run_is_known(connection_->sqlite, run);
    Query rows = connection_->sqlite.query(
        "SELECT attempt, device, leased_at, started_at, ended_at, first_step, outcome, message, "
        "from_run, from_step "
        "FROM attempt WHERE run_id = ?1 ORDER BY attempt");
    rows.with(run);
    std::vector<AttemptInfo> attempts;
    while (rows.next()) {
      const auto from = rows.maybe_integer(8);
      attempts.push_back({Attempt{rows.integer(0)},
                          rows.maybe_text(1),
                          rows.maybe_time(2),
                          rows.maybe_time(3),
                          rows.maybe_time(4),
                          rows.maybe_integer(5),
                          rows.maybe_text(6),
                          rows.maybe_text(7),
                          from ? std::optional(RunId{*from}) : std::nullopt,
                          rows.maybe_integer(9)});
    }
    return attempts;
  });
}

Result<std::vector<StepRow>> ReadStore::steps(RunId run) const {
  return as_result([&] {
    const Transaction snapshot(connection_->sqlite, Transaction::Kind::read);
    check_that_run_is_known(connection_->sqlite, run);
    return read_steps(connection_->sqlite, run);
  });
}

Result<std::vector<EvalRow>> ReadStore::evals(RunId run) const {
  return as_result([&] {
    const Transaction snapshot(connection_->sqlite, Transaction::Kind::read);
    check_that_run_is_known(connection_->sqlite, run);
    return read_evals(connection_->sqlite, run);
  });
}

Result<std::optional<StoredCurve>> ReadStore::curve(RunId run,
                                                    StepNumber number,
                                                    const CurvePart& part) const {
  return reported_curve(run, std::string(name_of(number)), part);
}

Result<std::optional<StoredCurve>> ReadStore::reported_curve(RunId run,
                                                             const std::string& name,
                                                             const CurvePart& part) const {
  return as_result([&]() -> std::optional<StoredCurve> {
    if (!connection_->has_curves) {
      return std::nullopt;
    }
    return read_curve(connection_->sqlite, run, name, part);
  });
}

Result<ChangeFeed> ReadStore::changes(std::int64_t after, std::int64_t limit) const {
  return as_result([&] {
    SqliteConnection& sqlite = connection_->sqlite;
    const Transaction snapshot(sqlite, Transaction::Kind::read);
    ChangeFeed feed;
    feed.last = sqlite.integer("SELECT ifnull(max(seq), 0) FROM change");
    const std::int64_t oldest = sqlite.integer("SELECT ifnull(min(seq), 1) FROM change");
    // A number that is not given yet comes from another state of the store: of before a backup
    // was put in its place.
    feed.must_reload = after < 0 || after > feed.last || after + 1 < oldest;
    if (feed.must_reload) {
      return feed;
    }
    Query rows =
        sqlite.query("SELECT seq, at, kind, json FROM change WHERE seq > ?1 ORDER BY seq LIMIT ?2");
    rows.with(after, limit);
    while (rows.next()) {
      feed.changes.push_back(
          {rows.integer(0), TimePoint{rows.integer(1)}, rows.text(2), rows.text(3)});
    }
    return feed;
  });
}

Result<std::optional<double>> ReadStore::seconds_per_step(std::string_view learner,
                                                          std::int64_t layers,
                                                          std::int64_t hidden,
                                                          MeasuredOn devices) const {
  return as_result([&] {
    const std::int64_t is_on_gpus = devices == MeasuredOn::gpus ? 1 : 0;
    // What retries lost is in the sum of seconds: that is what a run cost, and will cost. Steps
    // that another run has trained are not in it.
    Query row = connection_->sqlite.query(R"sql(
      SELECT sum(v.train_seconds) / sum(r.planned_steps - ifnull(
        (SELECT max(a.from_step) FROM attempt AS a WHERE a.run_id = r.run_id), 0))
      FROM results AS v
      JOIN run AS r ON r.run_id = v.run_id
      WHERE v.learner = ?1 AND v.layers = ?2 AND v.hidden = ?3 AND v.state = 'succeeded'
        AND v.train_seconds IS NOT NULL AND NOT EXISTS
          (SELECT 1 FROM attempt AS a WHERE a.run_id = r.run_id
            AND (ifnull(a.device, '') LIKE 'cuda%') <> ?4))sql");
    const bool has_row = row.with(learner, layers, hidden, is_on_gpus).next();
    return has_row ? row.maybe_number(0) : std::nullopt;
  });
}

Result<void> ReadStore::query(const std::string& sql, RowSink& sink) const {
  return as_result([&] { answer_read_only(connection_->sqlite, sql, sink); });
}

Result<std::map<SweepId, RunId>> ReadStore::runs_not_over() const {
  return as_result([&] {
    // By the index over open runs, whatever has ended.
    Query rows = connection_->sqlite.query(
        "SELECT sweep_id, min(run_id) FROM run INDEXED BY open_run "
        "WHERE state IN ('pending', 'leased', 'running', 'cancelling') GROUP BY sweep_id");
    std::map<SweepId, RunId> runs;
    while (rows.next()) {
      runs.emplace(SweepId{rows.integer(0)}, RunId{rows.integer(1)});
    }
    return runs;
  });
}

Result<std::map<RunId, RunId>> ReadStore::taken_over(SweepId sweep) const {
  return as_result([&] {
    Query rows = connection_->sqlite.query(
        "SELECT r.run_id, a.from_run FROM run AS r JOIN attempt AS a "
        "ON a.run_id = r.run_id AND a.attempt = r.attempt "
        "WHERE r.sweep_id = ?1 AND r.state = 'succeeded' AND a.from_step >= r.planned_steps");
    rows.with(sweep);
    std::map<RunId, RunId> runs;
    while (rows.next()) {
      runs.emplace(RunId{rows.integer(0)}, RunId{rows.integer(1)});
    }
    return runs;
  });
}

}  // namespace tarama::db
