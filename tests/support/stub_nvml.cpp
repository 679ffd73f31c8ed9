// A stand-in for NVIDIA's management library with four GPUs, so that discovery and binding are
// tested where there is none: the same functions by the same ABI. STUB_NVML_BUSY names the GPU
// that a stranger occupies, STUB_NVML_PID the stranger; STUB_NVML_LOST a GPU that fell off;
// STUB_NVML_ODD one of another kind, STUB_NVML_OLD all of an older generation.
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int success = 0;
constexpr int insufficient_size = 7;
constexpr int gpu_is_lost = 15;
constexpr unsigned int gpus = 4;

int from_environment(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

// Handles are 1 + index, since a null handle means none.
unsigned int index_of(void* device) {
  return static_cast<unsigned int>(reinterpret_cast<std::size_t>(device)) - 1;
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
  std::snprintf(text, size, "GPU-stub-%u", index_of(device));
  return success;
}

int nvmlDeviceGetName(void* device, char* text, unsigned int size) {
  const bool is_odd = static_cast<int>(index_of(device)) == from_environment("STUB_NVML_ODD", -1);
  std::snprintf(text, size, is_odd ? "Odd GPU" : "Stub GPU");
  return success;
}

int nvmlDeviceGetMemoryInfo(void* /*device*/, Memory* memory) {
  *memory = {.total = 1ULL << 34, .free = 1ULL << 34, .used = 0};
  return success;
}

struct Utilization {
  unsigned int gpu;
  unsigned int memory;
};

int nvmlDeviceGetUtilizationRates(void* device, Utilization* utilization) {
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
