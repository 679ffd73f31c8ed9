// What an attempt reports, on its way to the store: rows gathered into numbered batches, then its
// predictions and its end, kept until the orchestrator says that they are committed, and on disk
// while there is none. No threads, no clock, no socket.
#pragma once

#include "core/sweep/result.hpp"
#include "protocol/messages.hpp"
#include "worker/agent/spool.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tarama {

/// A batch is sent when it has this many rows, so that runs with short steps do not wait for the
/// store's transactions (docs/PERFORMANCE.md, `store/rows`).
inline constexpr std::size_t rows_per_batch = 64;

class ReportQueue {
 public:
  /// `spools`: the folder for what cannot be sent.
  ReportQueue(std::filesystem::path spools, const protocol::SpoolName& attempt);

  // ---- reports
  // -----------------------------------------------------------------------------------

  void started(const protocol::Started& start) { start_ = start; }

  void add(const StepRow& row) { pending_.steps.push_back(row); }

  void add(const EvalRow& row) { pending_.evals.push_back(row); }

  void add(const ReportedRow& row) { pending_.reported.push_back(row); }

  [[nodiscard]] bool has_full_batch() const { return pending_rows() >= rows_per_batch; }

  /// The rows gathered so far become a report. `train_seconds`: of the attempt so far.
  void close_batch(double train_seconds = 0);
  /// What an earlier attempt had reported, as a report of its own; it stays that one's.
  void add_of(Attempt earlier, std::vector<ReportedRow> rows);
  /// Predictions, or the end. Behind all rows so far.
  void add(protocol::Message report);

  /// Rows in memory that are not committed yet.
  [[nodiscard]] std::size_t rows_in_memory() const { return pending_rows() + rows_waiting_; }

  /// Nothing is left to be stored.
  [[nodiscard]] bool is_empty() const;

  // ---- while an orchestrator listens
  // -------------------------------------------------------------

  /// The next report to be sent; each once, in order. nullopt: none now.
  [[nodiscard]] std::optional<protocol::Message> next_to_send();
  /// Forgets a batch that is committed. One that we do not know changes nothing.
  void stored(const protocol::MetricsStored& batch);
  /// The end is committed, or nobody wants to know: forgets everything, the disk included.
  void forget();

  // ---- while none does
  // ---------------------------------------------------------------------------

  /// What was sent and not acknowledged is to be sent again.
  void hang_up();
  /// Takes what is in memory to disk. Error: what could not be written stays in memory.
  [[nodiscard]] Result<void> spool();
  /// Somebody listens again, and has the rows of the steps below `steps`. `knows_start`: that the
  /// attempt started is known.
  void resume(std::int64_t steps, bool knows_start);

 private:
  enum class Source { memory, spool };

  struct Sent {
    protocol::Message report;
    Source source = Source::memory;
  };

  [[nodiscard]] std::size_t pending_rows() const {
    return pending_.steps.size() + pending_.evals.size() + pending_.reported.size();
  }

  [[nodiscard]] std::optional<protocol::Message> next_report(Source& source);
  [[nodiscard]] bool is_stored_already(protocol::Message& report) const;
  void tidy_up();

  RunId run_;
  Attempt attempt_;
  std::optional<protocol::Started> start_;
  bool is_start_sent_ = false;
  std::int64_t stored_steps_ = 0;        // rows below are stored
  protocol::Metrics pending_;            // its batch is the number of the last one closed
  std::deque<protocol::Message> fresh_;  // closed, not sent
  std::deque<Sent> sent_;                // not acknowledged
  std::size_t rows_waiting_ = 0;         // in fresh_ and sent_
  Spool spool_;                          // older than fresh_
  bool is_start_spooled_ = false;
};

}  // namespace tarama
