// One function for each check. What is counted here is counted from the rows themselves, not by
// the functions that wrote them.
#include "db/sqlite/store_check.hpp"

#include "db/sqlite/database_file.hpp"
#include "db/sqlite/schema/newest_schema.hpp"
#include "db/sqlite/schema/schema.hpp"
#include "db/sqlite/sqlite_connection.hpp"
#include "db/sqlite/store_files.hpp"

#include <fmt/ranges.h>

namespace tarama::db {

namespace {

using enum StoreFinding::Weight;

const std::string keep_and_restore =
    "keep a copy of the folder as it is; then put a backup in its place, or see what `sqlite3 "
    "tarama.db .recover` saves";

std::vector<StoreFinding> check_pages(SqliteConnection& connection) {
  Query rows = connection.query("PRAGMA integrity_check(5)");
  std::vector<std::string> said;
  while (rows.next()) {
    said.push_back(rows.text(0));
  }
  if (said == std::vector<std::string>{"ok"}) {
    return {{"database", fine, "SQLite finds it sound"}};
  }
  return {{"database",
           problem,
           fmt::format("it is damaged: {}", fmt::join(said, "; ")),
           keep_and_restore}};
}

std::vector<StoreFinding> check_schema(SqliteConnection& connection) {
  if (is_newest(connection, migrations())) {
    return {};
  }
  return {
      {"schema", remark, "it lacks tables or columns of this tarama", std::string(how_to_update)}};
}

/// A claim that no row may break: `sql` counts those that do.
struct Claim {
  const char* sql;
  const char* broken;  // "3 <broken>"
};

constexpr Claim claims_of_rows[] = {
    {"SELECT count(*) FROM pragma_foreign_key_check", "rows refer to others that are not there"},
    {"SELECT count(*) FROM attempt WHERE run_id NOT IN (SELECT run_id FROM run)",
     "attempts are of runs that are not there"},
    {"SELECT count(*) FROM (SELECT DISTINCT run_id FROM step_row UNION SELECT DISTINCT run_id "
     "FROM eval_row) WHERE run_id NOT IN (SELECT run_id FROM run)",
     "runs have steps or evaluations and are not there themselves"}};

constexpr Claim claims_of_account[] = {
    {"SELECT count(*) FROM account WHERE planned <> pending + leased + running + succeeded + "
     "stopped + failed + cancelled",
     "sweeps have an account that does not add up"},
    {"SELECT count(*) FROM run AS r WHERE r.attempt <> ifnull((SELECT max(a.attempt) FROM attempt "
     "AS a WHERE a.run_id = r.run_id), 0)",
     "runs have another newest attempt than their attempts say"},
    {"SELECT count(*) FROM run AS r WHERE r.state = 'succeeded' AND (r.planned_steps <> (SELECT "
     "count(*) FROM steps AS s WHERE s.run_id = r.run_id) OR r.planned_evals > (SELECT count(*) "
     "FROM evals AS e WHERE e.run_id = r.run_id)) AND NOT EXISTS (SELECT 1 FROM sweep AS s WHERE "
     "s.sweep_id = r.sweep_id AND s.trainer = 'program')",
     "runs are called succeeded and lack steps or evaluations"},
    {"SELECT count(*) FROM level AS l JOIN (SELECT sweep_id, level_id, avg(metric) AS mean FROM "
     "run WHERE state = 'succeeded' GROUP BY sweep_id, level_id) AS r ON r.sweep_id = l.sweep_id "
     "AND r.level_id = l.level_id WHERE l.mean IS NOT NULL AND r.mean IS NOT NULL AND "
     "abs(l.mean - r.mean) > 1e-9 * max(1, abs(r.mean))",
     "levels have another mean than their runs"}};

template <std::size_t count>
std::vector<StoreFinding> check_claims(SqliteConnection& connection,
                                       const std::string& check,
                                       const Claim (&claims)[count],
                                       const std::string& all_well) {
  std::vector<StoreFinding> findings;
  for (const Claim& claim : claims) {
    if (const std::int64_t found = connection.integer(claim.sql); found > 0) {
      findings.push_back(
          {check, problem, fmt::format("{} {}", found, claim.broken), keep_and_restore});
    }
  }
  if (findings.empty()) {
    findings.push_back({check, fine, all_well});
  }
  return findings;
}

std::vector<StoreFinding> check_account(SqliteConnection& connection) {
  const std::string all_well = fmt::format(
      "{} sweeps, {} runs, {} attempts: the account adds up, and what succeeded is whole",
      connection.integer("SELECT count(*) FROM sweep"),
      connection.integer("SELECT count(*) FROM run"),
      connection.integer("SELECT count(*) FROM attempt"));
  return check_claims(connection, "account", claims_of_account, all_well);
}

std::vector<StoreFinding> check_duties(SqliteConnection& connection, StoreUse use) {
  const std::int64_t open = connection.integer("SELECT count(*) FROM duty");
  if (open == 0 || use == StoreUse::in_use) {
    return {};
  }
  return {{"duties",
           remark,
           fmt::format("{} things are left to do (on_end, models or checkpoints to remove)", open),
           "the next `tarama serve` or `run` does them"}};
}

using Checks = std::vector<std::pair<const char*, std::function<std::vector<StoreFinding>()>>>;

void append(std::vector<StoreFinding>& all, std::vector<StoreFinding> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::vector<StoreFinding> check_whole(const StoreFolder& folder,
                                      StoreUse use,
                                      const StoreCheckProgress& progress) {
  SqliteConnection connection(folder.database(), Access::read_only);
  check_version(connection, migrations());
  std::vector<StoreFinding> findings;
  progress("the database's pages");
  append(findings, check_pages(connection));
  if (findings.back().weight == problem) {
    return findings;  // what its rows say cannot be relied on
  }
  append(findings, check_schema(connection));
  if (findings.back().weight == remark) {
    return findings;
  }
  const Transaction snapshot(connection, Transaction::Kind::read);
  progress("references between rows");
  append(findings,
         check_claims(connection, "rows", claims_of_rows, "all that refer to others find them"));
  progress("the account");
  append(findings, check_account(connection));
  append(findings, check_duties(connection, use));
  progress("files");
  append(findings, check_store_files(connection, folder, use));
  return findings;
}

}  // namespace

std::vector<StoreFinding> check_store(const StoreFolder& folder,
                                      StoreUse use,
                                      const StoreCheckProgress& progress) {
  if (const auto there = check_that_it_exists(folder.database()); !there) {
    return {{"database", problem, there.error().message}};
  }
  auto findings = as_result([&] { return check_whole(folder, use, progress); });
  if (!findings) {
    const Error error = why_unreadable(folder.database(), findings.error());
    return {{"database",
             problem,
             error.message,
             error.code == Errc::corrupt ? keep_and_restore : std::string()}};
  }
  return std::move(*findings);
}

}  // namespace tarama::db
