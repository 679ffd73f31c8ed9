// The few NVML calls that we need, by their documented ABI.
#include "orchestrator/devices/nvml.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <dlfcn.h>
#include <fstream>
#include <memory>

namespace tarama::orchestrator {
namespace {

// The few declarations of nvml.h that we use, by its documented ABI, so that no CUDA toolkit is
// needed to build.
using NvmlDevice = void*;

struct NvmlMemory {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};

struct NvmlProcess {  // nvmlProcessInfo_t of the _v3 calls
  unsigned int pid;
  unsigned long long used_memory;
  unsigned int gpu_instance;
  unsigned int compute_instance;
};

struct NvmlUtilization {
  unsigned int gpu;  // percent
  unsigned int memory;
};

constexpr int nvml_success = 0;
constexpr int nvml_insufficient_size = 7;
constexpr unsigned int text_size = 96;  // NVML's longest of name, UUID and version

struct Library {
  void* handle = nullptr;
  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  int (*count)(unsigned int*) = nullptr;
  int (*by_index)(unsigned int, NvmlDevice*) = nullptr;
  int (*uuid)(NvmlDevice, char*, unsigned int) = nullptr;
  int (*name)(NvmlDevice, char*, unsigned int) = nullptr;
  int (*memory)(NvmlDevice, NvmlMemory*) = nullptr;
  int (*processes)(NvmlDevice, unsigned int*, NvmlProcess*) = nullptr;
  int (*driver)(char*, unsigned int) = nullptr;
  const char* (*error_text)(int) = nullptr;
  // Not every GPU has these, nor every stand-in.
  int (*utilization)(NvmlDevice, NvmlUtilization*) = nullptr;
  int (*temperature)(NvmlDevice, int, unsigned int*) = nullptr;
  int (*power)(NvmlDevice, unsigned int*) = nullptr;  // in milliwatts
  int (*capability)(NvmlDevice, int*, int*) = nullptr;
};

template <class Function>
bool find(void* handle, const char* symbol, Function& function) {
  function = reinterpret_cast<Function>(dlsym(handle, symbol));
  return function != nullptr;
}

bool load_symbols(Library& library) {
  void* const from = library.handle;
  find(from, "nvmlDeviceGetUtilizationRates", library.utilization);
  find(from, "nvmlDeviceGetTemperature", library.temperature);
  find(from, "nvmlDeviceGetPowerUsage", library.power);
  find(from, "nvmlDeviceGetCudaComputeCapability", library.capability);
  return find(from, "nvmlInit_v2", library.init) && find(from, "nvmlShutdown", library.shutdown) &&
         find(from, "nvmlDeviceGetCount_v2", library.count) &&
         find(from, "nvmlDeviceGetHandleByIndex_v2", library.by_index) &&
         find(from, "nvmlDeviceGetUUID", library.uuid) &&
         find(from, "nvmlDeviceGetName", library.name) &&
         find(from, "nvmlDeviceGetMemoryInfo", library.memory) &&
         find(from, "nvmlDeviceGetComputeRunningProcesses_v3", library.processes) &&
         find(from, "nvmlSystemGetDriverVersion", library.driver) &&
         find(from, "nvmlErrorString", library.error_text);
}

std::string process_name(unsigned int pid) {
  std::ifstream file(fmt::format("/proc/{}/comm", pid));
  std::string name;
  if (!std::getline(file, name) || name.empty()) {
    return "?";
  }
  return name;
}

std::vector<GpuProcess> processes_on(const Library& library, NvmlDevice device) {
  std::vector<NvmlProcess> found(16);
  int status = nvml_insufficient_size;
  // The list may grow between two calls; four doublings reach 256 processes on one GPU.
  for (int attempt = 0; attempt < 4 && status == nvml_insufficient_size; ++attempt) {
    auto count = static_cast<unsigned int>(found.size());
    status = library.processes(device, &count, found.data());
    found.resize(status == nvml_success ? count : found.size() * 2);
  }
  std::vector<GpuProcess> processes;
  if (status != nvml_success) {
    return processes;
  }
  for (const NvmlProcess& process : found) {
    processes.push_back({.pid = process.pid, .name = process_name(process.pid)});
  }
  return processes;
}

GpuLoad load_of(const Library& library, NvmlDevice device) {
  constexpr int sensor_of_gpu = 0;
  GpuLoad load;
  NvmlUtilization utilization{};
  if (library.utilization != nullptr && library.utilization(device, &utilization) == nvml_success) {
    load.busy_percent = utilization.gpu;
  }
  unsigned int value = 0;
  if (library.temperature != nullptr &&
      library.temperature(device, sensor_of_gpu, &value) == nvml_success) {
    load.celsius = value;
  }
  if (library.power != nullptr && library.power(device, &value) == nvml_success) {
    load.watts = value / 1000.0;
  }
  return load;
}

Gpu describe(const Library& library, NvmlDevice device, int index) {
  Gpu gpu;
  gpu.index = index;
  std::array<char, text_size> text{};
  if (library.uuid(device, text.data(), text_size) == nvml_success) {
    gpu.uuid = text.data();
  }
  if (library.name(device, text.data(), text_size) == nvml_success) {
    gpu.name = text.data();
  }
  gpu.load = load_of(library, device);
  NvmlMemory memory{};
  if (library.memory(device, &memory) == nvml_success) {
    gpu.memory_bytes = memory.total;
    gpu.load.used_bytes = memory.used;
  }
  gpu.processes = processes_on(library, device);
  ComputeCapability capability;
  if (library.capability != nullptr &&
      library.capability(device, &capability.major, &capability.minor) == nvml_success) {
    gpu.capability = capability;
  }
  return gpu;
}

void survey_with(const Library& library, GpuSurvey& survey) {
  std::array<char, text_size> text{};
  if (library.driver(text.data(), text_size) == nvml_success) {
    survey.driver = text.data();
  }
  unsigned int count = 0;
  if (const int status = library.count(&count); status != nvml_success) {
    survey.trouble = fmt::format("NVML cannot count the GPUs: {}", library.error_text(status));
    return;
  }
  for (unsigned int index = 0; index < count; ++index) {
    NvmlDevice device = nullptr;
    if (const int status = library.by_index(index, &device); status != nvml_success) {
      // A GPU that fell off the bus answers so; the others still serve.
      survey.trouble = fmt::format("GPU {} does not answer: {}", index, library.error_text(status));
      continue;
    }
    survey.gpus.push_back(describe(library, device, static_cast<int>(index)));
  }
}

}  // namespace

std::string nvml_library() {
  const char* named = std::getenv("TARAMA_NVML");
  return named != nullptr && *named != '\0' ? named : "libnvidia-ml.so.1";
}

GpuSurvey survey_gpus(const std::string& library_name) {
  GpuSurvey survey;
  Library library;
  library.handle = dlopen(library_name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library.handle == nullptr) {
    return survey;
  }
  const std::unique_ptr<void, int (*)(void*)> closing(library.handle, &dlclose);
  if (!load_symbols(library)) {
    survey.trouble = fmt::format("{} lacks functions of NVML 11 or newer", library_name);
    return survey;
  }
  if (const int status = library.init(); status != nvml_success) {
    survey.trouble = fmt::format("NVML does not start: {}", library.error_text(status));
    return survey;
  }
  survey_with(library, survey);
  library.shutdown();
  return survey;
}

}  // namespace tarama::orchestrator
