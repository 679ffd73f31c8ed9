// Surveys as errands.
#include "orchestrator/devices/machine_watch.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace tarama::orchestrator {

Survey survey_of_this_machine(bool trainer_has_cuda, std::filesystem::path store) {
  return [trainer_has_cuda, store = std::move(store)](const std::vector<std::int64_t>& own_pids) {
    Machine machine = survey_machine(trainer_has_cuda);
    for (Gpu& gpu : machine.gpus.gpus) {
      std::erase_if(gpu.processes, [&](const GpuProcess& process) {
        return std::find(own_pids.begin(), own_pids.end(), process.pid) != own_pids.end() ||
               is_worker_of(process.pid, store);
      });
    }
    return machine;
  };
}

MachineWatch::MachineWatch(Errands& errands, Survey survey, Machine first)
    : errands_(errands), survey_(std::move(survey)), machine_(std::move(first)) {}

void MachineWatch::look(const std::vector<std::int64_t>& own_pids, std::function<void()> then) {
  ++looking_;
  auto seen = std::make_shared<Machine>();
  errands_.run([survey = survey_, seen, own_pids] { *seen = survey(own_pids); },
               [this, seen, then = std::move(then)] {
                 --looking_;
                 machine_ = std::move(*seen);
                 then();
               });
}

}  // namespace tarama::orchestrator
