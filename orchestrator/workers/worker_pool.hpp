// The local worker processes of one orchestrator: starts them where they are wanted, knows their
// streams, and says once of each that it joined and that it is lost. Decides nothing about runs.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/run_state.hpp"
#include "orchestrator/devices/devices.hpp"
#include "protocol/messages.hpp"
#include "transport/framed_stream.hpp"

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarama::orchestrator {

/// Told on the io_context's thread. `lost` comes exactly once for each worker that joined, after
/// its stream has ended.
struct WorkerHandlers {
  std::function<void(WorkerId, const std::string& device)> joined;
  std::function<void(WorkerId, FailureClass, const std::string& why)> lost;
  std::function<void()> changed;  // a start failed, or a stopping worker is gone
};

struct WorkerProgram {
  std::filesystem::path program;
  std::filesystem::path store;
};

enum class WorkerPhase { starting, joined, stopping };

struct WorkerView {
  WorkerId worker;
  std::int64_t pid = 0;
  std::string device;
  WorkerPhase phase = WorkerPhase::starting;
};

class WorkerPool {
 public:
  WorkerPool(boost::asio::io_context& context, WorkerProgram program, WorkerHandlers handlers);
  ~WorkerPool();  // kills what still runs
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Starts workers until `place` has `count` that live and are not stopping. A device on which
  /// three starts in a row failed is left alone until `forgive`.
  void ensure(const Place& place, std::int64_t count);
  /// A stream said Hello: false where token or id are not of a process that we started. From
  /// then on the stream's end is told by stream_closed.
  [[nodiscard]] bool attach(std::shared_ptr<transport::FramedStream> stream,
                            const protocol::Hello& hello);
  void stream_closed(WorkerId worker, const Error& error);
  void send(WorkerId worker, const protocol::Message& message);
  /// SIGKILL; `lost` follows with this class and reason.
  void kill(WorkerId worker, FailureClass why, const std::string& message);
  /// Ask all to end; those that have not after a grace are killed.
  void shut_down();
  void kill_all();
  /// Try again where starts failed: somebody submitted, so perhaps somebody mended.
  void forgive();

  [[nodiscard]] std::vector<WorkerView> workers() const;  // living processes, by id
  [[nodiscard]] std::vector<std::int64_t> pids() const;
  /// Why no worker can be started on some device; empty: no trouble.
  [[nodiscard]] std::string trouble() const;

 private:
  struct Worker;
  void start(const Place& place);
  void process_ended(WorkerId id, int code, int signal);
  void settle(WorkerId id);
  void note_failed_start(const Worker& worker);

  boost::asio::io_context& context_;
  WorkerProgram program_;
  WorkerHandlers handlers_;
  std::map<WorkerId, std::unique_ptr<Worker>> workers_;
  std::map<std::string, int> failed_starts_;  // in a row, by device
  std::map<std::string, std::string> start_errors_;
  std::int64_t last_id_ = 0;
};

}  // namespace tarama::orchestrator
