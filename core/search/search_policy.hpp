// Which runs shall exist: the seam of search methods. A method says what a sweep begins with; told
// how runs go, it answers what to add, what to stop, and when it is done. What it answers becomes
// rows; after a restart it is told again what the rows say. Pure: no clock, no store.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "core/sweep/run_spec.hpp"
#include "core/sweep/run_state.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace tarama {

struct SearchAnswer {
  std::vector<Level> levels;     // new ones; `runs` may be of older ones as well
  std::vector<PlannedRun> runs;  // to be added
  std::vector<RunId> stop;       // what they have shown is enough
  bool is_done = false;          // nothing will be added any more

  friend bool operator==(const SearchAnswer&, const SearchAnswer&) = default;
};

/// A run's evaluation after an epoch, by the sweep's metric.
struct SearchReport {
  RunId run;
  LevelId level;
  std::int64_t epoch = 1;
  double value = 0;
};

struct SearchEnd {
  RunId run;
  LevelId level;
  RunState state = RunState::succeeded;
  std::optional<double> value;  // the run's metric; of `succeeded` and `stopped`
};

class SearchPolicy {
 public:
  virtual ~SearchPolicy() = default;
  [[nodiscard]] virtual SearchAnswer begin() = 0;
  [[nodiscard]] virtual SearchAnswer report(const SearchReport& report) = 0;
  [[nodiscard]] virtual SearchAnswer end(const SearchEnd& end) = 0;
};

/// The method that the spec asks for. `invalid_argument` where its axes hold what no level can be
/// made of.
[[nodiscard]] Result<std::unique_ptr<SearchPolicy>> make_search_policy(const SweepSpec& spec);

}  // namespace tarama
