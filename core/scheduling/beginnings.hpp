// Runs whose beginning another run of their sweep trains: who waits for whom, and whose state is
// still to be kept. Private to the scheduler's book.
//
// A run waits for the shorter one that is at work on its beginning, and is never the later for it:
// what is left of the beginning is at most what it would have to train by itself. So a device that
// stays idle meanwhile is one on which nothing would be done any sooner. Where the shorter one
// fails, is cancelled or held, the next shorter one counts, and without any the run trains all its
// steps.
#pragma once

#include "core/scheduling/run_order.hpp"
#include "core/sweep/ids.hpp"

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

namespace tarama {
struct RunRecord;
}

namespace tarama::scheduling {

struct Run;

/// What ties a run to others.
struct Kinship {
  RunId beginning;            // the run that it begins as; 0: none
  std::vector<RunId> takers;  // the runs that begin as it
  RunId family;               // one number for all that are tied, by whatever way
  std::int64_t longest = 0;   // steps of the longest run that begins as it, itself included
  double first = 0;           // the rank of the first of them
  bool is_state_kept = true;  // its newest attempt was told to; unknown after a restart
};

/// Kinships, and what follows from the states of those tied. Runs without ties take no room.
class Beginnings {
 public:
  using FindRun = std::function<const Run*(RunId)>;  // of the book

  explicit Beginnings(FindRun find) : find_(std::move(find)) {}

  /// Ties each run to the one that its record names, where that is there: the order of any run of
  /// the sweep may be another one then.
  void tie(const std::vector<RunRecord>& records);

  /// Looks anew at the lengths and ranks of these runs and of those that they are tied to.
  void settle(const std::vector<RunRecord>& records);

  void forget(RunId run) { kin_.erase(run); }

  [[nodiscard]] const Kinship* of(RunId run) const;
  [[nodiscard]] RunOrder order_of(const Run& run) const;

  /// The run whose state it would begin with: of those that it begins as the longest that has
  /// succeeded or will, as far as is known. Null: none.
  [[nodiscard]] const Run* provider_of(const Run& run) const;
  /// It was never handed out, and its provider is still to succeed.
  [[nodiscard]] bool must_wait(const Run& run) const;
  /// The runs whose provider may have changed with the state of this one.
  [[nodiscard]] std::vector<RunId> touched_by(RunId run) const;

  /// Whether a run that is not over has it as its provider.
  [[nodiscard]] bool is_needed(RunId run) const;
  /// It is handed out: whether its state is to be kept.
  bool decide_to_keep(RunId run);
  /// The runs that are over and whose states nobody needs any more, now that these are over.
  [[nodiscard]] std::vector<RunId> unneeded_since(const std::vector<RunId>& ended) const;

 private:
  [[nodiscard]] bool is_counted_on(const Run& run) const;
  [[nodiscard]] std::vector<RunId> firsts_of(const std::vector<RunRecord>& records) const;
  void settle_family(RunId first);

  FindRun find_;
  std::unordered_map<RunId, Kinship> kin_;
};

}  // namespace tarama::scheduling
