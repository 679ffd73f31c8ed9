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

namespace tarama {

/// Rows that an attempt may have in memory without a word of their commit: 5 MB of them. With fewer
/// a slow disk would stop the trainer at each sync.
inline constexpr std::size_t unstored_rows_limit = 65536;

/// Where what an attempt cannot send is kept.
struct SpoolPlace {
  std::filesystem::path folder;
  std::string session;  // the worker's
};

class AttemptSession {
 public:
  using Clock = std::chrono::steady_clock;

  /// `has_news` says that there is something to send, and does not wait; called on the attempt's
  /// thread, with the session's lock held.
  AttemptSession(JobSpec job, const SpoolPlace& spools, std::function<void()> has_news);

  [[nodiscard]] const JobSpec& job() const { return job_; }

  // ---- for the attempt's thread ----

  /// Why the attempt is to end now; nullopt: it is not.
  [[nodiscard]] std::optional<StopCause> stop_cause() const;
  /// Announces the attempt; the rows that follow are its rows.
  void started(std::int64_t first_step);
  /// Rows go in batches. Waits while the store is far behind and the disk takes nothing, so that
  /// memory stays bounded, but not once the attempt is to end.
  void send(const StepRow& row);
  void send(const EvalRow& row);
  void send(protocol::Predictions predictions);
  /// Behind all rows of the attempt.
  void finished(const protocol::Finished& finished);
  /// Something went on that leaves no row: a batch of an evaluation, some texts, a file.
  void sign_of_progress();

  // ---- for the thread of the stream ----

  /// A cause that was given stays, but that being cancelled outweighs the others.
  void ask_to_stop(StopCause cause);
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

  const JobSpec job_;
  const std::function<void()> has_news_;

  mutable std::mutex mutex_;  // of all below
  std::condition_variable changed_;
  ReportQueue reports_;
  std::optional<StopCause> stop_;
  std::optional<std::int64_t> first_step_;
  Clock::time_point started_at_;
  bool knows_start_ = false;  // the orchestrator that it comes back to
  bool is_heard_ = true;
  bool has_finished_ = false;
  bool is_dropped_ = false;
  bool is_held_up_ = false;
  std::int64_t signs_ = 0;
  std::int64_t steps_ = 0;
};

}  // namespace tarama
