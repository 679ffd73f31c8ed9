// Folders named by runs, looked up in the rows.
#include "db/sqlite/store_files.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

namespace tarama::db {

namespace {

namespace fs = std::filesystem;
using enum StoreFinding::Weight;

constexpr std::size_t examples_named = 5;

/// "3: 1, 2, 7".
std::string counted(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(names.size(), examples_named);
  return fmt::format(
      "{}: {}{}",
      names.size(),
      fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
      shown < names.size() ? ", ..." : "");
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code ignored;  // a folder that is not there holds nothing
  for (fs::directory_iterator it(folder, ignored), end; it != end; it.increment(ignored)) {
    entries.push_back(it->path());
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

std::optional<RunId> run_named(const fs::path& entry) {
  const std::string name = entry.filename();
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool is_whole = code == std::errc{} && end == name.data() + name.size();
  return is_whole ? std::optional(RunId{number}) : std::nullopt;
}

/// Of each run with a folder in `parent`, in whose favour `sql` (of ?1) gives no row.
std::vector<std::string> unowned(SqliteConnection& connection,
                                 const fs::path& parent,
                                 std::string_view sql) {
  std::vector<std::string> names;
  for (const fs::path& entry : entries_of(parent)) {
    const std::optional<RunId> run = run_named(entry);
    if (run && !connection.query(sql).with(*run).next()) {
      names.push_back(entry.filename());
    }
  }
  return names;
}

std::vector<StoreFinding> check_models(SqliteConnection& connection, const StoreFolder& folder) {
  std::vector<std::string> missing;
  {
    Query rows = connection.query(R"sql(
      SELECT r.run_id FROM run AS r JOIN sweep AS s ON s.sweep_id = r.sweep_id
      JOIN level AS l ON l.sweep_id = r.sweep_id AND l.level_id = r.level_id
      WHERE r.state = 'succeeded' AND l.learner <> 'fake' AND s.trainer <> 'fake'
        AND s.spec ->> '$.keep.models' = 'all')sql");
    while (rows.next()) {
      std::error_code failure;
      if (!fs::exists(folder.model(RunId{rows.integer(0)}), failure)) {
        missing.push_back(rows.text(0));
      }
    }
  }
  std::vector<StoreFinding> findings;
  if (!missing.empty()) {
    findings.push_back(
        {"models",
         problem,
         fmt::format("runs that succeeded, and whose models are gone: {}", counted(missing)),
         "their numbers are whole; for the models, train them again"});
  }
  const auto left = unowned(connection,
                            folder.root / "models",
                            "SELECT 1 FROM run WHERE run_id = ?1 AND state NOT IN ('failed', "
                            "'cancelled')");
  if (!left.empty()) {
    findings.push_back(
        {"models",
         remark,
         fmt::format("models of runs that did not succeed, or are not there: {}", counted(left)),
         "remove those folders of models/ to have their room"});
  }
  if (findings.empty()) {
    findings.push_back({"models", fine, "those that are to be there are"});
  }
  return findings;
}

std::vector<StoreFinding> check_checkpoints(SqliteConnection& connection,
                                            const StoreFolder& folder) {
  const auto left = unowned(connection,
                            folder.root / "checkpoints",
                            "SELECT 1 FROM run AS r WHERE run_id = ?1 AND (state NOT IN "
                            "('succeeded', 'stopped') OR EXISTS (SELECT 1 FROM duty AS d WHERE "
                            "d.run_id = r.run_id))");
  if (left.empty()) {
    return {{"checkpoints", fine, "no run has any that it needs no more"}};
  }
  return {{"checkpoints",
           remark,
           fmt::format("checkpoints of runs that need none any more: {}", counted(left)),
           "remove those folders of checkpoints/ to have their room"}};
}

bool is_unfinished(const fs::path& file) {
  const std::string extension = file.extension();
  return extension == ".tmp" || extension == ".part" || extension == ".partial";
}

std::vector<StoreFinding> check_leftovers(const StoreFolder& folder) {
  std::vector<std::string> names;
  std::error_code ignored;  // what cannot be looked into is not told
  for (fs::recursive_directory_iterator it(folder.root, ignored), end; it != end;
       it.increment(ignored)) {
    if (is_unfinished(it->path())) {
      names.push_back(it->path().lexically_relative(folder.root));
    }
  }
  if (names.empty()) {
    return {{"leftovers", fine, "no unfinished files"}};
  }
  std::sort(names.begin(), names.end());
  return {{"leftovers",
           remark,
           fmt::format("files that a killed process did not finish: {}", counted(names)),
           "they may be removed while no orchestrator is at work"}};
}

}  // namespace

std::vector<StoreFinding> check_store_files(SqliteConnection& connection,
                                            const StoreFolder& folder,
                                            StoreUse use) {
  std::vector<StoreFinding> findings = check_models(connection, folder);
  for (StoreFinding& finding : check_checkpoints(connection, folder)) {
    findings.push_back(std::move(finding));
  }
  if (use == StoreUse::idle) {
    for (StoreFinding& finding : check_leftovers(folder)) {
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

}  // namespace tarama::db
