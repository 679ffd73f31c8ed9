// Settings as JSON beside the columns that SQL ranks by; inputs as columns.
#include "db/sqlite/level_rows.hpp"

#include "core/sweep/level_settings_json.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>
#include <utility>

namespace tarama::db {

const std::string_view level_inputs_columns =
    "l.data_fingerprint, l.model_fingerprint, l.train_examples, l.eval_examples, "
    "l.test_examples, l.train_tokens, l.classes, l.parameters, l.layers, l.hidden, l.cut_texts";

namespace {

/// What the views show of every level that has it.
struct LevelColumns {
  std::optional<double> lr;
  std::optional<double> warmup;
  std::optional<std::int64_t> epochs;
};

/// Parameters of a program that are called so, and are numbers.
LevelColumns columns_of_program(const std::string& params_json) {
  const auto params = nlohmann::json::parse(params_json, nullptr, false);
  LevelColumns columns;
  const auto number_at = [&](const char* name) -> std::optional<double> {
    const auto found = params.is_object() ? params.find(name) : params.end();
    return found != params.end() && found->is_number() ? std::optional(found->get<double>())
                                                       : std::nullopt;
  };
  columns.lr = number_at("lr");
  columns.warmup = number_at("warmup");
  if (const auto epochs = number_at("epochs");
      epochs && std::abs(*epochs) < 1e15 && *epochs == std::floor(*epochs)) {
    columns.epochs = static_cast<std::int64_t>(*epochs);
  }
  return columns;
}

void insert_level(SqliteConnection& connection,
                  SweepId sweep,
                  const LevelRecord& level,
                  std::int64_t steps_per_run) {
  const bool is_program = level.learner == program_learner;
  // Of a program nothing of that is known: the views show it as NULL.
  const std::string settings =
      is_program ? "{}" : to_json(LevelSettings{level.training, level.model});
  const LevelColumns columns =
      is_program ? columns_of_program(level.params)
                 : LevelColumns{level.training.lr, level.training.warmup, level.training.epochs};
  const LevelInputs& inputs = level.inputs;
  connection
      .query(R"sql(
        INSERT INTO level (sweep_id, level_id, params, lr, warmup, epochs, learner, numerics,
          steps_per_run, data_fingerprint, model_fingerprint, train_examples, eval_examples,
          test_examples, train_tokens, classes, parameters, layers, hidden, cut_texts, settings)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
          ?19, ?20, ?21))sql")
      .with(sweep,
            level.level,
            level.params,
            columns.lr,
            columns.warmup,
            columns.epochs,
            level.learner,
            level.numerics,
            steps_per_run,
            inputs.data_fingerprint,
            inputs.model_fingerprint,
            inputs.train_examples,
            inputs.eval_examples,
            inputs.test_examples,
            inputs.train_tokens,
            inputs.classes,
            inputs.parameters,
            inputs.layers,
            inputs.hidden,
            inputs.cut_texts,
            settings)
      .run();
}

/// Of the row that read_levels asks for.
LevelRecord level_of(const Query& row) {
  LevelRecord level;
  level.level = LevelId{row.integer(0)};
  level.params = row.text(1);
  level.learner = row.text(2);
  if (row.is_null(3)) {
    throw SqliteError({Errc::corrupt,
                       fmt::format("level {}: what its data and model were does not stand in the "
                                   "store that an older tarama wrote; submit the sweep's file "
                                   "again",
                                   level.level)});
  }
  level.numerics = row.integer(3);
  level.inputs = level_inputs_of(row, 5);
  if (level.learner == program_learner) {
    return level;
  }
  Result<LevelSettings> settings = level_settings_from_json(row.text(4));
  if (!settings) {
    throw SqliteError(in_context(fmt::format("level {}", level.level), settings.error()));
  }
  level.training = settings->training;
  level.model = std::move(settings->model);
  return level;
}

}  // namespace

void insert_levels(SqliteConnection& connection,
                   SweepId sweep,
                   const NewSweep& more,
                   const std::map<LevelId, LevelRecord>& known) {
  std::unordered_map<LevelId, std::int64_t> steps;
  for (const RunPlan& run : more.runs) {
    steps[run.level] = std::max(steps[run.level], run.planned_steps);
  }
  for (const LevelRecord& level : more.levels) {
    if (!known.contains(level.level)) {
      insert_level(connection, sweep, level, steps[level.level]);
    }
  }
}

namespace {

std::string levels_sql(std::string_view further_condition) {
  return fmt::format(
      "SELECT l.level_id, l.params, l.learner, l.numerics, l.settings, {} "
      "FROM level AS l WHERE l.sweep_id = ?1{}",
      level_inputs_columns,
      further_condition);
}

}  // namespace

std::map<LevelId, LevelRecord> read_levels(SqliteConnection& connection,
                                           SweepId sweep,
                                           const std::set<LevelId>& ids) {
  static const std::string sql = levels_sql(" AND l.level_id = ?2");
  std::map<LevelId, LevelRecord> levels;
  for (const LevelId id : ids) {
    Query row = connection.query(sql);
    row.with(sweep, id);
    if (row.next()) {
      levels.emplace(id, level_of(row));
    }
  }
  return levels;
}

std::map<LevelId, LevelRecord> read_levels(SqliteConnection& connection, SweepId sweep) {
  static const std::string sql = levels_sql("");
  Query rows = connection.query(sql);
  rows.with(sweep);
  std::map<LevelId, LevelRecord> levels;
  while (rows.next()) {
    LevelRecord level = level_of(rows);
    levels.emplace(level.level, std::move(level));
  }
  return levels;
}

LevelInputs level_inputs_of(const Query& row, int first) {
  return {.data_fingerprint = row.text(first),
          .model_fingerprint = row.text(first + 1),
          .train_examples = row.integer(first + 2),
          .eval_examples = row.integer(first + 3),
          .test_examples = row.integer(first + 4),
          .train_tokens = row.integer(first + 5),
          .classes = row.integer(first + 6),
          .parameters = row.integer(first + 7),
          .layers = row.integer(first + 8),
          .hidden = row.integer(first + 9),
          .cut_texts = row.integer(first + 10)};
}

}  // namespace tarama::db
