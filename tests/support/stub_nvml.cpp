// A stand-in for NVIDIA's management library with four GPUs, so that discovery and binding are
// tested where there is none: the same functions by the same ABI. STUB_NVML_BUSY names the GPU
// that a stranger occupies, STUB_NVML_PID the stranger; STUB_NVML_LOST a GPU that fell off;
// STUB_NVML_ODD one of another kind, STUB_NVML_OLD all of an older generation,
// STUB_NVML_USED the GB in use on each;
// STUB_NVML_CUT one that is cut into parts 0 and 2 (MIG), and STUB_NVML_UNCUT one that is to be and
// has none.
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int success = 0;
constexpr int not_found = 6;
constexpr int insufficient_size = 7;
constexpr int gpu_is_lost = 15;
constexpr unsigned int gpus = 4;

int from_environment(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

// Handles are 1 + index, since a null handle means none; of a part also 256 (1 + its number).
unsigned int index_of(void* device) {
  return (static_cast<unsigned int>(reinterpret_cast<std::size_t>(device)) & 255) - 1;
}

int part_of(void* device) {
  return static_cast<int>(reinterpret_cast<std::size_t>(device) >> 8) - 1;
}

}  // namespace

extern "C" {

struct Memory {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};

struct Process {
  unsigned int pid;
  unsigned long long used_memory;
  unsigned int gpu_instance;
  unsigned int compute_instance;
};

int nvmlInit_v2() {
  return success;
}

int nvmlShutdown() {
  return success;
}

const char* nvmlErrorString(int error) {
  return error == gpu_is_lost ? "GPU is lost" : "stub";
}

int nvmlSystemGetDriverVersion(char* text, unsigned int size) {
  std::snprintf(text, size, "550.00");
  return success;
}

int nvmlSystemGetCudaDriverVersion_v2(int* version) {
  *version = 12040;
  return success;
}

int nvmlDeviceGetCount_v2(unsigned int* count) {
  *count = gpus;
  return success;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void** device) {
  if (static_cast<int>(index) == from_environment("STUB_NVML_LOST", -1)) {
    return gpu_is_lost;
  }
  *device = reinterpret_cast<void*>(static_cast<std::size_t>(index) + 1);
  return success;
}

int nvmlDeviceGetUUID(void* device, char* text, unsigned int size) {
  if (part_of(device) >= 0) {
    std::snprintf(text, size, "MIG-stub-%u-%d", index_of(device), part_of(device));
  } else {
    std::snprintf(text, size, "GPU-stub-%u", index_of(device));
  }
  return success;
}

int nvmlDeviceGetName(void* device, char* text, unsigned int size) {
  const bool is_odd = static_cast<int>(index_of(device)) == from_environment("STUB_NVML_ODD", -1);
  std::snprintf(text, size, is_odd ? "Odd GPU" : "Stub GPU");
  return success;
}

int nvmlDeviceGetMemoryInfo(void* device, Memory* memory) {
  const unsigned long long total = part_of(device) >= 0 ? 1ULL << 32 : 1ULL << 34;
  const auto used =
      static_cast<unsigned long long>(from_environment("STUB_NVML_USED", 0)) * 1'000'000'000;
  *memory = {.total = total, .free = total - used, .used = used};
  return success;
}

struct Pci {
  char old_address[16];
  unsigned int domain;
  unsigned int bus;
  unsigned int device;
  unsigned int device_id;
  unsigned int subsystem_id;
  char address[32];
};

int nvmlDeviceGetPciInfo_v3(void* device, Pci* pci) {
  *pci = {};
  pci->bus = 0x3b + index_of(device);
  return part_of(device) >= 0 ? 2 : success;
}

int nvmlDeviceGetMigMode(void* device, unsigned int* current, unsigned int* pending) {
  const int index = static_cast<int>(index_of(device));
  const bool is_cut = index == from_environment("STUB_NVML_CUT", -1) ||
                      index == from_environment("STUB_NVML_UNCUT", -1);
  *current = *pending = is_cut ? 1 : 0;
  return success;
}

int nvmlDeviceGetMaxMigDeviceCount(void* /*device*/, unsigned int* count) {
  *count = 7;
  return success;
}

int nvmlDeviceGetMigDeviceHandleByIndex(void* device, unsigned int number, void** part) {
  const bool is_cut = static_cast<int>(index_of(device)) == from_environment("STUB_NVML_CUT", -1);
  if (!is_cut || (number != 0 && number != 2)) {
    return not_found;
  }
  *part = reinterpret_cast<void*>(reinterpret_cast<std::size_t>(device) | ((number + 1) << 8));
  return success;
}

struct Utilization {
  unsigned int gpu;
  unsigned int memory;
};

int nvmlDeviceGetUtilizationRates(void* device, Utilization* utilization) {
  if (part_of(device) >= 0) {
    return 3;  // not supported, as of real ones
  }
  *utilization = {.gpu = 10 * index_of(device), .memory = 1};
  return success;
}

int nvmlDeviceGetTemperature(void* /*device*/, int sensor, unsigned int* celsius) {
  *celsius = 41;
  return sensor;
}

int nvmlDeviceGetCudaComputeCapability(void* /*device*/, int* major, int* minor) {
  const bool is_old = std::getenv("STUB_NVML_OLD") != nullptr;
  *major = is_old ? 7 : 9;
  *minor = is_old ? 5 : 0;
  return success;
}

// GPUs that do not tell it are GPUs like others.
int nvmlDeviceGetPowerUsage(void* device, unsigned int* milliwatts) {
  *milliwatts = 70'400;
  return index_of(device) == 3 ? 3 : success;
}

int nvmlDeviceGetComputeRunningProcesses_v3(void* device, unsigned int* count, Process* processes) {
  if (static_cast<int>(index_of(device)) != from_environment("STUB_NVML_BUSY", -1)) {
    *count = 0;
    return success;
  }
  if (*count < 1) {
    *count = 1;
    return insufficient_size;
  }
  *count = 1;
  processes[0] = {};
  processes[0].pid = static_cast<unsigned int>(from_environment("STUB_NVML_PID", 1));
  return success;
}
}
