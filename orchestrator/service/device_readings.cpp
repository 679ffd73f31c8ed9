// See device_readings.hpp.
#include "orchestrator/service/device_readings.hpp"

#include <cstdint>
#include <utility>

namespace tarama::orchestrator {
namespace {

template <class Number>
std::optional<std::int64_t> as_stored(const std::optional<Number>& number) {
  return number ? std::optional(static_cast<std::int64_t>(*number)) : std::nullopt;
}

}  // namespace

std::vector<db::Write> DeviceReadings::due(const Machine& machine,
                                           std::chrono::milliseconds awake,
                                           TimePoint wall) {
  std::vector<db::Write> rows;
  if (last_ && awake - *last_ < period) {
    return rows;
  }
  last_ = awake;
  for (const Gpu& gpu : machine.gpus.gpus) {
    if (gpu.load == GpuLoad{}) {
      continue;
    }
    db::DeviceReading row{.device = device_of(gpu), .at = wall};
    row.busy_percent = as_stored(gpu.load.busy_percent);
    row.celsius = as_stored(gpu.load.celsius);
    row.watts = gpu.load.watts;
    row.used_bytes = as_stored(gpu.load.used_bytes);
    if (gpu.memory_bytes > 0) {
      row.memory_bytes = static_cast<std::int64_t>(gpu.memory_bytes);
    }
    rows.emplace_back(std::move(row));
  }
  return rows;
}

}  // namespace tarama::orchestrator
