// The seam to what makes worker processes: children of ours on this machine (local_launcher.hpp),
// others later, and none at all in tests.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "orchestrator/devices/devices.hpp"
#include "orchestrator/workers/child_process.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tarama::orchestrator {

struct LaunchRequest {
  WorkerId worker;
  std::string session;  // the worker's identity, which outlives process and stream
  std::string token;    // a secret: what it proves itself by
  Place place;
};

/// A worker that an earlier orchestrator launched, as the store has it.
struct KnownWorker {
  WorkerId worker;
  std::string session;
  std::int64_t pid = 0;
  std::string process;  // LaunchedWorker::identity of then
};

/// A worker process that was launched. Destroying this ends it.
class LaunchedWorker {
 public:
  virtual ~LaunchedWorker() = default;
  [[nodiscard]] virtual std::int64_t pid() const = 0;
  /// What tells it from another process that gets its number later, for the store.
  [[nodiscard]] virtual std::string identity() const = 0;
  virtual void signal(int number) = 0;
  /// What reads the last lines that it printed, for a person. It may wait for a disk, so it is to
  /// be called as an errand, off the loop; it does not need this worker any more.
  [[nodiscard]] virtual std::function<std::string()> last_words() const = 0;
  /// What it printed is of no more use.
  virtual void forget_output() = 0;
};

/// On the event loop's thread.
class Launcher {
 public:
  using Ended = std::function<void(ProcessEnd)>;

  virtual ~Launcher() = default;
  /// As it stands in the store: "local".
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// `ended` is called once, and never from within this call. Error: it cannot be started at all.
  [[nodiscard]] virtual Result<std::unique_ptr<LaunchedWorker>> launch(const LaunchRequest& request,
                                                                       Ended ended) = 0;
  /// Takes over a worker that an earlier orchestrator launched. `ended` is called once, soon if it
  /// is gone, and never from within this call; how it ended is not known.
  [[nodiscard]] virtual std::unique_ptr<LaunchedWorker> adopt(const KnownWorker& worker,
                                                              Ended ended) = 0;
};

}  // namespace tarama::orchestrator
