// How many workers the memory holds: more of them than that end by the kernel's out-of-memory
// killer, or swap for a night.
#pragma once

#include "orchestrator/devices/devices.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tarama::orchestrator {

/// Workers of `worker_bytes` each that `memory_bytes` hold, one at least; nullopt: either is not
/// known (0).
[[nodiscard]] std::optional<std::int64_t> workers_in(std::uint64_t memory_bytes,
                                                     double worker_bytes);

/// How much of what all runs on the place's device share one of a sweep takes, from 0 to 1: on
/// cores of the memory that workers may have, on a GPU one of the places that its sweep makes of
/// it. Sweeps that share workers together take no more than there is.
[[nodiscard]] double share_of_run(const Place& place, const Machine& machine, double worker_bytes);

/// What to say of the places of a sweep whose workers need `worker_bytes` each: that there is less
/// memory than they need together, or that `auto` starts fewer than there are cores. nullopt:
/// nothing.
[[nodiscard]] std::optional<std::string> memory_warning(const Resources& resources,
                                                        const std::vector<Place>& places,
                                                        const Machine& machine,
                                                        double worker_bytes);

}  // namespace tarama::orchestrator
