// The orchestrator of one store: holds its lock, owns the scheduler, the writer and the local
// worker processes, and answers on control.sock (docs/PROTOCOL.md).
// `tarama serve` is this service alone; `tarama run` is this service in a thread of the CLI.
#pragma once

#include "core/scheduling/lease.hpp"
#include "core/scheduling/sharing_look.hpp"
#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "db/store_folder.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace tarama::orchestrator {

struct ServiceOptions {
  std::filesystem::path store;             // made if it is not there
  std::filesystem::path worker_program;    // tarama-worker or tarama-worker-fake
  std::optional<std::int64_t> min_free{};  // bytes to keep free on the store's disk; nullopt: the
                                           // usual (devices/disk_watch.hpp)
  std::stop_token stop{};                  // `start` gives up, with `timed_out`
  /// How long workers that an earlier orchestrator started may take to come back, before their runs
  /// are given to others.
  std::chrono::milliseconds return_time = tarama::return_time;
  /// How long a worker lives on without an orchestrator and without a run.
  std::chrono::milliseconds worker_grace = tarama::worker_grace;
  /// Tokenized data that nobody used for so long are removed at the start.
  std::chrono::milliseconds cache_age = db::cache_kept;
  /// How long GPUs that runs share are looked at before a rate is known.
  std::chrono::milliseconds sharing_look = usual_look;
};

class Service {
 public:
  /// Takes the store's lock, restores what the database holds, asks the worker program what it
  /// is, and listens; after this, requests on control.sock are answered once `run` runs.
  /// `refused` where another orchestrator has the store.
  [[nodiscard]] static Result<std::unique_ptr<Service>> start(ServiceOptions options);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// The event loop: blocks until a stop is complete. Error: the store cannot be written, or was
  /// taken away.
  [[nodiscard]] Result<void> run();

  // Any thread, and signal handlers' threads:
  /// Hand out nothing more, let the workers checkpoint and end, wait for `on_end`, then return from
  /// `run`.
  void finish();
  /// The same, but an `on_end` that runs is ended, to come again at the next start.
  void drain();
  /// End the workers at once, then return from `run`.
  void stop_now();
  /// The sweep whose `on_end` runs now, as of the last second.
  [[nodiscard]] std::optional<SweepId> sweep_of_on_end() const;

 private:
  struct State;
  explicit Service(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tarama::orchestrator
