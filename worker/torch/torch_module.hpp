// What libtarama-torch.so exports: the torch learner as a library of its own, so that a worker
// loads LibTorch (0.4 s, 200 MB) at its first need and not before. Program and library come from
// one build and share its types; `build` shows where they do not.
#pragma once

#include "core/sweep/result.hpp"
#include "worker/torch/torch_trainer.hpp"
#include "worker/training/trainer.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace tarama {

/// Enough to tell a library that another build left behind.
struct TorchModuleBuild {
  std::size_t job_bytes = sizeof(TrainJob);
  std::size_t state_bytes = sizeof(TrainerState);
  std::size_t end_bytes = sizeof(TrainEnd);

  friend bool operator==(const TorchModuleBuild&, const TorchModuleBuild&) = default;
};

struct TorchModule {
  const char* version = TARAMA_VERSION;
  TorchModuleBuild build{};
  Result<std::unique_ptr<Trainer>> (*make_trainer)(const std::string& device,
                                                   int threads) = nullptr;
  LibTorchInfo (*info)() = nullptr;
};

inline constexpr const char* torch_module_file = "libtarama-torch.so";
inline constexpr const char* torch_module_symbol = "tarama_torch_module";

/// The type of the symbol. The table lives as long as the process.
using GetTorchModule = const TorchModule* (*)();

}  // namespace tarama
