// The sweeps that this orchestrator has open, and those that it cannot read.
#pragma once

#include "core/sweep/ids.hpp"
#include "orchestrator/sweeps/open_sweep.hpp"

#include <map>
#include <optional>
#include <string>
#include <unordered_map>

namespace tarama::orchestrator {

/// A sweep that this version cannot read: it stops alone, with a sentence.
struct UnreadableSweep {
  std::string name;
  std::string reason;
};

/// A run that it names belongs to exactly one of its sweeps; a sweep is open or unreadable, never
/// both.
class Catalog {
 public:
  /// Takes the sweep's rows. Where they make no sweep, it becomes unreadable, and the reason is
  /// the answer.
  [[nodiscard]] Result<void> open(const db::StoredSweep& stored);
  [[nodiscard]] Result<void> extend(const db::StoredSweep& added);
  void set_unreadable(SweepId sweep, const std::string& name, const std::string& reason);
  /// Lets a sweep go, with its runs.
  void close(SweepId sweep);

  [[nodiscard]] OpenSweep* find(SweepId sweep);  // nullptr: not open
  [[nodiscard]] const OpenSweep* find(SweepId sweep) const;
  [[nodiscard]] std::optional<SweepId> sweep_of(RunId run) const;
  /// The sweep of a run that is known to be in one.
  [[nodiscard]] const OpenSweep& holder_of(RunId run) const;

  [[nodiscard]] const std::map<SweepId, OpenSweep>& sweeps() const { return sweeps_; }

  [[nodiscard]] const std::map<SweepId, UnreadableSweep>& unreadable() const { return unreadable_; }

 private:
  void name_runs(SweepId sweep, const db::StoredSweep& stored);

  std::map<SweepId, OpenSweep> sweeps_;
  std::map<SweepId, UnreadableSweep> unreadable_;
  std::unordered_map<RunId, SweepId> sweep_by_run_;
};

}  // namespace tarama::orchestrator
