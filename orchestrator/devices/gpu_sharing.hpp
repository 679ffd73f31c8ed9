// How many runs each GPU has at once where the sweep file leaves it open: what is measured there
// and what its memory holds, brought to DeviceSharing's decision. Starts and ends nothing.
#pragma once

#include "core/scheduling/device_sharing.hpp"
#include "core/scheduling/sharing_look.hpp"
#include "core/sweep/ids.hpp"
#include "orchestrator/devices/devices.hpp"
#include "orchestrator/devices/memory_fit.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tarama::orchestrator {

/// A GPU on which runs are whose number at once is left to us.
struct SharedGpu {
  const Gpu& gpu;
  SharedWork work;
  double worker_bytes = 0;  // the estimate of what a run needs there; 0: not known
  HostNeeds needs{};        // of the host
  HostRoom host{};
};

/// What keeps a GPU from having more runs at once.
enum class SharingLimit { gpu_memory, host_cores, host_memory };

struct SharingRoom {
  std::int64_t runs = 1;
  SharingLimit by = SharingLimit::gpu_memory;
};

/// For a person.
struct SharingView {
  std::int64_t runs = 1;  // at once
  bool is_trying = false;
  std::optional<SharingRoom> room{};        // nullopt: not known yet
  std::optional<std::int64_t> most_held{};  // one more has failed
};

/// "2 runs at once (runs_per_device: auto); there is room for 5 in its memory".
[[nodiscard]] std::string words_of(const SharingView& view);

/// On the loop's thread.
class GpuSharing {
 public:
  explicit GpuSharing(std::chrono::milliseconds look = usual_look) : look_(look) {}

  /// How many the device is to have at once, one at least.
  [[nodiscard]] std::int64_t runs_on(const std::string& device) const;
  [[nodiscard]] SharingView view_of(const std::string& device) const;

  /// So many are at work there since an earlier orchestrator.
  void begin_with(const std::string& device, std::int64_t runs);

  /// The worker got so much of the run's work done: tokens times what each costs.
  void worked(WorkerId worker, RunId run, double work);

  [[nodiscard]] double done_by(WorkerId worker) const;
  [[nodiscard]] double done_of(RunId run) const;

  void forget(WorkerId worker) { done_.erase(worker); }

  /// Its attempt is over.
  void forget(RunId run) { done_of_.erase(run); }

  /// Looks at it, as often as may be. Whether it is to have another number now.
  [[nodiscard]] bool look(const SharedGpu& shared, std::chrono::milliseconds awake);

  /// A run ended there for want of memory, or since its device failed, while `runs` were at work.
  /// Whether it is to have another number now.
  [[nodiscard]] bool was_too_many(const std::string& device, std::int64_t runs);

 private:
  struct Known {
    DeviceSharing sharing{};
    SharingLook look;
    std::string kind{};
    double bytes_per_run = 0;  // the most that was seen, of this kind; 0: not seen
    std::optional<SharingRoom> room{};
  };

  Known& known(const std::string& device);

  std::chrono::milliseconds look_;
  std::map<std::string, Known> devices_;
  std::map<WorkerId, double> done_;
  std::map<RunId, double> done_of_;
};

/// The places with as many runs as GPUs are to have at once, where `resources` leave that to us.
void set_shared_runs(std::vector<Place>& places,
                     const Resources& resources,
                     const GpuSharing& sharing);

}  // namespace tarama::orchestrator
