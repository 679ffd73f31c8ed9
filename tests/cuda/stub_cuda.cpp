// A stand-in for three libraries of NVIDIA's at once, the driver, NVRTC and cuBLASLt, by their ABI:
// so that what opens and calls them is tested where there is no GPU. Its device is the host: work
// is done when it is asked for, kernels as plain C++, products by loops over columns, as cuBLASLt
// lays matrices. STUB_CUDA_MEMORY bounds its memory in bytes; STUB_CUDA_FAIL names a function that
// fails.
#include "tests/cuda/stand_in/host_kernels.hpp"
#include "tests/cuda/stub_matrices.hpp"

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace {

using tarama::cuda::KernelId;
using namespace tarama::cuda::test;

constexpr int success = 0;
constexpr int invalid_value = 1;
constexpr int out_of_memory = 2;
constexpr int not_found = 500;
constexpr int illegal_address = 700;
constexpr int capture_unsupported = 900;
constexpr const char code[] = "\177ELF of the stub";

using Graph = std::vector<std::function<void()>>;

struct State {
  std::mutex mutex;  // of all below but `objects` and `has_failed`
  std::map<unsigned long long, std::size_t> memory;
  std::size_t allocated = 0;
  std::set<std::size_t> streams;         // a handle is the lowest that nobody has, as malloc has it
  std::set<const void*> workspaces;      // of products under way
  std::atomic<int> objects = 0;          // that were made and not given back
  std::atomic<bool> has_failed = false;  // as after a kernel that reaches out of bounds
};

thread_local bool is_current = false;    // the context
thread_local Graph* captured = nullptr;  // captures of one thread hold up no other

State& state() {
  static State the_state;
  return the_state;
}

template <class Object>
int give(void** to, Object* made) {
  *to = made;
  ++state().objects;
  return success;
}

template <class Object>
int take_back(void* object) {
  delete static_cast<Object*>(object);
  --state().objects;
  return success;
}

/// Whether the named function is told to fail.
bool fails(const char* name) {
  const char* const told = std::getenv("STUB_CUDA_FAIL");
  return told != nullptr && std::strcmp(told, name) == 0;
}

/// Does it, or keeps it for the graph that is made.
int perform(std::function<void()> work) {
  if (!is_current) {
    return invalid_value;
  }
  if (captured != nullptr) {
    captured->push_back(std::move(work));
  } else {
    work();
  }
  return success;
}

/// Its workspace is the device's, and no other product's meanwhile: else the context fails.
void begin_product(const void* workspace, std::size_t bytes) {
  const std::lock_guard lock(state().mutex);
  const auto memory = state().memory.find(reinterpret_cast<unsigned long long>(workspace));
  const bool is_there = memory != state().memory.end() && memory->second >= bytes;
  if (!is_there || !state().workspaces.insert(workspace).second) {
    state().has_failed = true;
  }
}

void end_product(const void* workspace) {
  const std::lock_guard lock(state().mutex);
  state().workspaces.erase(workspace);
}

}  // namespace

extern "C" {

using Handle = void*;
using Memory = unsigned long long;

/// For tests: what was made and not given back; memory is counted by cuMemGetInfo.
int stub_cuda_objects() {
  return state().objects;
}

// The driver.

int cuInit(unsigned flags) {
  return flags == 0 && !fails("cuInit") ? success : invalid_value;
}

int cuDriverGetVersion(int* version) {
  *version = 13000;
  return success;
}

int cuGetErrorString(int status, const char** text) {
  *text = status == out_of_memory     ? "out of memory"
          : status == illegal_address ? "an illegal memory access was encountered"
                                      : "stub";
  return success;
}

int cuDeviceGetCount(int* count) {
  *count = 1;
  return success;
}

int cuDeviceGet(int* device, int ordinal) {
  *device = ordinal;
  return ordinal == 0 ? success : invalid_value;
}

int cuDeviceGetName(char* name, int length, int) {
  std::snprintf(name, static_cast<std::size_t>(length), "Stub H100");
  return success;
}

int cuDeviceGetAttribute(int* value, int which, int) {
  if (fails("cuDeviceGetAttribute")) {
    return illegal_address;
  }
  *value = which == 75 ? (fails("generation") ? 7 : 9) : 0;
  return success;
}

int cuDeviceTotalMem_v2(std::size_t* bytes, int) {
  *bytes = std::size_t{80} << 30;
  return success;
}

int cuDevicePrimaryCtxRetain(Handle* context, int) {
  *context = &state();
  ++state().objects;
  return success;
}

int cuDevicePrimaryCtxRelease_v2(int) {
  --state().objects;
  return success;
}

int cuCtxSetCurrent(Handle context) {
  is_current = context == &state();
  return is_current ? success : invalid_value;
}

int cuModuleLoadData(Handle* module, const void* image) {
  if (std::memcmp(image, code, sizeof(code)) != 0) {
    return invalid_value;
  }
  *module = const_cast<char*>(code);
  ++state().objects;
  return success;
}

int cuModuleUnload(Handle) {
  if (!is_current) {
    return invalid_value;
  }
  --state().objects;
  return success;
}

int cuModuleGetFunction(Handle* function, Handle, const char* name) {
  for (std::size_t i = 0; i < tarama::cuda::kernel_count; ++i) {
    if (std::strcmp(name, tarama::cuda::kernel_names[i]) == 0) {
      *function = reinterpret_cast<Handle>(i + 1);
      return success;
    }
  }
  return not_found;
}

int cuMemGetInfo_v2(std::size_t* available, std::size_t* total) {
  const std::lock_guard lock(state().mutex);
  *total = std::size_t{80} << 30;
  *available = *total - state().allocated;
  return success;
}

int cuMemAlloc_v2(Memory* memory, std::size_t bytes) {
  if (captured != nullptr) {
    return capture_unsupported;
  }
  const std::lock_guard lock(state().mutex);
  const char* const most = std::getenv("STUB_CUDA_MEMORY");
  if (most != nullptr && state().allocated + bytes > std::strtoull(most, nullptr, 10)) {
    return out_of_memory;
  }
  void* const allocated = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  std::memset(allocated, 0xFF, bytes);  // not a number
  *memory = reinterpret_cast<Memory>(allocated);
  state().memory[*memory] = bytes;
  state().allocated += bytes;
  return success;
}

int cuMemFree_v2(Memory memory) {
  const std::lock_guard lock(state().mutex);
  const auto found = state().memory.find(memory);
  if (found == state().memory.end()) {
    return invalid_value;
  }
  state().allocated -= found->second;
  state().memory.erase(found);
  std::free(reinterpret_cast<void*>(memory));
  return success;
}

int cuMemHostAlloc(void** memory, std::size_t bytes, unsigned) {
  *memory = std::malloc(bytes);
  return success;
}

int cuMemFreeHost(void* memory) {
  std::free(memory);
  return success;
}

int cuMemcpyHtoDAsync_v2(Memory to, const void* from, std::size_t bytes, Handle) {
  return perform([=] { std::memcpy(reinterpret_cast<void*>(to), from, bytes); });
}

int cuMemcpyDtoHAsync_v2(void* to, Memory from, std::size_t bytes, Handle) {
  return perform([=] { std::memcpy(to, reinterpret_cast<void*>(from), bytes); });
}

int cuMemcpyDtoDAsync_v2(Memory to, Memory from, std::size_t bytes, Handle) {
  return perform(
      [=] { std::memmove(reinterpret_cast<void*>(to), reinterpret_cast<void*>(from), bytes); });
}

int cuMemsetD8Async(Memory memory, unsigned char value, std::size_t bytes, Handle) {
  return perform([=] { std::memset(reinterpret_cast<void*>(memory), value, bytes); });
}

int cuStreamCreate(Handle* stream, unsigned) {
  const std::lock_guard lock(state().mutex);
  std::size_t handle = 1;
  while (!state().streams.insert(handle).second) {
    ++handle;
  }
  *stream = reinterpret_cast<Handle>(handle);
  ++state().objects;
  return success;
}

int cuStreamDestroy_v2(Handle stream) {
  const std::lock_guard lock(state().mutex);
  state().objects -= static_cast<int>(state().streams.erase(reinterpret_cast<std::size_t>(stream)));
  return success;
}

int cuStreamSynchronize(Handle) {
  return fails("cuStreamSynchronize") || state().has_failed ? illegal_address : success;
}

int cuStreamWaitEvent(Handle, Handle, unsigned) {
  return captured == nullptr ? success : capture_unsupported;
}

int cuStreamBeginCapture_v2(Handle, int mode) {
  if (mode != 1 || captured != nullptr) {
    return invalid_value;
  }
  captured = new Graph();
  ++state().objects;
  return success;
}

int cuStreamEndCapture(Handle, Handle* graph) {
  *graph = std::exchange(captured, nullptr);
  return *graph == nullptr ? invalid_value : success;
}

int cuEventCreate(Handle* event, unsigned) {
  return give(event, new int(0));
}

int cuEventDestroy_v2(Handle event) {
  return take_back<int>(event);
}

int cuEventRecord(Handle, Handle) {
  return captured == nullptr ? success : capture_unsupported;
}

int cuEventSynchronize(Handle) {
  return fails("cuEventSynchronize") || state().has_failed ? illegal_address : success;
}

int cuGraphInstantiateWithFlags(Handle* ready, Handle graph, unsigned long long) {
  return fails("cuGraphInstantiate") ? out_of_memory
                                     : give(ready, new Graph(*static_cast<Graph*>(graph)));
}

int cuGraphLaunch(Handle graph, Handle) {
  for (const auto& work : *static_cast<Graph*>(graph)) {
    work();
  }
  return success;
}

int cuGraphDestroy(Handle graph) {
  return take_back<Graph>(graph);
}

int cuGraphExecDestroy(Handle graph) {
  return take_back<Graph>(graph);
}

int cuLaunchKernel(Handle function,
                   unsigned blocks_x,
                   unsigned blocks_y,
                   unsigned blocks_z,
                   unsigned threads_x,
                   unsigned threads_y,
                   unsigned threads_z,
                   unsigned shared_bytes,
                   Handle,
                   void** arguments,
                   void** extra) {
  if (function == nullptr || blocks_x == 0 || blocks_y == 0 || blocks_z != 1 || threads_y != 1 ||
      threads_z != 1 || shared_bytes != 0 || extra != nullptr) {
    return invalid_value;
  }
  tarama::cuda::Launch launch;
  launch.kernel = static_cast<KernelId>(reinterpret_cast<std::size_t>(function) - 1);
  launch.blocks_x = static_cast<int>(blocks_x);
  launch.blocks_y = static_cast<int>(blocks_y);
  launch.threads = static_cast<int>(threads_x);
  launch.args_bytes = tarama::cuda::test::args_bytes_of(launch.kernel);
  const auto args = std::make_shared<std::vector<std::max_align_t>>(
      launch.args_bytes / sizeof(std::max_align_t) + 1);
  std::memcpy(args->data(), arguments[0], launch.args_bytes);
  return perform([launch, args]() mutable {
    launch.args = args->data();
    tarama::cuda::test::run_kernel(launch, tarama::cuda::ThreadOrder::forwards);
  });
}

// NVRTC.

int nvrtcVersion(int* major, int* minor) {
  *major = 13;
  *minor = 0;
  return success;
}

int nvrtcCreateProgram(Handle* program,
                       const char* source,
                       const char*,
                       int headers,
                       const char* const*,
                       const char* const*) {
  *program = const_cast<char*>(code);
  return headers > 0 && std::strstr(source, "TARAMA_CUDA_KERNELS") != nullptr ? success
                                                                              : invalid_value;
}

int nvrtcDestroyProgram(Handle* program) {
  *program = nullptr;
  return success;
}

int nvrtcCompileProgram(Handle, int, const char* const*) {
  return success;
}

int nvrtcGetProgramLogSize(Handle, std::size_t* bytes) {
  *bytes = 1;
  return success;
}

int nvrtcGetProgramLog(Handle, char* log) {
  log[0] = '\0';
  return success;
}

int nvrtcGetCUBINSize(Handle, std::size_t* bytes) {
  *bytes = sizeof(code);
  return success;
}

int nvrtcGetCUBIN(Handle, char* to) {
  if (fails("nvrtcGetCUBIN")) {
    return invalid_value;
  }
  std::memcpy(to, code, sizeof(code));
  return success;
}

const char* nvrtcGetErrorString(int) {
  return "stub";
}

// cuBLASLt.

std::size_t cublasLtGetVersion() {
  return 130000;
}

int cublasLtCreate(Handle* handle) {
  *handle = const_cast<char*>(code);
  if (!is_current) {
    return invalid_value;
  }
  ++state().objects;
  return success;
}

int cublasLtDestroy(Handle) {
  --state().objects;
  return success;
}

int cublasLtMatmulDescCreate(Handle* description, int compute, int scale) {
  // Float32, without TF32.
  return compute == 68 && scale == 0 ? give(description, new Description()) : invalid_value;
}

int cublasLtMatmulDescDestroy(Handle description) {
  return take_back<Description>(description);
}

int cublasLtMatmulDescSetAttribute(Handle description, int which, const void* value, std::size_t) {
  auto& its = *static_cast<Description*>(description);
  (which == 3 ? its.a_transposed : its.b_transposed) = *static_cast<const int*>(value);
  return which == 3 || which == 4 ? success : invalid_value;
}

int cublasLtMatrixLayoutCreate(
    Handle* layout, int type, std::uint64_t rows, std::uint64_t columns, std::int64_t ld) {
  return type == 0 || type == 14 ? give(layout, new Layout{type, rows, columns, ld})
                                 : invalid_value;
}

int cublasLtMatrixLayoutDestroy(Handle layout) {
  return take_back<Layout>(layout);
}

int cublasLtMatmulPreferenceCreate(Handle* preference) {
  return give(preference, new int(0));
}

int cublasLtMatmulPreferenceDestroy(Handle preference) {
  return take_back<int>(preference);
}

int cublasLtMatmulPreferenceSetAttribute(Handle, int which, const void* value, std::size_t bytes) {
  if (which == 3) {
    // No partial sums in place: their order is not the same each time. None in the result's type:
    // of bfloat16 they would be rounded before they are added.
    return *static_cast<const std::uint32_t*>(value) == 2 ? success : invalid_value;
  }
  return bytes == (which == 1 ? sizeof(std::uint64_t) : sizeof(std::uint32_t)) ? success
                                                                               : invalid_value;
}

int cublasLtMatmulAlgoGetHeuristic(Handle,
                                   Handle how,
                                   Handle a,
                                   Handle b,
                                   Handle c,
                                   Handle d,
                                   Handle,
                                   int wanted,
                                   void*,
                                   int* found) {
  *found = fails("cublasLtMatmulAlgoGetHeuristic") ? 0 : wanted;
  return c == d && fit(*static_cast<Description*>(how),
                       *static_cast<Layout*>(a),
                       *static_cast<Layout*>(b),
                       *static_cast<Layout*>(d))
             ? success
             : invalid_value;
}

int cublasLtMatmul(Handle,
                   Handle how,
                   const float* alpha,
                   const void* a,
                   Handle of_a,
                   const void* b,
                   Handle of_b,
                   const float* beta,
                   const void* c,
                   Handle,
                   void* d,
                   Handle of_d,
                   const void* algorithm,
                   void* workspace,
                   std::size_t workspace_bytes,
                   Handle) {
  if (fails("cublasLtMatmul")) {
    return 3;  // CUBLAS_STATUS_ALLOC_FAILED
  }
  if (*alpha != 1 || c != d || algorithm == nullptr || workspace == nullptr ||
      workspace_bytes == 0) {
    return invalid_value;
  }
  if (fails("products")) {
    return success;  // and nothing is done
  }
  const float kept = *beta;
  return perform([=] {
    begin_product(workspace, workspace_bytes);
    multiply(*static_cast<Description*>(how),
             a,
             *static_cast<Layout*>(of_a),
             b,
             *static_cast<Layout*>(of_b),
             kept,
             d,
             *static_cast<Layout*>(of_d));
    end_product(workspace);
  });
}

}  // extern "C"
