// Memory in front, disk behind: what is on disk is older, and is sent first.
#include "worker/agent/report_queue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

namespace tarama {

namespace {

// Of what is read back from disk so many rows may be on their way: some of the store's
// transactions, and no more memory than an attempt that was never alone takes.
constexpr std::size_t rows_read_ahead = 8192;

std::size_t rows_in(const protocol::Message& report) {
  const auto* metrics = std::get_if<protocol::Metrics>(&report);
  return metrics == nullptr
             ? 0
             : metrics->steps.size() + metrics->evals.size() + metrics->reported.size();
}

}  // namespace

ReportQueue::ReportQueue(std::filesystem::path spools, const protocol::SpoolName& attempt)
    : run_(attempt.run),
      attempt_(attempt.attempt),
      pending_{
          .run = attempt.run, .attempt = attempt.attempt, .batch = 0, .steps = {}, .evals = {}},
      spool_(std::move(spools), attempt) {}

void ReportQueue::close_batch(double train_seconds) {
  if (pending_rows() == 0) {
    return;
  }
  ++pending_.batch;
  protocol::Metrics next{
      .run = run_, .attempt = attempt_, .batch = pending_.batch, .steps = {}, .evals = {}};
  next.steps.swap(pending_.steps);
  next.evals.swap(pending_.evals);
  next.reported.swap(pending_.reported);
  next.train_seconds = train_seconds;
  add(std::move(next));
}

void ReportQueue::add_of(Attempt earlier, std::vector<ReportedRow> rows) {
  close_batch();
  ++pending_.batch;
  add(protocol::Metrics{.run = run_,
                        .attempt = attempt_,
                        .batch = pending_.batch,
                        .steps = {},
                        .evals = {},
                        .reported = std::move(rows),
                        .reported_by = earlier});
}

void ReportQueue::add(protocol::Message report) {
  rows_waiting_ += rows_in(report);
  fresh_.push_back(std::move(report));
}

bool ReportQueue::is_empty() const {
  return pending_rows() == 0 && fresh_.empty() && sent_.empty() && spool_.is_empty();
}

std::optional<protocol::Message> ReportQueue::next_to_send() {
  if (start_ && !is_start_sent_) {
    is_start_sent_ = true;
    return *start_;
  }
  Source source = Source::memory;
  for (auto report = next_report(source); report; report = next_report(source)) {
    if (source == Source::spool) {
      rows_waiting_ += rows_in(*report);
    }
    const std::size_t rows = rows_in(*report);
    if (is_stored_already(*report)) {
      rows_waiting_ -= rows;
      continue;
    }
    rows_waiting_ -= rows - rows_in(*report);
    sent_.push_back({*report, source});
    return report;
  }
  tidy_up();
  return std::nullopt;
}

std::optional<protocol::Message> ReportQueue::next_report(Source& source) {
  if (spool_.has_unread()) {
    if (rows_waiting_ >= rows_read_ahead && !sent_.empty()) {
      return std::nullopt;
    }
    source = Source::spool;
    if (auto report = spool_.next()) {
      return report;
    }
  }
  source = Source::memory;
  if (fresh_.empty()) {
    return std::nullopt;
  }
  protocol::Message report = std::move(fresh_.front());
  fresh_.pop_front();
  return report;
}

/// Drops the rows that the store has; whether nothing is left of the report then.
bool ReportQueue::is_stored_already(protocol::Message& report) const {
  if (std::holds_alternative<protocol::Started>(report)) {
    return true;  // said in another way by now
  }
  auto* metrics = std::get_if<protocol::Metrics>(&report);
  if (metrics == nullptr) {
    return false;
  }
  std::erase_if(metrics->steps, [&](const StepRow& row) { return row.step < stored_steps_; });
  return metrics->steps.empty() && metrics->evals.empty() && metrics->reported.empty();
}

void ReportQueue::stored(const protocol::MetricsStored& batch) {
  const auto found = std::find_if(sent_.begin(), sent_.end(), [&](const Sent& sent) {
    const auto* metrics = std::get_if<protocol::Metrics>(&sent.report);
    return metrics != nullptr && metrics->run == batch.run && metrics->attempt == batch.attempt &&
           metrics->batch == batch.batch;
  });
  if (found != sent_.end()) {
    rows_waiting_ -= rows_in(found->report);
    sent_.erase(found);
    tidy_up();
  }
}

void ReportQueue::tidy_up() {
  const bool is_spool_stored = !spool_.is_empty() && !spool_.has_unread() &&
                               std::none_of(sent_.begin(), sent_.end(), [](const Sent& sent) {
                                 return sent.source == Source::spool;
                               });
  if (is_spool_stored) {
    spool_.remove();
    is_start_spooled_ = false;
  }
}

void ReportQueue::forget() {
  pending_.steps.clear();
  pending_.evals.clear();
  pending_.reported.clear();
  fresh_.clear();
  sent_.clear();
  rows_waiting_ = 0;
  spool_.remove();
}

void ReportQueue::hang_up() {
  for (auto sent = sent_.rbegin(); sent != sent_.rend(); ++sent) {
    if (sent->source == Source::memory) {
      fresh_.push_front(std::move(sent->report));
    } else {
      rows_waiting_ -= rows_in(sent->report);
    }
  }
  sent_.clear();
  spool_.rewind();
}

Result<void> ReportQueue::spool() {
  close_batch();
  if (start_ && !is_start_spooled_ && !fresh_.empty()) {
    // Whoever reads it without us must know from which step on its rows count.
    if (auto done = spool_.append(*start_); !done) {
      return done;
    }
    is_start_spooled_ = true;
  }
  while (!fresh_.empty()) {
    if (auto done = spool_.append(fresh_.front()); !done) {
      return done;
    }
    rows_waiting_ -= rows_in(fresh_.front());
    fresh_.pop_front();
  }
  return {};
}

void ReportQueue::resume(std::int64_t steps, bool knows_start) {
  stored_steps_ = steps;
  is_start_sent_ = knows_start;
}

}  // namespace tarama
