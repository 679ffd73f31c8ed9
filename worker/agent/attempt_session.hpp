// One attempt as a worker hosts it: its job, whether and why it is to end, and its rows on their
// way to the store. Several live beside each other in one worker and share nothing but the stream.
#pragma once

#include "core/sweep/job_spec.hpp"
#include "core/sweep/metric_rows.hpp"
#include "core/sweep/run_state.hpp"
#include "protocol/messages.hpp"
#include "worker/agent/metric_outbox.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

namespace tarama {

/// Rows that an attempt may have sent without a word of their commit: 5 MB of them. With fewer a
/// slow disk would stop the trainer at each sync.
inline constexpr std::size_t unstored_rows_limit = 65536;

class AttemptSession {
 public:
  /// `send` puts a message on its way and does not wait; called under the session's lock, so that
  /// messages leave in the order in which they were made.
  AttemptSession(JobSpec job, std::function<void(protocol::Message)> send);

  [[nodiscard]] const JobSpec& job() const { return job_; }

  // ---- for the attempt's thread ----

  /// Why the attempt is to end now; nullopt: it is not.
  [[nodiscard]] std::optional<StopCause> stop_cause() const;
  /// Announces the attempt; the rows that follow are its rows.
  void started(std::int64_t first_step);
  /// Rows go in batches. Waits while the store is far behind, so that memory stays bounded, but
  /// not once the attempt is to end.
  void send(const StepRow& row);
  void send(const EvalRow& row);
  void send(protocol::Predictions predictions);
  /// Behind all rows of the attempt.
  void finished(const protocol::Finished& finished);

  // ---- for the thread of the stream ----

  /// A cause that was given stays, but that being cancelled outweighs the others.
  void ask_to_stop(StopCause cause);
  void stored(const protocol::MetricsStored& batch);
  /// The rows gathered so far as a batch, full or not.
  void send_pending_rows();

 private:
  template <class Row>
  void add(const Row& row);
  void send_batch();  // with the lock held

  const JobSpec job_;
  const std::function<void(protocol::Message)> send_;

  mutable std::mutex mutex_;  // of all below
  std::condition_variable changed_;
  MetricOutbox outbox_;
  std::optional<StopCause> stop_;
};

}  // namespace tarama
