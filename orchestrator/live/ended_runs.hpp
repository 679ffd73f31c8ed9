// The runs that ended since this orchestrator started, for views that follow: they ask again with
// the number that the last answer gave.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/run_standing.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace tarama::orchestrator {

struct EndedRun {
  RunId run{};
  SweepId sweep{};
  RunStanding standing{};
  std::string params{};  // JSON
  std::int64_t seed = 0;
  std::optional<double> metric{};
  std::optional<double> train_seconds{};
};

/// Only the newest are kept: a view that comes too late misses some lines, and no result.
class EndedRuns {
 public:
  explicit EndedRuns(std::size_t kept) : kept_(kept) {}

  void add(EndedRun run);

  struct Page {
    std::vector<const EndedRun*> runs;  // valid until the next `add`
    std::int64_t next = 0;              // to ask with next time
  };

  /// At most `most` of those numbered `cursor` and later, counted from 0.
  [[nodiscard]] Page since(std::int64_t cursor, std::size_t most) const;

 private:
  std::deque<EndedRun> runs_;
  std::int64_t first_ = 0;  // the number of runs_.front()
  std::size_t kept_;
};

}  // namespace tarama::orchestrator
