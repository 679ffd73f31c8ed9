// An orchestrator inside this process: what `run`, `serve` and `show --verify` start where the
// store has none.
#pragma once

#include "cli/context.hpp"
#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "orchestrator/service.hpp"

#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>

namespace tarama::cli {

/// The worker program: `named` (--worker), else TARAMA_WORKER, else the tarama-worker beside this
/// program. `not_found`, with the remedy, where it cannot be executed.
[[nodiscard]] Result<std::filesystem::path> find_worker_program(const Context& context,
                                                                const std::string& named);

/// A running Service on a thread of its own. Used by one thread.
class LocalService {
 public:
  [[nodiscard]] static Result<std::unique_ptr<LocalService>> start(
      orchestrator::ServiceOptions options);
  /// Drains it, if it still runs, and waits for its end.
  ~LocalService();
  LocalService(const LocalService&) = delete;
  LocalService& operator=(const LocalService&) = delete;

  /// See Service.
  void finish();
  void drain();
  /// Ends all at once, and after some seconds this process as well, with `exit_code`, whatever it
  /// waits for: a second signal must not hang on a disk.
  void stop_now(int exit_code);
  [[nodiscard]] std::optional<SweepId> sweep_of_on_end() const;
  /// Waits at most `limit` for its end.
  [[nodiscard]] bool has_ended(std::chrono::milliseconds limit);
  /// Waits for the end, and says how it was. Once.
  [[nodiscard]] Result<void> outcome();

 private:
  explicit LocalService(std::unique_ptr<orchestrator::Service> service);

  std::unique_ptr<orchestrator::Service> service_;
  std::future<Result<void>> end_;
};

}  // namespace tarama::cli
