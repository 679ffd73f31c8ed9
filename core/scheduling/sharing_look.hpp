// A look at a device that runs share: how much work gets done on it a second while nothing about
// the runs there changes but their steps. Pure; what it measures, DeviceSharing decides by.
#pragma once

#include "core/sweep/ids.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tarama {

/// Long beside a step, the second between two batches of rows, and most evaluations; short beside a
/// night, in which eight numbers of runs are found out in half an hour at the most.
inline constexpr std::chrono::milliseconds usual_look{20'000};

/// A device as it is at some moment.
struct SharedWork {
  std::string kind{};     // what is trained there; see DeviceSharing::measured
  std::int64_t runs = 0;  // at work there
  /// Of each worker that has a run: all the work that it has done since it joined.
  std::map<WorkerId, double> done{};
  /// Of each run there: all that its attempt has done. A worker of a GPU has several.
  std::map<RunId, double> by_run{};
};

class SharingLook {
 public:
  explicit SharingLook(std::chrono::milliseconds length) : length_(length) {}

  /// Told again and again. Work a second of all runs together, where a look is over: for its whole
  /// length the same workers had as many runs of the same kind, and each worker got on, and each
  /// run that was there from beginning to end. It begins when each has done something, so that no
  /// start of a worker counts.
  [[nodiscard]] std::optional<double> at(std::chrono::milliseconds awake, const SharedWork& now);

 private:
  std::chrono::milliseconds length_;
  std::optional<std::chrono::milliseconds> began_at_;  // awake
  SharedWork first_;                                   // then
};

}  // namespace tarama
