// Rows into numbered batches, kept until they are stored.
#include "worker/agent/metric_outbox.hpp"

#include <algorithm>
#include <utility>

namespace tarama {

namespace {

std::size_t rows_in(const protocol::Metrics& metrics) {
  return metrics.steps.size() + metrics.evals.size();
}

}  // namespace

MetricOutbox::MetricOutbox(RunId run, Attempt attempt)
    : pending_{.run = run, .attempt = attempt, .batch = 0, .steps = {}, .evals = {}} {}

std::optional<protocol::Metrics> MetricOutbox::take() {
  if (pending_rows() == 0) {
    return std::nullopt;
  }
  ++pending_.batch;
  protocol::Metrics next{.run = pending_.run,
                         .attempt = pending_.attempt,
                         .batch = pending_.batch,
                         .steps = {},
                         .evals = {}};
  next.steps.swap(pending_.steps);
  next.evals.swap(pending_.evals);
  unstored_rows_ += rows_in(next);
  unstored_.push_back(next);
  return next;
}

void MetricOutbox::stored(const protocol::MetricsStored& batch) {
  const auto found =
      std::find_if(unstored_.begin(), unstored_.end(), [&](const protocol::Metrics& metrics) {
        return metrics.run == batch.run && metrics.attempt == batch.attempt &&
               metrics.batch == batch.batch;
      });
  if (found != unstored_.end()) {
    unstored_rows_ -= rows_in(*found);
    unstored_.erase(found);
  }
}

}  // namespace tarama
