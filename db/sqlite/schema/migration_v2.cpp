// From version 1 to 2: what SQL alone cannot do. It reads the columns of version 1 by itself, and
// writes JSON by hand, so that it stays what it is whatever becomes of core's types. What it cannot
// make sense of it carries over as it stands: then that sweep alone cannot be loaded.
#include "core/sweep/sweep_identity.hpp"
#include "db/sqlite/curve_rows.hpp"
#include "db/sqlite/schema/schema.hpp"
#include "db/stored_text.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tarama::db {

namespace {

using nlohmann::ordered_json;

// What every run of a store of version 1 was trained with.
constexpr std::int64_t numerics_of_v1 = 2;

/// The numbers of sweep.prepared that become columns of the level, in the order of `level_insert`.
constexpr std::array input_counts = {"train_examples",
                                     "eval_examples",
                                     "test_examples",
                                     "train_tokens",
                                     "classes",
                                     "parameters",
                                     "cut_texts"};

struct Inputs {
  std::string data_fingerprint;
  std::string model_fingerprint;
  std::array<std::int64_t, input_counts.size()> counts{};
};

struct SweepOfV1 {
  std::int64_t sweep = 0;
  std::string name;
  std::string trainer;
  std::string prepared;
  std::string yaml;
  std::int64_t submitted_at = 0;
};

std::vector<SweepOfV1> read_sweeps(SqliteConnection& connection) {
  Query rows = connection.query(
      "SELECT sweep_id, name, trainer, prepared, yaml, submitted_at FROM sweep ORDER BY sweep_id");
  std::vector<SweepOfV1> sweeps;
  while (rows.next()) {
    sweeps.push_back(
        {rows.integer(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4), rows.integer(5)});
  }
  return sweeps;
}

/// The inputs of each level, by its id less 1; empty where `prepared` does not say them.
std::vector<Inputs> inputs_in(const std::string& prepared) {
  try {
    const ordered_json document = ordered_json::parse(prepared);
    std::vector<Inputs> variants;
    for (const ordered_json& variant : document.at("variants")) {
      Inputs& inputs = variants.emplace_back();
      inputs.data_fingerprint = variant.at("data_fingerprint").get<std::string>();
      inputs.model_fingerprint = variant.at("model_fingerprint").get<std::string>();
      for (std::size_t index = 0; index < input_counts.size(); ++index) {
        inputs.counts.at(index) = variant.at(input_counts.at(index)).get<std::int64_t>();
      }
    }
    std::vector<Inputs> by_level;
    for (const ordered_json& index : document.at("variant_of_level")) {
      by_level.push_back(variants.at(index.get<std::size_t>()));
    }
    return by_level;
  } catch (const std::exception&) {
    return {};  // its levels then say nothing of their inputs, and loading them says so
  }
}

template <class Value>
void add_if_set(ordered_json& json, const char* key, const std::optional<Value>& value) {
  if (value) {
    json[key] = *value;
  }
}

/// Of the row that `convert_levels` asks for, from column 1 on.
std::string settings_of(const Query& row) {
  const ordered_json training = {{"lr", row.number(1)},
                                 {"warmup", row.number(2)},
                                 {"epochs", row.integer(3)},
                                 {"batch_size", row.integer(4)},
                                 {"schedule", row.text(5)},
                                 {"t_total", row.text(6)},
                                 {"weight_decay", row.number(7)},
                                 {"max_grad_norm", row.number(8)},
                                 {"norm", row.text(9)},
                                 {"dropout", row.number(10)},
                                 {"precision", row.text(11)}};
  ordered_json model = {
      {"path", row.text(12)}, {"vocab", row.text(17)}, {"vocab_size", row.integer(18)}};
  add_if_set(model, "layers", row.maybe_integer(13));
  add_if_set(model, "hidden", row.maybe_integer(14));
  add_if_set(model, "heads", row.maybe_integer(15));
  add_if_set(model, "intermediate", row.maybe_integer(16));
  if (const auto lowercase = row.maybe_integer(19)) {
    model["lowercase"] = *lowercase != 0;
  }
  constexpr auto invalid = ordered_json::error_handler_t::replace;
  return ordered_json{{"training", training}, {"model", model}}.dump(-1, ' ', false, invalid);
}

constexpr std::string_view level_insert = R"sql(
  INSERT INTO new_level (sweep_id, level_id, params, lr, warmup, epochs, learner, numerics,
    steps_per_run, mean, sd, minimum, maximum, data_fingerprint, model_fingerprint,
    train_examples, eval_examples, test_examples, train_tokens, classes, parameters, cut_texts,
    layers, hidden, settings)
  SELECT sweep_id, level_id, params, lr, warmup, epochs, ?3, ?4, steps_per_run, mean, sd, minimum,
    maximum, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, layers, hidden, ?14
  FROM level WHERE sweep_id = ?1 AND level_id = ?2)sql";

void convert_levels(SqliteConnection& connection, const SweepOfV1& sweep) {
  const std::vector<Inputs> inputs = inputs_in(sweep.prepared);
  Query rows = connection.query(R"sql(
    SELECT level_id, lr, warmup, epochs, batch_size, schedule, t_total, weight_decay,
      max_grad_norm, norm, dropout, precision, model_path, model_layers, model_hidden,
      model_heads, model_intermediate, model_vocab, model_vocab_size, model_lowercase
    FROM level WHERE sweep_id = ?1)sql");
  rows.with(sweep.sweep);
  while (rows.next()) {
    const std::int64_t level = rows.integer(0);
    const bool is_known = level >= 1 && level <= static_cast<std::int64_t>(inputs.size());
    const Inputs of_level = is_known ? inputs[static_cast<std::size_t>(level - 1)] : Inputs{};
    const auto numerics = is_known ? std::optional(numerics_of_v1) : std::nullopt;
    const auto& counts = of_level.counts;
    const std::string settings = settings_of(rows);
    connection.query(level_insert)
        .with(sweep.sweep,
              level,
              sweep.trainer,
              numerics,
              of_level.data_fingerprint,
              of_level.model_fingerprint,
              counts[0],
              counts[1],
              counts[2],
              counts[3],
              counts[4],
              counts[5],
              counts[6],
              settings)
        .run();
  }
}

void remember_submission(SqliteConnection& connection, const SweepOfV1& sweep) {
  std::vector<std::string> keys;
  {
    Query rows = connection.query("SELECT run_key FROM run WHERE sweep_id = ?1");
    rows.with(sweep.sweep);
    while (rows.next()) {
      keys.push_back(rows.text(0));
    }
  }
  const std::string identity = identity_of(sweep.name, std::move(keys));
  connection.query("INSERT INTO submission (identity, sweep_id, at, yaml) VALUES (?1, ?2, ?3, ?4)")
      .with(identity, sweep.sweep, sweep.submitted_at, sweep.yaml)
      .run();
}

void sound_text(sqlite3_context* context, int /*count*/, sqlite3_value** values) {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_value_text(values[0]));
  const auto size = static_cast<std::size_t>(sqlite3_value_bytes(values[0]));
  if (bytes == nullptr) {
    sqlite3_result_null(context);
    return;
  }
  const std::string sound = stored_text({bytes, size});
  sqlite3_result_text64(context, sound.data(), sound.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

/// Version 1 kept texts of peers as they came.
void make_texts_sound(SqliteConnection& connection) {
  sqlite3_create_function(connection.handle(),
                          "sound_text",
                          1,
                          SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                          nullptr,
                          sound_text,
                          nullptr,
                          nullptr);
  connection.execute(R"sql(
    UPDATE run SET message = sound_text(message) WHERE sound_text(message) IS NOT message;
    UPDATE attempt SET message = sound_text(message), device = sound_text(device)
      WHERE sound_text(message) IS NOT message OR sound_text(device) IS NOT device;
    UPDATE sweep SET name = sound_text(name), host = sound_text(host), yaml = sound_text(yaml)
      WHERE sound_text(name) IS NOT name OR sound_text(host) IS NOT host
        OR sound_text(yaml) IS NOT yaml;
  )sql");
}

/// The user's own: ours have gone by now. A column cannot be dropped beside a view over tables that
/// are not there. Returns the SQL that makes them again.
std::vector<std::string> take_away_views(SqliteConnection& connection) {
  std::vector<std::string> made_by;
  std::vector<std::string> names;
  {
    Query rows = connection.query("SELECT name, sql FROM sqlite_schema WHERE type = 'view'");
    while (rows.next()) {
      names.push_back(rows.text(0));
      made_by.push_back(rows.text(1));
    }
  }
  for (const std::string& name : names) {
    connection.execute(fmt::format("DROP VIEW \"{}\"", name).c_str());
  }
  return made_by;
}

}  // namespace

void migrate_to_v2(SqliteConnection& connection) {
  for (const SweepOfV1& sweep : read_sweeps(connection)) {
    convert_levels(connection, sweep);
    remember_submission(connection, sweep);
  }
  const std::vector<std::string> views_of_the_user = take_away_views(connection);
  connection.execute(schema_v2_end);
  for (const std::string& view : views_of_the_user) {
    // One whose name is now ours stays in the copy of before.
    static_cast<void>(as_result([&] { connection.execute(view.c_str()); }));
  }
  make_texts_sound(connection);
  keep_curves_of_all(connection);
}

}  // namespace tarama::db
