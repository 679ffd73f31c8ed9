// What GPUs do, on its way to the store: a row a minute of each while there is work.
#pragma once

#include "db/run_store.hpp"
#include "orchestrator/devices/devices.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace tarama::orchestrator {

/// When rows are due.
class DeviceReadings {
 public:
  /// A minute shows a night's course; a second would be a store of its own.
  static constexpr std::chrono::milliseconds period = std::chrono::minutes(1);

  /// Of all GPUs of a machine that was just looked at, `awake` and `wall` by the clock; nothing
  /// where the last ones are younger than `period`. GPUs that tell nothing have no row.
  [[nodiscard]] std::vector<db::Write> due(const Machine& machine,
                                           std::chrono::milliseconds awake,
                                           TimePoint wall);

 private:
  std::optional<std::chrono::milliseconds> last_;  // awake
};

}  // namespace tarama::orchestrator
