// Waiting for a sweep's end, with progress: what `run`, `watch` and `wait` share. Polls the
// orchestrator five times a second, draws the live view on a terminal, else a line per run.
#pragma once

#include "cli/context.hpp"
#include "cli/interrupts.hpp"
#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"
#include "documents/status_document.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace tarama::cli {

enum class Progress { shown, hidden };

struct AwaitRequest {
  std::optional<SweepId> sweep;  // nullopt: every sweep that is not over
  Progress progress = Progress::shown;
  std::optional<std::chrono::milliseconds> limit;
  /// How long an orchestrator that has answered may be away, until it or another one answers.
  std::chrono::milliseconds patience{30'000};
  std::int64_t since = 0;                               // cursor of finished runs to begin at
  std::function<void(const FinishedRun&)> on_finished;  // may be empty
};

enum class AwaitEnd { over, interrupted, timed_out };

/// Blocks until the sweep is over, by the orchestrator's word or, where it has gone meanwhile, by
/// the database; a signal (one that came before counts); or the limit. `refused`: no orchestrator,
/// or it went away and none has come. `io`: no worker lives and none can be started.
[[nodiscard]] Result<AwaitEnd> await_sweep(const Context& context,
                                           const AwaitRequest& request,
                                           Interrupts& interrupts);

/// The cursor behind the runs that have ended by now.
[[nodiscard]] Result<std::int64_t> finished_cursor(const Context& context);

/// Waits until the database shows the sweep as over: the orchestrator's word comes a moment before
/// its last commit. `timed_out` after some seconds.
[[nodiscard]] Result<void> await_commit(const db::ReadStore& store, SweepId sweep);

}  // namespace tarama::cli
