// One attempt as a worker hosts it: its job, whether and why it is to end, how far it is, and its
// reports on their way to the store. Several live beside each other in one worker and share nothing
// but the stream.
#pragma once

#include "core/sweep/job_spec.hpp"
#include "core/sweep/metric_rows.hpp"
#include "core/sweep/result.hpp"
#include "core/sweep/run_state.hpp"
#include "protocol/messages.hpp"
#include "worker/agent/report_queue.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tarama {

/// Rows that an attempt may have in memory without a word of their commit: 5 MB of them. With fewer
/// a slow disk would stop the trainer at each sync.
inline constexpr std::size_t unstored_rows_limit = 65536;

/// Where what an attempt cannot send is kept.
struct SpoolPlace {
  std::filesystem::path folder;
  std::string session;  // the worker's
};

/// Of a clock that does not know whether the process slept.
[[nodiscard]] std::chrono::nanoseconds steady_time();

/// What a time limit may be passed by before a run that has got through all the same has failed.
inline constexpr std::chrono::milliseconds time_limit_tolerance{10};

class AttemptSession {
 public:
  /// `has_news` says that there is something to send, and does not wait; called on the attempt's
  /// thread, with the session's lock held.
  /// `awake`: time that this process has been awake, on any thread.
  AttemptSession(JobSpec job,
                 const SpoolPlace& spools,
                 std::function<void()> has_news,
                 std::function<std::chrono::nanoseconds()> awake = steady_time);

  [[nodiscard]] const JobSpec& job() const { return job_; }

  // ---- for the attempt's thread ----

  /// Why the attempt is to end now, its time limit included; nullopt: it is not.
  [[nodiscard]] std::optional<StopCause> stop_cause() const;
  /// Announces the attempt, whose time runs from here; the rows that follow are its rows. `from`:
  /// another run's state that it goes on from.
  void started(std::int64_t first_step, const std::optional<Beginning>& from = std::nullopt);
  /// Rows go in batches. Waits while the store is far behind and the disk takes nothing, so that
  /// memory stays bounded, but not once the attempt is to end.
  void send(const StepRow& row);
  void send(const EvalRow& row);
  void send(const ReportedRow& row);
  void send(protocol::Predictions predictions);
  /// What an earlier attempt of the run had reported, and may not have told; it stays that one's.
  void send_of(Attempt earlier, std::vector<ReportedRow> rows);
  /// Whether all rows so far are committed, or on disk for whoever reads them there. Waits for
  /// that, but not beyond the limit.
  [[nodiscard]] bool wait_until_kept(std::chrono::milliseconds limit);
  /// Behind all rows of the attempt.
  void finished(const protocol::Finished& finished);
  /// Something went on that leaves no row: a batch of an evaluation, some texts, a file.
  void sign_of_progress();

  /// Waits for room on the disk, which is no training and no hang. False: the attempt is to end
  /// now.
  [[nodiscard]] bool wait_for_room(std::chrono::milliseconds pause);

  /// Since it was announced, awake, without what it waited for the disk; 0 before.
  [[nodiscard]] std::chrono::nanoseconds trained() const;
  /// It has trained for longer than it may, by more than what telling the time costs.
  [[nodiscard]] bool is_overdue() const;

  // ---- for the thread of the stream ----

  /// A cause that was given stays, but that being cancelled outweighs the others.
  void ask_to_stop(StopCause cause);
  /// nullopt: none.
  void set_time_limit(std::optional<std::chrono::milliseconds> limit);
  void stored(const protocol::MetricsStored& batch);
  /// The end is stored: nothing is left to be said.
  void end_stored();
  /// Nobody waits for it: it is to end, and to say nothing more.
  void drop();
  /// Rows gathered so far go with the next reports, full batch or not.
  void close_batch();
  /// The next report for the stream; nullopt: none, or nobody hears it.
  [[nodiscard]] std::optional<protocol::Message> next_to_send();
  /// The stream is gone. From here on reports are for `spool`, until `adopted`.
  void hang_up();
  /// Takes what waits to disk, if nobody hears it. Error: it does not go there, and stays in
  /// memory.
  [[nodiscard]] Result<void> spool();
  /// As it is told to an orchestrator that it comes back to.
  [[nodiscard]] protocol::AttemptAtHand at_hand();
  /// The orchestrator knows it, and has the rows of the steps below `steps`.
  void adopted(std::int64_t steps);

  /// Waiting for the store is no hang, and looks like progress.
  [[nodiscard]] protocol::AttemptProgress progress();
  /// The trainer waits until the store, or the disk, takes something.
  [[nodiscard]] bool is_held_up() const;
  /// Its thread has come to the end.
  [[nodiscard]] bool has_finished() const;
  /// ... and the store knows, or nobody wants to.
  [[nodiscard]] bool is_over() const;

 private:
  template <class Row>
  void add(const Row& row);
  void close_the_batch();  // with the lock held, as the next ones
  void wait_for_the_store(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] std::chrono::nanoseconds trained_so_far() const;
  void look_at_the_time() const;
  void begin_to_wait();
  void end_to_wait();

  const JobSpec job_;
  const std::function<void()> has_news_;
  const std::function<std::chrono::nanoseconds()> awake_;

  mutable std::mutex mutex_;  // of all below
  std::condition_variable changed_;
  ReportQueue reports_;
  mutable std::optional<StopCause> stop_;
  std::optional<std::chrono::milliseconds> time_limit_;
  std::optional<std::chrono::nanoseconds> began_at_;  // awake, as the next two
  std::chrono::nanoseconds waited_{};                 // for the disk, until now
  std::chrono::nanoseconds waits_since_{};            // while it is held up
  std::optional<protocol::Started> start_;
  bool knows_start_ = false;  // the orchestrator that it comes back to
  bool is_heard_ = true;
  bool has_finished_ = false;
  bool is_dropped_ = false;
  bool is_held_up_ = false;
  std::int64_t signs_ = 0;
  std::int64_t steps_ = 0;
  std::int64_t reported_step_ = -1;  // the highest; of a program
};

}  // namespace tarama
