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

/// What on the host bounds the runs of each GPU.
enum class HostLimit { cores, memory };

struct HostRoom {
  std::int64_t runs = 1;  // on each GPU, one at least
  HostLimit by = HostLimit::cores;

  friend bool operator==(const HostRoom&, const HostRoom&) = default;
};

/// How many runs each of the machine's GPUs may have for the host's sake, `there` of which are at
/// work on it: a core for every four, since the thread of a run on a GPU mostly waits for it; and
/// what they need of the host's memory, of all that this process may have, and beyond those that
/// are there of what nobody has. Where that is not known, cores count alone.
[[nodiscard]] HostRoom host_room(const Machine& machine,
                                 const HostNeeds& needs,
                                 std::int64_t there);

/// What to say of runs on GPUs that need more of the host's memory together than there is; nullopt:
/// nothing.
[[nodiscard]] std::optional<std::string> host_memory_warning(const std::vector<Place>& places,
                                                             const Machine& machine,
                                                             const HostNeeds& needs);

/// What to say of the places of a sweep whose workers need `worker_bytes` each: that there is less
/// memory than they need together, or that `auto` starts fewer than there are cores. nullopt:
/// nothing.
[[nodiscard]] std::optional<std::string> memory_warning(const Resources& resources,
                                                        const std::vector<Place>& places,
                                                        const Machine& machine,
                                                        double worker_bytes);

}  // namespace tarama::orchestrator
