// How long a worker may be silent, and how long it may take to stop. One place for the numbers
// that scheduler and workers must agree on.
#pragma once

#include <chrono>

namespace tarama {

/// A worker says that it lives this often.
inline constexpr std::chrono::milliseconds beat_interval{5'000};

/// 3 missed beats: one lost packet must not kill a 6-hour run; a dead GPU must free in 15 s.
inline constexpr int missed_beats_allowed = 3;

/// Silent for longer than this, a worker is hung.
inline constexpr std::chrono::milliseconds lease_time = beat_interval * missed_beats_allowed;

/// How long a session that an earlier orchestrator knew, or whose stream broke, may take to come
/// back before its runs are given to others. Workers try every second; a machine under load, or a
/// user who restarts by hand what they depend on, takes some more.
inline constexpr std::chrono::milliseconds return_time{30'000};

/// How long a worker lives on without an orchestrator and without a run: time for a person to see
/// that the orchestrator died and to start it again; no longer, since a GPU's memory is kept from
/// others meanwhile.
inline constexpr std::chrono::milliseconds worker_grace{600'000};

/// From asking an overdue run to stop until its worker is killed: a step of a large model takes up
/// to some seconds and its checkpoint as long; a loop that hangs takes for ever.
inline constexpr std::chrono::milliseconds stop_grace{10'000};

/// The same of a cancelled run: longer than any step that somebody has patience for on a CPU, and
/// than the reading of large data, since the next run needs the worker with what it has loaded.
inline constexpr std::chrono::milliseconds cancel_grace{60'000};

/// The same when the orchestrator ends: a checkpoint of a large model on a slow disk, and no more,
/// since somebody waits for the end. The run goes on from an earlier checkpoint, at no cost.
inline constexpr std::chrono::milliseconds drain_grace{60'000};

}  // namespace tarama
