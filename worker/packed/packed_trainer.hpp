// The trainer by the packed learner: on one thread of a CPU, without LibTorch. Needs fmt and
// tarama_numerics alone.
#pragma once

#include "worker/training/trainer.hpp"

#include <memory>
#include <string>

namespace tarama {

[[nodiscard]] std::unique_ptr<Trainer> make_packed_trainer();

/// The vector unit that its kernels use on this processor ("avx512", "avx2", "portable"): part of
/// what a run's bits depend on.
[[nodiscard]] std::string packed_kernels();

}  // namespace tarama
