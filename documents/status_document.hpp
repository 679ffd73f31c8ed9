// The status document: what an orchestrator answers, and `status`, `watch`, `wait` and the live
// view read. docs/JSON.md describes its JSON; keys that are missing take their defaults.
#pragma once

#include "core/scheduling/scheduler.hpp"
#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"
#include "documents/account_document.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tarama {

struct WorkerStatus {
  WorkerId id;
  std::int64_t pid = 0;
  std::string session;  // its identity, which outlives the process
  std::string device;
  std::string state;  // starting idle busy away stopping
  std::optional<RunId> run;
  std::optional<Attempt> attempt;
  std::optional<SweepId> sweep;
  nlohmann::ordered_json params;  // of the run; null without one
  std::int64_t step = 0;
  std::int64_t steps = 0;  // of the run; 0: a program trains it, whose steps are not planned
  std::vector<std::optional<double>>
      losses;  // the last ones, oldest first; of a program its metric
  std::optional<double> steps_per_second;
  bool is_quarantined = false;            // its device is
  std::optional<TimePoint> last_step_at;  // of the run at hand
};

/// What a GPU does, as its driver tells.
struct GpuStatus {
  std::string name;
  std::int64_t memory_bytes = 0;
  std::optional<std::int64_t> used_bytes;
  std::optional<std::int64_t> busy_percent;
  std::optional<std::int64_t> celsius;
  std::optional<double> watts;
};

/// What workers are on.
struct DeviceStatus {
  std::string device;
  std::string state;  // healthy quarantined due on_trial
  std::int64_t workers = 0;
  std::int64_t runs = 0;                    // at work on it
  std::optional<TimePoint> quarantined_at;  // since when; nullopt: it is in none
  std::string reason;
  std::optional<TimePoint> next_try_at;  // of a quarantined one
  std::optional<RunId> trial;            // the run that tries it
  std::optional<GpuStatus> gpu{};        // nullopt: it is none, or is not there
  /// How many runs it is to have at once, and why, where a sweep leaves that open.
  std::optional<std::int64_t> at_once{};
  std::string sharing{};
};

/// Why runs of a sweep are pending.
struct WaitingStatus {
  std::string reason;
  std::int64_t runs = 0;
  RunId example;
  std::optional<TimePoint> until{};  // nullopt: not for a time

  friend bool operator==(const WaitingStatus&, const WaitingStatus&) = default;
};

struct SweepStatus {
  SweepId sweep;
  std::string name;
  std::string state;  // running paused finished cancelled
  Account account;
  std::vector<WaitingStatus> waiting;
  std::int64_t steps_done = 0;
  std::int64_t steps_planned = 0;
  double elapsed_seconds = 0;
  std::optional<double> seconds_left;
  std::int64_t priority = 0;
  std::string search{};  // what decides about further runs, for a person; empty: nothing does
  std::int64_t runs_to_choose = 0;  // that a search will add yet, if it comes to its end

  /// No run is left to do, nor will be added: everything succeeded, failed or was cancelled.
  [[nodiscard]] bool is_over() const {
    return runs_over(account) == account.planned && search.empty();
  }

  /// Planned, or still to be chosen.
  [[nodiscard]] std::int64_t runs_in_the_end() const { return account.planned + runs_to_choose; }
};

/// A run that ended since the cursor that was asked for.
struct FinishedRun {
  RunId run{};
  SweepId sweep{};
  std::string state{};
  std::optional<std::string> failure_class{};
  std::string message{};
  nlohmann::ordered_json params{};
  std::int64_t seed = 0;
  std::optional<double> metric{};
  std::optional<double> train_seconds{};
  Attempt attempt{};
};

/// A sweep that the orchestrator cannot read: it rests, and all else works.
struct UnreadableStatus {
  SweepId sweep;
  std::string name;
  std::string reason;
};

struct StrangerStatus {
  std::string device;
  std::int64_t pid = 0;
  std::string process;
};

/// The disk of the store.
struct DiskStatus {
  std::int64_t free_bytes = 0;
  std::int64_t min_free_bytes = 0;  // below it nothing is handed out
  bool is_short = false;            // nothing is handed out now
};

/// An `on_end` at work.
struct OnEndStatus {
  SweepId sweep;
  std::int64_t pid = 0;
  double seconds = 0;
};

struct StatusDocument {
  std::optional<std::int64_t> orchestrator_pid;  // nullopt: read from the database alone
  std::string orchestrator_version;
  std::vector<WorkerStatus> workers;
  std::vector<DeviceStatus> devices;
  std::vector<SweepStatus> sweeps;
  std::vector<StrangerStatus> strangers;
  std::vector<UnreadableStatus> unreadable;
  std::vector<OnEndStatus> on_end;
  std::optional<std::string> trouble;        // why no worker can be started
  std::optional<std::string> store_trouble;  // why the store cannot be written at the moment
  std::optional<DiskStatus> disk{};          // nullopt: not looked at
  std::vector<FinishedRun> finished;
  std::optional<std::int64_t> next;  // the cursor to ask with next time; with `finished` alone
};

[[nodiscard]] nlohmann::ordered_json to_json(const StatusDocument& status);

/// Of an orchestrator's reply; `corrupt` where it does not have this form.
[[nodiscard]] Result<StatusDocument> status_from_json(const nlohmann::ordered_json& document);

/// A sweep as the database has it, and one of its runs that is not over.
struct StoredStatus {
  db::SweepInfo sweep;
  std::optional<RunId> example;
};

/// The document that `status --json` prints without an orchestrator: "orchestrator": null, no
/// workers, the accounts as the database has them.
[[nodiscard]] nlohmann::ordered_json status_json_of(const std::vector<StoredStatus>& sweeps);

}  // namespace tarama
