// See refinement_rows.hpp.
#include "db/sqlite/refinement_rows.hpp"

#include "core/sweep/run_state.hpp"
#include "db/sqlite/sqlite_rows.hpp"
#include "db/write_checks.hpp"

#include <map>
#include <utility>
#include <vector>

namespace tarama::db {
namespace {

RefinementStage stage_of(const Query& row) {
  return {.stage = row.integer(0),
          .asked = {.until = row.maybe_number(1),
                    .budget = row.maybe_integer(2),
                    .first = row.integer(3),
                    .most = row.integer(4),
                    .confidence = row.number(5)},
          .runs_before = row.integer(6),
          .asked_at = TimePoint{row.integer(7)}};
}

/// Of the run's row: level, seed, state, metric, failure class.
void add_run(const Query& row, LevelOutcome& level, std::vector<std::int64_t>& seeds) {
  const std::int64_t seed = row.integer(1);
  const RunState state = read_name(run_state_named, row.text(2));
  seeds.push_back(seed);
  ++level.planned;
  if (state == RunState::succeeded && !row.is_null(3)) {
    level.values.push_back(row.number(3));
    level.seeds.push_back(seed);
  } else if (state == RunState::failed) {
    ++level.failed;
    if (!row.is_null(4) && read_name(failure_class_named, row.text(4)) == FailureClass::diverged) {
      ++level.diverged;
      level.diverged_seeds.push_back(seed);
    }
  }
}

}  // namespace

std::optional<RefinementStage> read_refinement(SqliteConnection& connection, SweepId sweep) {
  Query row = connection.query(
      "SELECT stage, within, budget, first, most, confidence, runs_before, asked_at "
      "FROM refinement WHERE sweep_id = ?1 AND ended_at IS NULL ORDER BY stage LIMIT 1");
  return row.with(sweep).next() ? std::optional(stage_of(row)) : std::nullopt;
}

RefinementStage insert_refinement(SqliteConnection& connection,
                                  SweepId sweep,
                                  const Refinement& asked,
                                  TimePoint now) {
  connection
      .query(
          "UPDATE refinement SET ended_at = ?2, outcome = 'called off' WHERE sweep_id = ?1 "
          "AND ended_at IS NULL AND EXISTS (SELECT 1 FROM sweep AS s WHERE s.sweep_id = ?1 "
          "AND s.state NOT IN ('running', 'paused'))")
      .with(sweep, now)
      .run();
  if (const auto open = read_refinement(connection, sweep)) {
    if (open->asked == asked) {
      return *open;
    }
    throw SqliteError(refined_already(sweep));
  }
  {
    Query update =
        connection.query("UPDATE sweep SET state = 'running', ended_at = NULL WHERE sweep_id = ?1");
    update.with(sweep).run();
  }
  if (connection.changes() == 0) {
    throw SqliteError(unknown_sweep(sweep));
  }
  connection
      .query(R"sql(
        INSERT INTO refinement (sweep_id, stage, within, budget, first, most, confidence,
          runs_before, asked_at)
        SELECT ?1, 1 + (SELECT count(*) FROM refinement WHERE sweep_id = ?1), ?2, ?3, ?4, ?5, ?6,
          (SELECT count(*) FROM run WHERE sweep_id = ?1), ?7)sql")
      .with(sweep, asked.until, asked.budget, asked.first, asked.most, asked.confidence, now)
      .run();
  return *read_refinement(connection, sweep);
}

void update_refinement(SqliteConnection& connection, SweepId sweep, const RefinementNews& news) {
  for (const Look& look : news.looks) {
    connection
        .query(
            "INSERT OR IGNORE INTO look (sweep_id, stage, level_id, seeds) VALUES (?1, ?2, ?3, ?4)")
        .with(sweep, news.stage, look.level, look.seeds)
        .run();
  }
  if (news.ended_at) {
    connection
        .query(
            "UPDATE refinement SET ended_at = ?3, outcome = ?4, level_id = ?5 "
            "WHERE sweep_id = ?1 AND stage = ?2 AND ended_at IS NULL")
        .with(sweep, news.stage, *news.ended_at, news.outcome, news.reached)
        .run();
  }
}

SearchEvidence read_evidence(SqliteConnection& connection,
                             SweepId sweep,
                             std::optional<LevelId> level) {
  // Two texts, so that one level is found by its index.
  const std::string of_level = level ? " AND r.level_id = ?2 " : " ";
  std::map<LevelId, std::pair<LevelOutcome, std::vector<std::int64_t>>> levels;
  {
    Query rows = connection.query(
        "SELECT r.level_id, r.seed, r.state, r.metric, r.failure_class FROM run AS r "
        "WHERE r.sweep_id = ?1" +
        of_level + "ORDER BY r.level_id, r.seed");
    level ? rows.with(sweep, *level) : rows.with(sweep);
    while (rows.next()) {
      const LevelId id{rows.integer(0)};
      auto& [outcome, seeds] = levels[id];
      outcome.level = id;
      add_run(rows, outcome, seeds);
    }
  }
  SearchEvidence evidence;
  for (auto& [id, found] : levels) {
    evidence.levels.push_back(std::move(found.first));
    evidence.seeds.push_back(std::move(found.second));
  }
  Query majority = connection.query(
      "SELECT e.majority_accuracy FROM run AS r CROSS JOIN eval_row AS e ON e.run_id = r.run_id "
      "WHERE r.sweep_id = ?1" +
      of_level + "AND r.attempt > 0 AND e.split = 'eval' LIMIT 1");
  level ? majority.with(sweep, *level) : majority.with(sweep);
  if (majority.next()) {
    evidence.majority = majority.maybe_number(0);
  }
  return evidence;
}

}  // namespace tarama::db
