// The few NVML calls that we need, by their documented ABI.
#include "orchestrator/devices/nvml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <dlfcn.h>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

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

struct NvmlPci {  // nvmlPciInfo_t of the _v3 call
  char old_address[16];
  unsigned int domain;
  unsigned int bus;
  unsigned int device;
  unsigned int device_id;
  unsigned int subsystem_id;
  char address[32];
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
  int (*newest_cuda)(int*) = nullptr;  // may be missing, as may be those below
  // Not every GPU has these, nor every stand-in.
  int (*utilization)(NvmlDevice, NvmlUtilization*) = nullptr;
  int (*temperature)(NvmlDevice, int, unsigned int*) = nullptr;
  int (*power)(NvmlDevice, unsigned int*) = nullptr;  // in milliwatts
  int (*capability)(NvmlDevice, int*, int*) = nullptr;
  int (*pci)(NvmlDevice, NvmlPci*) = nullptr;
  int (*mig_mode)(NvmlDevice, unsigned int*, unsigned int*) = nullptr;
  int (*most_parts)(NvmlDevice, unsigned int*) = nullptr;
  int (*part)(NvmlDevice, unsigned int, NvmlDevice*) = nullptr;
};

template <class Function>
bool find(void* handle, const char* symbol, Function& function) {
  function = reinterpret_cast<Function>(dlsym(handle, symbol));
  return function != nullptr;
}

bool load_symbols(Library& library) {
  void* const from = library.handle;
  find(from, "nvmlSystemGetCudaDriverVersion_v2", library.newest_cuda);
  find(from, "nvmlDeviceGetUtilizationRates", library.utilization);
  find(from, "nvmlDeviceGetTemperature", library.temperature);
  find(from, "nvmlDeviceGetPowerUsage", library.power);
  find(from, "nvmlDeviceGetCudaComputeCapability", library.capability);
  find(from, "nvmlDeviceGetPciInfo_v3", library.pci);
  find(from, "nvmlDeviceGetMigMode", library.mig_mode);
  find(from, "nvmlDeviceGetMaxMigDeviceCount", library.most_parts);
  find(from, "nvmlDeviceGetMigDeviceHandleByIndex", library.part);
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

std::string pci_address_of(const Library& library, NvmlDevice device) {
  NvmlPci pci{};
  if (library.pci == nullptr || library.pci(device, &pci) != nvml_success) {
    return {};
  }
  return fmt::format("{:04x}:{:02x}:{:02x}.0", pci.domain, pci.bus, pci.device);
}

/// Whether the GPU is cut into parts, and they are what there is to train on.
bool is_cut(const Library& library, NvmlDevice device) {
  unsigned int current = 0;
  unsigned int pending = 0;
  return library.mig_mode != nullptr && library.most_parts != nullptr && library.part != nullptr &&
         library.mig_mode(device, &current, &pending) == nvml_success && current == 1;
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
  gpu.pci_address = pci_address_of(library, device);
  return gpu;
}

/// The parts of a GPU that is cut. A part has its own memory and processes; what is told of the
/// whole alone (temperature, power, where it is plugged in) is each part's as well.
std::vector<Gpu> parts_of(const Library& library, NvmlDevice device, int index) {
  const Gpu whole = describe(library, device, index);
  std::vector<Gpu> parts;
  unsigned int most = 0;
  if (library.most_parts(device, &most) != nvml_success) {
    return parts;
  }
  for (unsigned int number = 0; number < most; ++number) {
    NvmlDevice handle = nullptr;
    if (library.part(device, number, &handle) != nvml_success) {
      continue;  // there need not be one of each number
    }
    Gpu part = describe(library, handle, index);
    part.part = static_cast<int>(number);
    part.capability = whole.capability;
    part.pci_address = whole.pci_address;
    part.load.celsius = whole.load.celsius;
    part.load.watts = whole.load.watts;
    parts.push_back(std::move(part));
  }
  return parts;
}

void survey_with(const Library& library, GpuSurvey& survey) {
  std::array<char, text_size> text{};
  if (library.driver(text.data(), text_size) == nvml_success) {
    survey.driver = text.data();
  }
  int newest = 0;
  if (library.newest_cuda != nullptr && library.newest_cuda(&newest) == nvml_success) {
    survey.driver_serves = newest;
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
    if (!is_cut(library, device)) {
      survey.gpus.push_back(describe(library, device, static_cast<int>(index)));
      continue;
    }
    std::vector<Gpu> parts = parts_of(library, device, static_cast<int>(index));
    if (parts.empty()) {
      survey.trouble = fmt::format(
          "GPU {} is in MIG mode and has no part: make some (nvidia-smi mig -cgi ... -C), or end "
          "that mode (nvidia-smi -i {} -mig 0)",
          index,
          index);
    }
    std::ranges::move(parts, std::back_inserter(survey.gpus));
  }
}

}  // namespace

std::string device_of(const Gpu& gpu) {
  return gpu.part ? fmt::format("cuda:{}.{}", gpu.index, *gpu.part)
                  : fmt::format("cuda:{}", gpu.index);
}

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
