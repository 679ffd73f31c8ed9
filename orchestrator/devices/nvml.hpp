// NVIDIA's management library, opened by dlopen: which GPUs there are and who works on them.
// A machine without NVIDIA is an ordinary machine: no GPUs, no error, no word.
#pragma once

#include "core/sweep/gpu_needs.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tarama::orchestrator {

struct GpuProcess {
  std::int64_t pid = 0;
  std::string name;  // from /proc; "?" where it cannot be read

  friend bool operator==(const GpuProcess&, const GpuProcess&) = default;
};

/// What a GPU does now; of what its driver does not tell nothing is here.
struct GpuLoad {
  std::optional<unsigned> busy_percent{};  // of the last second or less
  std::optional<unsigned> celsius{};
  std::optional<double> watts{};
  std::optional<std::uint64_t> used_bytes{};

  friend bool operator==(const GpuLoad&, const GpuLoad&) = default;
};

/// A GPU, or, where one is cut into parts (MIG), such a part: then the whole is none.
struct Gpu {
  int index = 0;              // NVML's, by PCI bus
  std::optional<int> part{};  // which of its parts, by NVML's number
  std::string uuid{};         // what CUDA_VISIBLE_DEVICES takes
  std::string name{};
  std::uint64_t memory_bytes = 0;
  std::vector<GpuProcess> processes{};  // compute processes on it now
  GpuLoad load{};
  std::optional<ComputeCapability> capability{};
  std::string pci_address{};  // "0000:3b:00.0"; empty: not known
  std::vector<int> near{};    // the processors next to it that we may use; empty: all alike

  friend bool operator==(const Gpu&, const Gpu&) = default;
};

/// What tarama calls it: "cuda:1", a part of it "cuda:1.0".
[[nodiscard]] std::string device_of(const Gpu& gpu);

struct GpuSurvey {
  std::vector<Gpu> gpus;
  std::string driver;                  // its version; empty where there is none
  std::optional<int> driver_serves{};  // the newest CUDA, 12040 for 12.4; nullopt: it does not say
  std::string trouble;                 // the library is there but does not answer: why; else empty
  // What CUDA_VISIBLE_DEVICES names and the machine lacks, and where CUDA may count otherwise.
  std::string not_visible{};
  std::string order{};
};

/// Loads `library` (TARAMA_NVML, else libnvidia-ml.so.1), asks, and unloads it. Waits for
/// the driver, however long that takes: not for the event loop.
[[nodiscard]] GpuSurvey survey_gpus(const std::string& library);

/// The library that TARAMA_NVML names, else the system's.
[[nodiscard]] std::string nvml_library();

}  // namespace tarama::orchestrator
