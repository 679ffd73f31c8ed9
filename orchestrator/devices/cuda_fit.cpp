// See cuda_fit.hpp. The versions are of NVIDIA's compatibility tables.
#include "orchestrator/devices/cuda_fit.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace tarama::orchestrator {
namespace {

int major_of(CudaVersion version) {
  return version / 1000;
}

std::string text_of(CudaVersion version) {
  return fmt::format("{}.{}", major_of(version), version % 1000 / 10);
}

std::string text_of(const ComputeCapability& capability) {
  return fmt::format("{}.{}", capability.major, capability.minor);
}

/// The first driver that serves a CUDA of that number; within it, older drivers serve newer ones.
std::string driver_for(int major) {
  return major >= 13 ? "580" : "525";
}

/// What code of this CUDA can be for.
struct Generations {
  ComputeCapability oldest;
  ComputeCapability newest;
};

Generations generations_of(CudaVersion version) {
  const ComputeCapability oldest =
      major_of(version) >= 13 ? ComputeCapability{7, 5} : ComputeCapability{5, 0};
  // Before 12.8 there were none beyond Hopper.
  return {oldest, version >= 12080 ? ComputeCapability{99, 0} : ComputeCapability{9, 0}};
}

void add_misfit_of_driver(const CudaStack& stack,
                          const std::string& whose,
                          CudaVersion version,
                          const std::string& other,
                          std::vector<Misfit>& misfits) {
  if (!stack.driver_serves || major_of(version) <= major_of(*stack.driver_serves)) {
    return;
  }
  misfits.push_back({fmt::format("{} is of CUDA {}, but the driver {} serves CUDA {} at most",
                                 whose,
                                 text_of(version),
                                 stack.driver,
                                 text_of(*stack.driver_serves)),
                     fmt::format("install a driver {} or newer, or {} of CUDA {}",
                                 driver_for(major_of(version)),
                                 other,
                                 major_of(*stack.driver_serves))});
}

void add_misfits_of_gpus(const CudaStack& stack,
                         const std::string& whose,
                         CudaVersion version,
                         const std::string& other,
                         std::vector<Misfit>& misfits) {
  const Generations known = generations_of(version);
  for (const ComputeCapability& gpu : stack.gpus) {
    if (gpu < known.oldest || gpu > known.newest) {
      const char* const needed = gpu < known.oldest ? "12" : "12.8 or newer";
      misfits.push_back({fmt::format("{} is of CUDA {}, which has no code for a GPU of compute "
                                     "capability {}",
                                     whose,
                                     text_of(version),
                                     text_of(gpu)),
                         fmt::format("{} of CUDA {}", other, needed)});
      return;
    }
  }
}

void add_misfit_of_packed(const CudaStack& stack, std::vector<Misfit>& misfits) {
  const auto old = std::ranges::find_if(
      stack.gpus, [](const auto& gpu) { return gpu < packed_gpu_limits.least; });
  if (old != stack.gpus.end()) {
    misfits.push_back(
        {fmt::format("a GPU is of compute capability {}; the packed learner needs {} and leaves it "
                     "to the torch learner",
                     text_of(*old),
                     text_of(packed_gpu_limits.least)),
         "name training.learner: torch where that GPU is to train"});
  }
}

}  // namespace

std::vector<Misfit> misfits_of(const CudaStack& stack) {
  const char* const other_torch = "build with a LibTorch (TARAMA_TORCH_INDEX)";
  const char* const other_nvrtc = "name an NVRTC (TARAMA_NVRTC)";
  std::vector<Misfit> misfits;
  const std::string torch = "LibTorch " + stack.libtorch;
  if (stack.libtorch_of == 0) {
    misfits.push_back(
        {torch + " was built without CUDA: the torch learner cannot use the GPUs",
         stack.driver_serves
             ? fmt::format("{} of CUDA {}", other_torch, major_of(*stack.driver_serves))
             : fmt::format("{} of CUDA", other_torch)});
  } else if (stack.libtorch_of) {
    add_misfit_of_driver(stack, torch, *stack.libtorch_of, other_torch, misfits);
    add_misfits_of_gpus(stack, torch, *stack.libtorch_of, other_torch, misfits);
  }
  if (const auto version = version_of_compiler(stack.kernel_compiler)) {
    add_misfit_of_driver(stack, stack.kernel_compiler, *version, other_nvrtc, misfits);
    add_misfits_of_gpus(stack, stack.kernel_compiler, *version, other_nvrtc, misfits);
  }
  add_misfit_of_packed(stack, misfits);
  return misfits;
}

std::string words_of(const CudaStack& stack) {
  std::vector<std::string> parts = {"driver " + stack.driver};
  if (stack.driver_serves) {
    parts.back() += " serves CUDA " + text_of(*stack.driver_serves);
  }
  if (stack.libtorch_of) {
    parts.push_back(fmt::format(
        "LibTorch {} is {}",
        stack.libtorch,
        *stack.libtorch_of == 0 ? "without CUDA" : "of CUDA " + text_of(*stack.libtorch_of)));
  }
  if (!stack.kernel_compiler.empty()) {
    parts.push_back(stack.kernel_compiler);
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::optional<CudaVersion> version_of_compiler(std::string_view words) {
  constexpr std::string_view beginning = "NVRTC ";
  if (!words.starts_with(beginning)) {
    return std::nullopt;
  }
  words.remove_prefix(beginning.size());
  const std::size_t point = words.find('.');
  int major = 0;
  int minor = 0;
  if (point == std::string_view::npos ||
      std::from_chars(words.data(), words.data() + point, major).ptr != words.data() + point ||
      std::from_chars(words.data() + point + 1, words.data() + words.size(), minor).ec !=
          std::errc{} ||
      major < 1 || major > 999 || minor < 0 || minor > 99) {
    return std::nullopt;
  }
  return major * 1000 + minor * 10;
}

}  // namespace tarama::orchestrator
