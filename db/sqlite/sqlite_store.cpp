// The RunStore in SQLite: opening, submits, and the transaction around the writes. What a single
// write does is in sqlite_writes.cpp.
#include "db/sqlite/sqlite_store.hpp"

#include "db/sqlite/curve_rows.hpp"
#include "db/sqlite/database_file.hpp"
#include "db/sqlite/duty_rows.hpp"
#include "db/sqlite/level_rows.hpp"
#include "db/sqlite/refinement_rows.hpp"
#include "db/sqlite/run_rows.hpp"
#include "db/sqlite/rung_rows.hpp"
#include "db/sqlite/schema/newest_schema.hpp"
#include "db/sqlite/schema/schema.hpp"
#include "db/sqlite/session_rows.hpp"
#include "db/sqlite/sqlite_connection.hpp"
#include "db/sqlite/sqlite_rows.hpp"
#include "db/sqlite/sqlite_writes.hpp"
#include "db/sqlite/store_backup.hpp"
#include "db/sqlite/take_over.hpp"
#include "db/sqlite/write_ahead_log.hpp"
#include "db/write_checks.hpp"
#include "failpoints/failpoint.hpp"
#include "files/whole_file.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace tarama::db {

namespace {

void keep_older(const std::filesystem::path& database,
                std::int64_t version,
                const StoreNotice& say) {
  const std::int64_t newest = migrations().back().version;
  const Result<Backup> backup = backup_beside(database, version);
  if (!backup) {
    throw SqliteError(
        in_context(fmt::format("its schema has version {}, and this tarama brings it to {} once a "
                               "copy of before stands beside it, which could not be made, so that "
                               "nothing was changed",
                               version,
                               newest),
                   backup.error()));
  }
  if (say) {
    say(
        fmt::format("brings the store from version {} of its schema to {}; the store of before is "
                    "kept as {} ({} bytes), and may be removed",
                    version,
                    newest,
                    backup->file.string(),
                    backup->bytes));
  }
}

void say_what_is_new(const std::vector<std::string>& changed, const StoreNotice& say) {
  if (!changed.empty() && say) {
    say(
        fmt::format("the store was written by an earlier tarama of the same schema; brought up to "
                    "date: {}",
                    fmt::join(changed, ", ")));
  }
}

/// Those of runs that ended before there was a table of them.
void make_curves(SqliteConnection& connection,
                 const std::vector<std::string>& changed,
                 const StoreNotice& say) {
  const bool is_new = std::ranges::find(changed, "curve") != changed.end();
  const std::int64_t runs = is_new ? count_runs_for_curves(connection) : 0;
  if (runs == 0) {
    return;
  }
  if (say) {
    say(fmt::format("makes the curves of {} runs that ended before, once; it reads all their steps",
                    runs));
  }
  keep_curves_of_all(connection);
}

/// While it lives, commits are synced to the disk, and a lock is waited for: for what a person is
/// told is accepted.
class FullDurability {
 public:
  explicit FullDurability(SqliteConnection& connection) : connection_(connection) {
    connection_.execute("PRAGMA synchronous = FULL");
    connection_.wait_for_locks(long_patience);
  }

  ~FullDurability() {
    connection_.wait_for_locks(usual_patience);
    // Only outside of a transaction can it be changed; it can fail in no other way. Were it to
    // stay FULL, writes would wait for the disk and be no less safe.
    static_cast<void>(as_result([this] { connection_.execute("PRAGMA synchronous = NORMAL"); }));
  }

  FullDurability(const FullDurability&) = delete;
  FullDurability& operator=(const FullDurability&) = delete;

 private:
  SqliteConnection& connection_;
};

/// Room for the index over the run keys of a large sweep, which come in no order: with the cache of
/// always, its pages would be written to the log and read back over and over.
class RoomFor {
 public:
  RoomFor(SqliteConnection& connection, std::size_t runs)
      : connection_(connection), is_large_(runs >= 10'000) {
    if (is_large_) {
      connection_.execute("PRAGMA cache_size = -131072");  // KiB; of a million runs
    }
  }

  ~RoomFor() {
    if (is_large_) {
      // A cache that stays large costs memory alone.
      static_cast<void>(as_result([this] {
        connection_.execute("PRAGMA cache_size = -2000");  // SQLite's own
        connection_.execute("PRAGMA shrink_memory");
      }));
    }
  }

  RoomFor(const RoomFor&) = delete;
  RoomFor& operator=(const RoomFor&) = delete;

 private:
  SqliteConnection& connection_;
  bool is_large_;
};

// What is added is looked up one by one, so that a level more costs the same in a large sweep.
bool has_run_key(SqliteConnection& connection, SweepId sweep, const std::string& key) {
  return connection.query("SELECT 1 FROM run WHERE sweep_id = ?1 AND run_key = ?2")
      .with(sweep, key)
      .next();
}

std::set<LevelId> levels_of(const NewSweep& more) {
  std::set<LevelId> levels;
  for (const LevelRecord& level : more.levels) {
    levels.insert(level.level);
  }
  for (const RunPlan& run : more.runs) {
    levels.insert(run.level);
  }
  return levels;
}

void check_that_run_exists(SqliteConnection& connection, RunId run) {
  if (!connection.query("SELECT 1 FROM run WHERE run_id = ?1").with(run).next()) {
    throw SqliteError(unknown_run(run));
  }
}

class SqliteStore final : public RunStore {
 public:
  SqliteStore(const std::filesystem::path& database,
              const StoreNotice& say,
              std::chrono::milliseconds patience)
      : connection_(database, Access::read_write) {
    connection_.wait_for_locks(patience);
    // Before anything is changed: a database that is not ours stays as it is.
    const std::int64_t version = check_version(connection_, migrations());
    use_wal();
    if (version > 0 && version < migrations().back().version) {
      keep_older(database, version, say);
    }
    migrate(connection_, migrations());
    const auto follow = [&](const std::vector<std::string>& changed) {
      make_curves(connection_, changed, say);
    };
    say_what_is_new(bring_to_newest(connection_, migrations(), follow), say);
    connection_.execute("PRAGMA foreign_keys = ON");
    connection_.execute("PRAGMA synchronous = NORMAL");
    connection_.wait_for_locks(usual_patience);
    log_.emplace(connection_, say);
  }

  Result<StoredSweep> create_sweep(NewSweep sweep) override {
    return as_result([&] {
      throw_if_error(check_new_runs(sweep, {}, [](const std::string&) { return false; }));
      const FullDurability durability(connection_);
      const RoomFor room(connection_, sweep.runs.size());
      Transaction transaction(connection_, Transaction::Kind::write);
      const SweepId id = insert_sweep(connection_, sweep);
      insert_submission(connection_, id, sweep);
      insert_levels(connection_, id, sweep, {});
      StoredSweep stored = insert_runs(connection_, id, std::move(sweep.runs));
      take_over(connection_, id, sweep, stored);
      if (sweep.refinement) {
        stored.refinement = insert_refinement(connection_, id, *sweep.refinement, sweep.at);
      }
      TARAMA_FAILPOINT("store.before_sweep_is_created");
      transaction.commit();
      TARAMA_FAILPOINT("store.sweep_created");
      stored.record.sweep = id;
      stored.record.rules = sweep.rules;
      stored.name = std::move(sweep.name);
      stored.spec = std::move(sweep.spec);
      stored.levels = std::move(sweep.levels);
      return stored;
    });
  }

  Result<StoredSweep> extend_sweep(SweepId sweep, const NewSweep& more) override {
    return as_result([&] {
      const FullDurability durability(connection_);
      Transaction transaction(connection_, Transaction::Kind::write);
      std::optional<StoredSweep> stored = read_sweep(connection_, sweep);
      if (!stored) {
        throw SqliteError(unknown_sweep(sweep));
      }
      const std::map<LevelId, LevelRecord> levels =
          read_levels(connection_, sweep, levels_of(more));
      throw_if_error(check_new_runs(more, levels, [&](const std::string& key) {
        return has_run_key(connection_, sweep, key);
      }));
      insert_submission(connection_, sweep, more);
      insert_levels(connection_, sweep, more, levels);
      StoredSweep added = insert_runs(connection_, sweep, std::vector(more.runs));
      take_over(connection_, sweep, more, added);
      transaction.commit();
      stored->runs = std::move(added.runs);
      stored->record.runs = std::move(added.record.runs);
      stored->levels = more.levels;
      return std::move(*stored);
    });
  }

  Result<void> change_rules(SweepId sweep,
                            const SweepRules& rules,
                            const std::string& spec) override {
    return as_result([&] {
      const FullDurability durability(connection_);
      Transaction transaction(connection_, Transaction::Kind::write);
      update_rules(connection_, sweep, rules, spec);
      transaction.commit();
    });
  }

  Result<RefinementStage> begin_refinement(SweepId sweep,
                                           const Refinement& asked,
                                           TimePoint now) override {
    return as_result([&] {
      const FullDurability durability(connection_);
      Transaction transaction(connection_, Transaction::Kind::write);
      RefinementStage stage = insert_refinement(connection_, sweep, asked, now);
      transaction.commit();
      return stage;
    });
  }

  Result<void> tell_refinement(SweepId sweep, const RefinementNews& news) override {
    return as_result([&] {
      Transaction transaction(connection_, Transaction::Kind::write);
      update_refinement(connection_, sweep, news);
      transaction.commit();
    });
  }

  Result<SearchEvidence> evidence(SweepId sweep, std::optional<LevelId> level) override {
    return as_result([&] {
      const Transaction snapshot(connection_, Transaction::Kind::read);
      return read_evidence(connection_, sweep, level);
    });
  }

  Result<void> write_rungs(const std::vector<RungRow>& rows) override {
    return as_result([&] {
      Transaction transaction(connection_, Transaction::Kind::write);
      insert_rungs(connection_, rows);
      TARAMA_FAILPOINT("store.before_rungs");
      transaction.commit();
    });
  }

  Result<std::vector<RungRow>> rungs(SweepId sweep) override {
    return as_result([&] {
      const Transaction snapshot(connection_, Transaction::Kind::read);
      return read_rungs(connection_, sweep);
    });
  }

  Result<void> write(const std::vector<Write>& writes) override {
    return as_result([&] {
      for (const Write& one : writes) {
        throw_if_error(check_write(one));
      }
      Transaction transaction(connection_, Transaction::Kind::write);
      WriteBatch batch(connection_);
      for (const Write& one : writes) {
        batch.add(one);
      }
      batch.finish();
      TARAMA_FAILPOINT("store.before_commit");
      transaction.commit();
    });
  }

  Result<std::vector<LoadedSweep>> load_open() override {
    return as_result([&] {
      const Transaction snapshot(connection_, Transaction::Kind::read);
      std::vector<LoadedSweep> sweeps;
      for (LoadedSweep& sweep : read_open_sweeps(connection_)) {
        try {
          sweep.stored = load(sweep.sweep, sweep.name);
        } catch (const SqliteError& thrown) {
          if (!is_of_one_sweep(thrown.error())) {
            throw;
          }
          sweep.stored = thrown.error();
        }
        sweeps.push_back(std::move(sweep));
      }
      return sweeps;
    });
  }

  Result<StoredSweep> load_sweep(SweepId sweep) override {
    return as_result([&] {
      const Transaction snapshot(connection_, Transaction::Kind::read);
      return load(sweep, name_of_sweep(connection_, sweep));
    });
  }

  Result<std::string> spec_of(SweepId sweep) override {
    return as_result([&] {
      Query row = connection_.query("SELECT spec FROM sweep WHERE sweep_id = ?1");
      if (!row.with(sweep).next()) {
        throw SqliteError(unknown_sweep(sweep));
      }
      return row.text(0);
    });
  }

  Result<std::optional<SweepId>> find_sweep(const std::string& identity) override {
    return as_result([&]() -> std::optional<SweepId> {
      Query newest = connection_.query("SELECT max(sweep_id) FROM submission WHERE identity = ?1");
      if (!newest.with(identity).next() || newest.is_null(0)) {
        return std::nullopt;
      }
      return SweepId{newest.integer(0)};
    });
  }

  Result<std::vector<OpenSession>> open_sessions() override {
    return as_result([&] {
      const Transaction snapshot(connection_, Transaction::Kind::read);
      return read_open_sessions(connection_);
    });
  }

  Result<WorkerId> last_worker() override {
    return as_result([&] { return last_worker_number(connection_); });
  }

  Result<std::vector<PersistQuarantine>> quarantines() override {
    return as_result([&] {
      Query rows = connection_.query(
          "SELECT device, began_at, reason, failed_tries FROM quarantine WHERE ended_at IS NULL "
          "ORDER BY device, began_at");
      std::vector<PersistQuarantine> open;
      while (rows.next()) {
        open.push_back({.device = rows.text(0),
                        .began_at = TimePoint{rows.integer(1)},
                        .reason = rows.text(2),
                        .failed_tries = rows.integer(3)});
      }
      return open;
    });
  }

  Result<std::vector<Duty>> duties() override {
    return as_result([&] { return read_duties(connection_); });
  }

  Result<std::int64_t> last_duty() override {
    return as_result([&] { return last_duty_number(connection_); });
  }

  Result<Committed> committed(RunId run) override {
    return as_result([&] {
      const Transaction snapshot(connection_, Transaction::Kind::read);
      check_that_run_exists(connection_, run);
      return committed_of(connection_, run);
    });
  }

  Result<std::vector<MetricPoint>> values(RunId run, const std::string& metric) override {
    return as_result([&] {
      const Transaction snapshot(connection_, Transaction::Kind::read);
      Query rows = connection_.query(
          "SELECT step, value FROM metrics WHERE run_id = ?1 AND name = ?2 ORDER BY step");
      rows.with(run, metric);
      std::vector<MetricPoint> values;
      while (rows.next()) {
        // SQLite has no NaN: it is stored as NULL.
        values.push_back({rows.integer(0),
                          rows.maybe_number(1).value_or(std::numeric_limits<double>::quiet_NaN())});
      }
      return values;
    });
  }

 private:
  /// Rows that this tarama cannot make sense of; anything else concerns the whole store.
  static bool is_of_one_sweep(const Error& error) {
    return error.code == Errc::corrupt || error.code == Errc::refused;
  }

  StoredSweep load(SweepId sweep, const std::string& name) {
    try {
      return read_whole_sweep(connection_, sweep);
    } catch (const SqliteError& thrown) {
      throw SqliteError(in_context(fmt::format("sweep {} ('{}')", sweep, name), thrown.error()));
    }
  }

  static void throw_if_error(const Result<void>& result) {
    if (!result) {
      throw SqliteError(result.error());
    }
  }

  void use_wal() {
    Query mode = connection_.query("PRAGMA journal_mode = WAL");
    if (!mode.next() || mode.text(0) != "wal") {
      throw SqliteError({Errc::refused,
                         "SQLite's write-ahead log does not work in this folder (its file system "
                         "cannot share memory between processes); put the store on a local disk "
                         "with --store"});
    }
  }

  SqliteConnection connection_;
  std::optional<WriteAheadLog> log_;  // goes before the connection
};

}  // namespace

Result<std::unique_ptr<RunStore>> open_sqlite_store(const std::filesystem::path& database,
                                                    const StoreNotice& say) {
  const auto open = [&](std::chrono::milliseconds patience) {
    return as_result([&]() -> std::unique_ptr<RunStore> {
      auto opened = std::make_unique<SqliteStore>(database, say, patience);
      static_cast<void>(files::sync_folder(database.parent_path()));  // kept anyway where it cannot
      return opened;
    });
  };
  auto store = open(usual_patience);
  if (!store && store.error().code == Errc::timed_out && say) {
    say(fmt::format("{}; waiting for it", store.error().message));
    store = open(long_patience);
  }
  if (!store) {
    return in_context(fmt::format("opening the store {}", database.string()), store.error());
  }
  return store;
}

}  // namespace tarama::db
