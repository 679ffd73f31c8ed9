// tarama-worker: the agent with the LibTorch trainer.
#include "worker/agent/worker_program.hpp"
#include "worker/torch/torch_trainer.hpp"

int main(int argc, char** argv) {
  const tarama::TrainerFactory factory = {
      .kind = "torch", .make = tarama::make_torch_trainer, .probe = [] {
        const tarama::LibTorchInfo info = tarama::libtorch_info();
        return tarama::ProbeInfo{
            .can_use_cuda = info.cuda_devices > 0,
            .libtorch = info.version,
            .devices = info.cuda_devices,
        };
      }};
  return tarama::worker_main(argc, argv, factory);
}
