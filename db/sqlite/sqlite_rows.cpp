// Inserts and reads of whole sweeps, and reads of the rows that count.
#include "db/sqlite/sqlite_rows.hpp"

#include "core/sweep/enum_names.hpp"
#include "core/sweep/run_state.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

namespace tarama::db {

namespace {

std::string devices_json(const SweepRules& rules) {
  return nlohmann::json(rules.devices).dump();
}

std::optional<std::int64_t> milliseconds_of(const SweepRules& rules) {
  return rules.time_limit ? std::optional(rules.time_limit->count()) : std::nullopt;
}

void insert_level(SqliteConnection& connection,
                  SweepId sweep,
                  const NewLevel& level,
                  std::int64_t steps_per_run) {
  const TrainingSettings& training = level.training;
  const ModelSpec& model = level.model;
  connection
      .query(R"sql(
        INSERT INTO level (sweep_id, level_id, params, lr, warmup, epochs, batch_size, schedule,
          t_total, weight_decay, max_grad_norm, norm, dropout, precision, model_path,
          model_layers, model_hidden, model_heads, model_intermediate, model_vocab,
          model_vocab_size, model_lowercase, layers, hidden, steps_per_run)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
          ?19, ?20, ?21, ?22, ?23, ?24, ?25))sql")
      .with(sweep,
            level.level,
            level.params,
            training.lr,
            training.warmup,
            training.epochs,
            training.batch_size,
            name_of(training.schedule),
            name_of(training.t_total),
            training.weight_decay,
            training.max_grad_norm,
            name_of(training.norm),
            training.dropout,
            name_of(training.precision),
            model.path,
            model.layers,
            model.hidden,
            model.heads,
            model.intermediate,
            model.vocab,
            model.vocab_size,
            model.lowercase,
            level.layers,
            level.hidden,
            steps_per_run)
      .run();
}

/// Of the row that read_levels asks for.
NewLevel level_of(const Query& row) {
  NewLevel level;
  level.level = LevelId{row.integer(0)};
  level.params = row.text(1);
  TrainingSettings& training = level.training;
  training.lr = row.number(2);
  training.warmup = row.number(3);
  training.epochs = row.integer(4);
  training.batch_size = row.integer(5);
  training.schedule = read_name(schedule_named, row.text(6));
  training.t_total = read_name(t_total_named, row.text(7));
  training.weight_decay = row.number(8);
  training.max_grad_norm = row.number(9);
  training.norm = read_name(norm_named, row.text(10));
  training.dropout = row.number(11);
  training.precision = read_name(precision_named, row.text(12));
  ModelSpec& model = level.model;
  model.path = row.text(13);
  model.layers = row.maybe_integer(14);
  model.hidden = row.maybe_integer(15);
  model.heads = row.maybe_integer(16);
  model.intermediate = row.maybe_integer(17);
  model.vocab = row.text(18);
  model.vocab_size = row.integer(19);
  if (const auto lowercase = row.maybe_integer(20)) {
    model.lowercase = *lowercase != 0;
  }
  level.layers = row.integer(21);
  level.hidden = row.integer(22);
  return level;
}

/// Of "sweep_id, state, name, spec, prepared, max_concurrent, max_restarts, time_limit, devices".
StoredSweep sweep_of(const Query& row) {
  StoredSweep sweep;
  sweep.record.sweep = SweepId{row.integer(0)};
  sweep.record.state = read_name(sweep_state_named, row.text(1));
  sweep.name = row.text(2);
  sweep.spec = row.text(3);
  sweep.prepared = row.text(4);
  SweepRules& rules = sweep.record.rules;
  rules.max_concurrent = row.integer(5);
  rules.max_restarts = row.integer(6);
  if (const auto limit = row.maybe_integer(7)) {
    rules.time_limit = std::chrono::milliseconds{*limit};
  }
  rules.devices = nlohmann::json::parse(row.text(8)).get<std::vector<std::string>>();
  return sweep;
}

constexpr std::string_view sweep_columns =
    "SELECT sweep_id, state, name, spec, prepared, max_concurrent, max_restarts, time_limit, "
    "devices FROM sweep ";

/// Of "run_id, level_id, replicate, seed, run_key, planned_steps, state, attempt,
/// failed_attempts, failure_class, is_held".
void append_run(StoredSweep& sweep, const Query& row) {
  const RunId run{row.integer(0)};
  sweep.runs.push_back({run, LevelId{row.integer(1)}, row.integer(2), row.integer(3), row.text(4)});
  RunRecord record;
  record.run = run;
  record.replicate = row.integer(2);
  record.planned_steps = row.integer(5);
  record.state = read_name(run_state_named, row.text(6));
  record.attempt = Attempt{row.integer(7)};
  record.failed_attempts = row.integer(8);
  if (!row.is_null(9)) {
    record.failure = read_name(failure_class_named, row.text(9));
  }
  record.is_held = row.integer(10) != 0;
  sweep.record.runs.push_back(record);
}

void read_runs(SqliteConnection& connection, StoredSweep& sweep) {
  Query rows = connection.query(
      "SELECT run_id, level_id, replicate, seed, run_key, planned_steps, state, attempt, "
      "failed_attempts, failure_class, is_held FROM run WHERE sweep_id = ?1 ORDER BY run_id");
  rows.with(sweep.record.sweep);
  while (rows.next()) {
    append_run(sweep, rows);
  }
}

}  // namespace

SweepId insert_sweep(SqliteConnection& connection, const NewSweep& sweep) {
  const std::string devices = devices_json(sweep.rules);
  connection
      .query(R"sql(
        INSERT INTO sweep (name, state, metric_name, metric_goal, metric_take, max_concurrent,
          max_restarts, time_limit, devices, trainer, host, version, submitted_at, yaml, spec,
          prepared, driver)
        VALUES (?1, 'running', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,
          ?16)
      )sql")
      .with(sweep.name,
            name_of(sweep.metric.name),
            name_of(sweep.metric.goal),
            name_of(sweep.metric.take),
            sweep.rules.max_concurrent,
            sweep.rules.max_restarts,
            milliseconds_of(sweep.rules),
            devices,
            sweep.trainer,
            sweep.host,
            sweep.version,
            sweep.at,
            sweep.yaml,
            sweep.spec,
            sweep.prepared,
            sweep.driver)
      .run();
  return SweepId{connection.last_insert_id()};
}

void insert_levels(SqliteConnection& connection,
                   SweepId sweep,
                   const NewSweep& more,
                   const std::map<LevelId, NewLevel>& known) {
  std::unordered_map<LevelId, std::int64_t> steps;
  for (const NewRun& run : more.runs) {
    steps[run.level] = std::max(steps[run.level], run.planned_steps);
  }
  for (const NewLevel& level : more.levels) {
    if (!known.contains(level.level)) {
      insert_level(connection, sweep, level, steps[level.level]);
    }
  }
}

StoredSweep insert_runs(SqliteConnection& connection,
                        SweepId sweep,
                        const std::vector<NewRun>& runs) {
  StoredSweep stored;
  for (const NewRun& run : runs) {
    connection
        .query(R"sql(
          INSERT INTO run (sweep_id, level_id, replicate, seed, run_key, planned_steps,
            planned_evals)
          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7))sql")
        .with(sweep,
              run.level,
              run.replicate,
              run.seed,
              run.run_key,
              run.planned_steps,
              run.planned_evals)
        .run();
    const RunId id{connection.last_insert_id()};
    stored.runs.push_back({id, run.level, run.replicate, run.seed, run.run_key});
    RunRecord record;
    record.run = id;
    record.replicate = run.replicate;
    record.planned_steps = run.planned_steps;
    stored.record.runs.push_back(record);
  }
  return stored;
}

std::optional<StoredSweep> read_sweep(SqliteConnection& connection, SweepId sweep) {
  static const std::string sql = std::string(sweep_columns) + "WHERE sweep_id = ?1";
  Query row = connection.query(sql);
  row.with(sweep);
  return row.next() ? std::optional(sweep_of(row)) : std::nullopt;
}

std::map<LevelId, NewLevel> read_levels(SqliteConnection& connection, SweepId sweep) {
  Query rows = connection.query(R"sql(
    SELECT level_id, params, lr, warmup, epochs, batch_size, schedule, t_total, weight_decay,
      max_grad_norm, norm, dropout, precision, model_path, model_layers, model_hidden,
      model_heads, model_intermediate, model_vocab, model_vocab_size, model_lowercase, layers,
      hidden
    FROM level WHERE sweep_id = ?1)sql");
  rows.with(sweep);
  std::map<LevelId, NewLevel> levels;
  while (rows.next()) {
    NewLevel level = level_of(rows);
    levels.emplace(level.level, std::move(level));
  }
  return levels;
}

std::vector<StoredSweep> read_all(SqliteConnection& connection) {
  static const std::string sql = std::string(sweep_columns) + "ORDER BY sweep_id";
  std::vector<StoredSweep> all;
  {
    Query rows = connection.query(sql);
    while (rows.next()) {
      all.push_back(sweep_of(rows));
    }
  }
  for (StoredSweep& sweep : all) {
    read_runs(connection, sweep);
    for (auto& [id, level] : read_levels(connection, sweep.record.sweep)) {
      sweep.levels.push_back(level);
    }
  }
  return all;
}

std::vector<StepRow> read_steps(SqliteConnection& connection, RunId run) {
  Query rows = connection.query(
      "SELECT step, epoch, lr, loss, flat_accuracy, examples, tokens, at FROM steps "
      "WHERE run_id = ?1 ORDER BY step");
  rows.with(run);
  std::vector<StepRow> steps;
  while (rows.next()) {
    steps.push_back({rows.integer(0),
                     rows.integer(1),
                     rows.number(2),
                     rows.number(3),
                     rows.number(4),
                     rows.integer(5),
                     rows.integer(6),
                     rows.integer(7)});
  }
  return steps;
}

std::vector<EvalRow> read_evals(SqliteConnection& connection, RunId run) {
  Query rows = connection.query(
      "SELECT epoch, split, step, loss, flat_accuracy, batch_mean_flat_accuracy, mcc, macro_f1, "
      "majority_accuracy, examples FROM evals WHERE run_id = ?1 ORDER BY split, epoch");
  rows.with(run);
  std::vector<EvalRow> evals;
  while (rows.next()) {
    evals.push_back({rows.integer(0),
                     read_name(split_named, rows.text(1)),
                     rows.integer(2),
                     rows.number(3),
                     rows.number(4),
                     rows.number(5),
                     rows.number(6),
                     rows.number(7),
                     rows.number(8),
                     rows.integer(9)});
  }
  return evals;
}

}  // namespace tarama::db
