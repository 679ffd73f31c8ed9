// The workers that an orchestrator knows: a session each, with the process that lives it and the
// stream that it speaks through. Starts them where they are wanted, keeps the order of what is said
// to them, and says once of each that it joined and that it is lost. Decides nothing about runs.
#pragma once

#include "core/scheduling/scheduler.hpp"
#include "core/sweep/ids.hpp"
#include "core/sweep/run_state.hpp"
#include "db/run_store.hpp"
#include "orchestrator/devices/devices.hpp"
#include "orchestrator/workers/launcher.hpp"
#include "protocol/messages.hpp"
#include "transport/framed_stream.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarama::orchestrator {

class Errands;

/// Told on the loop's thread. `lost` comes exactly once for each worker that joined or was
/// restored, after its stream has ended and what it left unsaid is taken in.
struct RosterHandlers {
  std::function<void(const WorkerJoined&)> joined;
  std::function<void(WorkerId)> away;  // its stream broke, and its process lives
  std::function<void(const WorkerLost&)> lost;
  /// A session's process has ended: takes in what it could not say, and calls back.
  std::function<void(WorkerId, const std::string& session, std::function<void()> then)> take_in;
  std::function<void()> changed;  // a start failed, or a stopping worker is gone
  std::function<void(const db::PersistSession&)> session;  // a row to keep
  std::function<TimePoint()> wall;                         // for those rows
};

/// away: without a stream, since it broke or since an earlier orchestrator died.
enum class WorkerPhase { starting, joined, away, stopping };

/// Who said Hello.
struct Greeted {
  WorkerId worker;
  bool is_back = false;  // with what it had at hand
};

struct WorkerView {
  WorkerId worker;
  std::string session;
  std::int64_t pid = 0;
  std::string device;
  WorkerPhase phase = WorkerPhase::starting;
  bool takes_any_number = false;  // of attempts at once
};

class Roster {
 public:
  /// `errands` must outlive it.
  Roster(boost::asio::any_io_executor loop,
         Errands& errands,
         std::unique_ptr<Launcher> launcher,
         RosterHandlers handlers);
  ~Roster();  // ends what still runs
  Roster(const Roster&) = delete;
  Roster& operator=(const Roster&) = delete;

  /// Knows the workers of earlier orchestrators, away until they come back; what they had at hand
  /// is `at_hand`. `last`: the highest number that any had. Once, before all else.
  [[nodiscard]] std::vector<RestoredWorker> restore(const std::vector<db::OpenSession>& sessions,
                                                    WorkerId last);

  /// Starts workers until `place` has `count` that live and are not stopping. A device on which
  /// three starts in a row failed is left alone until `forgive`; where workers live on it, it gets
  /// no more of them (`most_on`).
  void ensure(const Place& place, std::int64_t count);
  /// A stream said Hello: nullopt where session or token are not of a worker that we know. A stream
  /// that it had before is closed. From then on the stream's end is told by stream_closed.
  [[nodiscard]] std::optional<Greeted> attach(std::shared_ptr<transport::FramedStream> stream,
                                              const protocol::Hello& hello);
  void stream_closed(WorkerId worker,
                     const std::shared_ptr<transport::FramedStream>& stream,
                     const Error& error);

  /// Hands out an attempt, and from then on knows that the worker holds it.
  void assign(const AssignRun& assignment, const std::string& job);
  /// Asks the worker to end an attempt; one that is not handed out yet, as soon as it is.
  void stop(const StopRun& order);
  /// Nobody waits for the attempt any more.
  void drop(const DropAttempt& order);
  void send(WorkerId worker, const protocol::Message& message);
  /// Whether the attempt was handed to this worker. Of those long past it is forgotten.
  [[nodiscard]] bool has_held(WorkerId worker, RunId run, Attempt attempt) const;

  /// Ends the process at once; `lost` follows with this class and reason.
  void kill(WorkerId worker, FailureClass why, const std::string& message);
  /// Ask all to end; those that have not after a grace are killed.
  void shut_down();
  /// Those alone that are away: nobody waits for them.
  void shut_down_away();
  void kill_all();
  /// So many starts in a row have failed on it that no more are made.
  [[nodiscard]] bool has_given_up(const std::string& device) const;
  /// How many workers it takes: as many as live on it where three starts in a row failed beside
  /// them, since what starts one may lack the memory for another.
  [[nodiscard]] std::int64_t most_on(const std::string& device) const;
  /// Try again where starts failed: somebody submitted, so perhaps somebody mended.
  void forgive();

  [[nodiscard]] std::vector<WorkerView> workers() const;  // living processes, by id
  [[nodiscard]] std::vector<std::int64_t> pids() const;
  /// Why no worker can be started on some device; empty: no trouble.
  [[nodiscard]] std::string trouble() const;

 private:
  struct Worker;

  /// Starts beside workers that have joined.
  struct Extras {
    int failed = 0;         // in a row
    std::int64_t most = 0;  // that lived when the last of them failed
  };

  void start(const Place& place);
  void ask_to_end(Worker& worker);
  void greet(Worker& worker, std::int64_t slots);
  void process_ended(WorkerId id, const ProcessEnd& end);
  void let_go_if_over(WorkerId id);
  void let_go(WorkerId id);
  void note_failed_start(const Worker& worker);
  void note_failed_extra(const std::string& device, const std::string& why, int failures);
  [[nodiscard]] std::int64_t living_on(const std::string& device) const;
  [[nodiscard]] std::int64_t joined_on(const std::string& device) const;
  void limit(Worker& worker, std::chrono::seconds time, const std::string& message);

  boost::asio::any_io_executor loop_;
  Errands& errands_;
  std::unique_ptr<Launcher> launcher_;
  RosterHandlers handlers_;
  std::map<WorkerId, std::unique_ptr<Worker>> workers_;
  std::map<std::string, int> failed_starts_;         // in a row, by device where none has joined
  std::map<std::string, Extras> failed_extras_;      // by device where others have
  std::map<std::string, std::string> start_errors_;  // of the newest whose output is read
  std::int64_t last_id_ = 0;
};

}  // namespace tarama::orchestrator
