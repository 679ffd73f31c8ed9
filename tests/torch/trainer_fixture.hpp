// The trainers by a learner, over the runs of tests/support/small_jobs.hpp.
#pragma once

#include "tests/support/small_jobs.hpp"
#include "worker/packed/packed_trainer.hpp"
#include "worker/torch/torch_trainer.hpp"

#include <memory>
#include <string>
#include <utility>

namespace tarama::test {

/// "torch" or "packed".
[[nodiscard]] inline std::unique_ptr<Trainer> cpu_trainer(const std::string& learner = "torch") {
  return learner == "packed" ? make_packed_trainer()
                             : std::move(make_torch_trainer("cpu:0", 1).value());
}

}  // namespace tarama::test
