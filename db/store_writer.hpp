// The thread that owns the writing connection. One queue carries metrics and Persist effects, so
// that `succeeded` commits behind the run's last batch; what waits is committed as one
// transaction, and then the callbacks are called.
#pragma once

#include "core/result.hpp"
#include "db/run_store.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace tarama::db {

class StoreWriter {
 public:
  /// Called on the writer's thread, in the order of `enqueue`, once the writes are committed or
  /// have failed for good; it must only post elsewhere.
  using Done = std::function<void(Result<void>)>;
  /// Any question or write that needs the store itself (create_sweep, committed), in order with
  /// the rest; called on the writer's thread.
  using Task = std::function<void(RunStore&)>;

  explicit StoreWriter(std::unique_ptr<RunStore> store);
  /// Finishes what is queued.
  ~StoreWriter();
  StoreWriter(const StoreWriter&) = delete;
  StoreWriter& operator=(const StoreWriter&) = delete;

  // Any thread.
  void enqueue(std::vector<Write> writes, Done done);
  void run(Task task);
  [[nodiscard]] std::size_t queued() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tarama::db
