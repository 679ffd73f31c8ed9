// libtarama-torch.so: the table of what it exports, and nothing else.
#include "worker/torch/torch_module.hpp"

extern "C" __attribute__((visibility("default"))) const tarama::TorchModule* tarama_torch_module() {
  static const tarama::TorchModule module{.make_trainer = tarama::make_torch_trainer,
                                          .info = tarama::libtorch_info};
  return &module;
}
