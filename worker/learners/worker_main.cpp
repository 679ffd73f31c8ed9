// tarama-worker: the agent with all learners that the build has.
#include "worker/agent/worker_program.hpp"
#include "worker/cuda/cuda_trainer.hpp"
#include "worker/learners/learner_table.hpp"
#include "worker/learners/torch_library.hpp"
#include "worker/packed/packed_trainer.hpp"
#include "worker/training/complaint.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using tarama::Result;
using tarama::Trainer;

Result<std::unique_ptr<Trainer>> make_torch(const std::string& device, int threads) {
  const auto library = tarama::load_torch_library();
  if (!library) {
    return library.error();
  }
  return (*library)->make_trainer(device, threads);
}

bool is_cpu(const std::string& device) {
  return device.starts_with("cpu");
}

std::vector<tarama::LearnerMaker> makers_for(const std::string& device, int threads) {
  // The first one predicts.
  std::vector<tarama::LearnerMaker> makers;
  makers.push_back({"packed", [device]() -> Result<std::unique_ptr<Trainer>> {
                      if (is_cpu(device)) {
                        return tarama::make_packed_trainer();
                      }
                      return tarama::make_cuda_trainer();
                    }});
  makers.push_back({"torch", [device, threads] { return make_torch(device, threads); }});
  return makers;
}

Result<std::unique_ptr<Trainer>> make_trainer(const std::string& device, int threads) {
  auto table = std::make_unique<tarama::LearnerTable>(makers_for(device, threads));
  // A GPU that no learner can use must end us here, not every run.
  if (!is_cpu(device)) {
    const auto torch = table->trainer_of("torch");
    if (!torch && !table->trainer_of("packed")) {
      return torch.error();
    }
  }
  return table;
}

/// Loads LibTorch only where it could see a device.
tarama::ProbeInfo probe() {
  tarama::ProbeInfo info;
  std::vector<std::string> on_gpus;
  info.learners.emplace_back("packed");
  if (tarama::has_cuda_driver()) {
    const auto compiler = tarama::cuda_kernel_compiler();
    info.kernel_compiler = compiler ? *compiler : "nothing: " + compiler.error().message;
    info.devices = tarama::cuda_devices_of_driver();
    if (compiler && info.devices > 0) {
      info.packed_fault = tarama::cuda_fault();
      if (!info.packed_fault) {
        on_gpus.emplace_back("packed");
      }
    }
  }
  if (tarama::has_torch_library()) {
#ifdef TARAMA_LIBTORCH_VERSION
    info.libtorch = TARAMA_LIBTORCH_VERSION;
#endif
    std::int64_t devices = 0;
    if (tarama::has_cuda_driver()) {
      const auto library = tarama::load_torch_library();
      if (library) {
        const tarama::LibTorchInfo torch = (*library)->info();
        devices = torch.cuda_devices;
        info.libtorch_cuda = torch.cuda_version;
      } else {
        tarama::complain(library.error().message);
        info.libtorch.reset();
      }
    }
    if (!tarama::has_cuda_driver() || info.libtorch) {
      info.learners.emplace_back("torch");
    }
    if (devices > 0) {
      on_gpus.emplace_back("torch");
    }
  }
  info.can_use_cuda = !on_gpus.empty();
  info.learners_on_gpus = std::move(on_gpus);
  return info;
}

}  // namespace

int main(int argc, char** argv) {
  return tarama::worker_main(argc, argv, {.kind = "torch", .make = make_trainer, .probe = probe});
}
