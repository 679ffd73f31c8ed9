// The rows of an attempt on their way to the store: gathered into numbered batches, kept until
// the orchestrator says that they are committed. No threads, no clock, no socket.
#pragma once

#include "protocol/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace tarama {

/// A batch is sent when it has this many rows, so that runs with short steps do not wait for the
/// store's transactions (docs/PERFORMANCE.md, `store/rows`).
inline constexpr std::size_t rows_per_batch = 64;

class MetricOutbox {
 public:
  MetricOutbox(RunId run, Attempt attempt);

  void add(const StepRow& row) { pending_.steps.push_back(row); }

  void add(const EvalRow& row) { pending_.evals.push_back(row); }

  [[nodiscard]] bool has_full_batch() const { return pending_rows() >= rows_per_batch; }

  /// The rows gathered so far as the next batch; nullopt if there are none.
  [[nodiscard]] std::optional<protocol::Metrics> take();
  /// Forgets a batch that is committed. One that we do not know changes nothing.
  void stored(const protocol::MetricsStored& batch);

  /// Rows that were taken and are not committed yet.
  [[nodiscard]] std::size_t unstored_rows() const { return unstored_rows_; }

 private:
  [[nodiscard]] std::size_t pending_rows() const {
    return pending_.steps.size() + pending_.evals.size();
  }

  protocol::Metrics pending_;  // its batch is the number of the last one taken; they count from 1
  std::deque<protocol::Metrics> unstored_;
  std::size_t unstored_rows_ = 0;
};

}  // namespace tarama
