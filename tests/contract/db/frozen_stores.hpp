// Stores that tarama 0.1 wrote, as SQL (tests/contract/db/stores), and what their views show.
#pragma once

#include "db/sqlite/sqlite_connection.hpp"
#include "tests/support/places.hpp"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace tarama::db::test {

inline std::string frozen_sql(const std::string& name) {
  std::ifstream in(tarama::test::source_folder() / "tests/contract/db/stores" / (name + ".sql"));
  std::ostringstream text;
  text << in.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

/// Makes the store's database as version 1 left it.
inline void thaw(const std::string& name, const std::filesystem::path& database) {
  SqliteConnection connection(database, Access::read_write);
  connection.execute(frozen_sql(name).c_str());
  connection.execute("PRAGMA journal_mode = WAL");
}

/// One value, so that two texts are equal if and only if type, text and bits are.
inline std::string exact(const Query& row, int column) {
  return row.is_null(column) ? "NULL"
                             : fmt::format("{} {:a}", row.text(column), row.number(column));
}

/// The columns that version 1 had, in its order.
inline const std::map<std::string, std::vector<std::string>>& views_of_v1() {
  static const std::map<std::string, std::vector<std::string>> views = {
      {"steps",
       {"run_id", "step", "epoch", "lr", "loss", "flat_accuracy", "examples", "tokens", "at"}},
      {"evals",
       {"run_id",
        "epoch",
        "split",
        "step",
        "loss",
        "flat_accuracy",
        "batch_mean_flat_accuracy",
        "mcc",
        "macro_f1",
        "majority_accuracy",
        "examples"}},
      {"levels",
       {"sweep_id",
        "level_id",
        "params",
        "lr",
        "warmup",
        "epochs",
        "norm",
        "planned",
        "succeeded",
        "failed",
        "mean",
        "sd",
        "minimum",
        "maximum",
        "steps_per_run"}},
      {"account",
       {"sweep_id", "planned", "pending", "leased", "running", "succeeded", "failed", "cancelled"}},
      {"results", {"run_id",        "sweep_id",   "sweep",         "state",   "failure_class",
                   "attempts",      "lr",         "warmup",        "epochs",  "norm",
                   "seed",          "batch_size", "schedule",      "t_total", "weight_decay",
                   "max_grad_norm", "dropout",    "precision",     "layers",  "hidden",
                   "level_id",      "replicate",  "params",        "metric",  "flat_accuracy",
                   "eval_loss",     "mcc",        "train_seconds", "device",  "run_key"}}};
  return views;
}

/// Every row of every view of version 1, as texts.
inline std::map<std::string, std::vector<std::string>> shown(
    const std::filesystem::path& database) {
  SqliteConnection connection(database, Access::read_only);
  std::map<std::string, std::vector<std::string>> all;
  for (const auto& [view, columns] : views_of_v1()) {
    Query rows = connection.query(
        fmt::format("SELECT {} FROM {} ORDER BY 1, 2, 3", fmt::join(columns, ", "), view));
    while (rows.next()) {
      std::string& text = all[view].emplace_back();
      for (int column = 0; column < static_cast<int>(columns.size()); ++column) {
        text +=
            fmt::format("{}={}; ", columns[static_cast<std::size_t>(column)], exact(rows, column));
      }
    }
  }
  return all;
}

/// What makes up a schema, comments and layout as they were written.
inline std::set<std::string> schema_of(const std::filesystem::path& database) {
  SqliteConnection connection(database, Access::read_only);
  Query rows =
      connection.query("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'");
  std::set<std::string> all;
  while (rows.next()) {
    all.insert(fmt::format("{} {}: {}", rows.text(0), rows.text(1), rows.text(2)));
  }
  return all;
}

}  // namespace tarama::db::test
