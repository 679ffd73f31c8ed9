// A store with a sweep of 10,000 runs that have all succeeded, and millions of steps: what readers
// are measured on.
#pragma once

#include "bench/scratch_folder.hpp"
#include "core/sweep/ids.hpp"

#include <cstdint>
#include <filesystem>

namespace tarama::bench {

inline constexpr std::int64_t trained_levels = 100;
inline constexpr std::int64_t trained_replicates = 100;
inline constexpr std::int64_t trained_runs = trained_levels * trained_replicates;

class TrainedStore {
 public:
  /// `steps`: of all runs together, the same of each. The rows are made by SQL, past the writer.
  /// Throws std::runtime_error.
  explicit TrainedStore(std::int64_t steps);

  [[nodiscard]] std::filesystem::path database() const { return folder_.path() / "tarama.db"; }

  [[nodiscard]] SweepId sweep() const { return sweep_; }

 private:
  ScratchFolder folder_;
  SweepId sweep_;
};

/// Made at the first call with this number and kept to the program's end: 10 million steps fill
/// more than half a gigabyte.
[[nodiscard]] const TrainedStore& trained_store(std::int64_t steps);

}  // namespace tarama::bench
