// The thread that owns the writing connection. One queue carries metrics and Persist effects, so
// that `succeeded` commits behind the run's last batch; what waits is committed as one
// transaction, and then the callbacks are called.
#pragma once

#include "core/sweep/result.hpp"
#include "db/run_store.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace tarama::db {

/// How long to wait before writing again what found no room on the disk, or another program's
/// lock: `first`, then twice as long each time, at most `longest`.
struct RetryDelays {
  // A quarter of a second: a lock is let go in moments, and a person who frees room sees it.
  std::chrono::milliseconds first{250};
  // A full disk may stay full for hours; every 10 s costs nothing and loses little time.
  std::chrono::milliseconds longest{10'000};
};

/// Whether the same write may work later: no room on the disk, or another program's lock.
[[nodiscard]] bool may_pass(const Error& error);

class StoreWriter {
 public:
  /// Called on the writer's thread, in the order of `enqueue`, once the writes are committed or
  /// have failed for good; it must only post elsewhere.
  using Done = std::function<void(Result<void>)>;
  /// Any question or write that needs the store itself (create_sweep, committed), in order with
  /// the rest; called on the writer's thread.
  using Task = std::function<void(RunStore&)>;
  using WritingTask = std::function<Result<void>(RunStore&)>;

  explicit StoreWriter(std::unique_ptr<RunStore> store, RetryDelays delays = {});
  /// Finishes what is queued. With the disk still full it tries once more and then tells the
  /// callbacks so.
  ~StoreWriter();
  StoreWriter(const StoreWriter&) = delete;
  StoreWriter& operator=(const StoreWriter&) = delete;

  // Any thread.

  /// `writes` are committed all or none, with others or alone: an error that is theirs reaches
  /// `done` and nobody else's. On a full disk, or another program's lock, everything waits in
  /// the queue until it works; nothing is lost while the process lives.
  void enqueue(std::vector<Write> writes, Done done);
  void run(Task task);
  /// A task that writes: on a full disk, or another program's lock, it is called again until it
  /// works, and what is behind it in the queue waits. One that fails otherwise is over, and so is
  /// one that still waits when the writer is destroyed.
  void run_until_it_works(WritingTask task);
  /// Jobs (writes and tasks) that are not done yet.
  [[nodiscard]] std::size_t queued() const;
  /// Why the queue waits now, for `status`; nullopt: it does not.
  [[nodiscard]] std::optional<Error> trouble() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tarama::db
