// The machine's cores and GPUs as they are now: surveyed off the event loop, since NVML may hang
// with its driver.
#pragma once

#include "orchestrator/devices/devices.hpp"
#include "orchestrator/loop/errands.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

namespace tarama::orchestrator {

/// Called on the errands' thread, with the processes of our own workers.
using Survey = std::function<Machine(const std::vector<std::int64_t>& own_pids)>;

/// The survey of this machine. Workers of `store` that an earlier orchestrator left behind are our
/// own as well. Who is a stranger is decided when looking: a worker of ours that has ended since
/// would be one by the list of later.
[[nodiscard]] Survey survey_of_this_machine(bool trainer_has_cuda, std::filesystem::path store);

/// On the loop's thread.
class MachineWatch {
 public:
  MachineWatch(Errands& errands, Survey survey, Machine first);

  [[nodiscard]] const Machine& machine() const { return machine_; }

  /// Looks again, then calls `then`. Asked again meanwhile, it looks once more behind that.
  void look(const std::vector<std::int64_t>& own_pids, std::function<void()> then);

  /// Whether an answer is still to come: a driver that hangs is not asked a second time.
  [[nodiscard]] bool is_looking() const { return looking_ > 0; }

 private:
  Errands& errands_;
  Survey survey_;
  Machine machine_;
  int looking_ = 0;
};

}  // namespace tarama::orchestrator
