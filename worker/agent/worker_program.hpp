// The main function that both worker programs share: `--version`, `--probe`, `predict`, and the
// agent that serves an orchestrator. A program adds its trainer and nothing else.
#pragma once

#include "core/sweep/result.hpp"
#include "worker/training/trainer.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarama {

/// What `--probe` tells the orchestrator before it starts workers.
struct ProbeInfo {
  bool can_use_cuda = false;            // whether the trainer can train on a CUDA device here
  std::optional<std::string> libtorch;  // its version; nullopt: the program has none
  std::optional<int> libtorch_cuda{};   // that it was built with, 12040 for 12.4; 0: without
  std::int64_t devices = 0;             // CUDA devices that the trainer sees
  std::vector<std::string> learners{};  // that the program can train by
  /// Of `learners`, those that can train on the CUDA devices here; nullopt: all of them.
  std::optional<std::vector<std::string>> learners_on_gpus{};
  /// What compiles the packed learner's kernels for a GPU, or why nothing does; where there is a
  /// driver.
  std::optional<std::string> kernel_compiler{};
  /// Why the packed learner trains on none of the CUDA devices here, though all that it needs is
  /// there.
  std::optional<std::string> packed_fault{};
};

/// How a program makes its trainer. Both functions may be slow; neither may throw.
struct TrainerFactory {
  std::string kind;  // "torch" or "fake"
  /// `device` as the orchestrator names it: "cpu", "cpu:0", "cuda:1" (CUDA_VISIBLE_DEVICES has
  /// narrowed the process to that one GPU already). An error ends the program with exit code 2.
  std::function<Result<std::unique_ptr<Trainer>>(const std::string& device, int threads)> make;
  std::function<ProbeInfo()> probe;
};

/// Parses the command line and does as it says. Returns the exit code: 0 done, 1 failure,
/// 2 usage or a wrong script.
[[nodiscard]] int worker_main(int argc, char** argv, const TrainerFactory& factory);

}  // namespace tarama
