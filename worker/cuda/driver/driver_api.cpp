// See driver_api.hpp. The names with _v2 are what cuda.h makes of the plain ones.
#include "worker/cuda/driver/driver_api.hpp"

#include "worker/cuda/driver/dynamic_library.hpp"
#include "worker/cuda/driver/library_places.hpp"

#include <fmt/format.h>

#include <map>
#include <mutex>

namespace tarama::cuda {
namespace {

/// Remembers the first function that is missing.
class Finding {
 public:
  explicit Finding(const DynamicLibrary& library) : library_(library) {}

  template <class Function>
  Finding& operator()(const char* name, Function*& function) {
    if (!library_.find(name, function) && missing_.empty()) {
      missing_ = name;
    }
    return *this;
  }

  [[nodiscard]] const std::string& missing() const { return missing_; }

 private:
  const DynamicLibrary& library_;
  std::string missing_;
};

void find_devices_and_memory(Finding& find, DriverApi& api) {
  find("cuInit", api.init)("cuDriverGetVersion", api.driver_get_version)(
      "cuGetErrorString", api.get_error_string)("cuDeviceGet", api.device_get)(
      "cuDeviceGetCount", api.device_get_count)("cuDeviceGetName", api.device_get_name)(
      "cuDeviceGetAttribute", api.device_get_attribute)("cuDeviceTotalMem_v2",
                                                        api.device_total_mem)(
      "cuDevicePrimaryCtxRetain", api.primary_ctx_retain)("cuDevicePrimaryCtxRelease_v2",
                                                          api.primary_ctx_release)(
      "cuCtxSetCurrent", api.ctx_set_current)("cuModuleLoadData", api.module_load_data)(
      "cuModuleUnload", api.module_unload)("cuModuleGetFunction", api.module_get_function)(
      "cuMemGetInfo_v2", api.mem_get_info)("cuMemAlloc_v2", api.mem_alloc)(
      "cuMemFree_v2", api.mem_free)("cuMemHostAlloc", api.mem_host_alloc)("cuMemFreeHost",
                                                                          api.mem_free_host);
}

void find_work(Finding& find, DriverApi& api) {
  find("cuMemcpyHtoDAsync_v2", api.memcpy_htod_async)(
      "cuMemcpyDtoHAsync_v2", api.memcpy_dtoh_async)("cuMemcpyDtoDAsync_v2", api.memcpy_dtod_async)(
      "cuMemsetD8Async", api.memset_d8_async)("cuStreamCreate", api.stream_create)(
      "cuStreamDestroy_v2", api.stream_destroy)("cuStreamSynchronize", api.stream_synchronize)(
      "cuStreamWaitEvent", api.stream_wait_event)("cuStreamBeginCapture_v2",
                                                  api.stream_begin_capture)(
      "cuStreamEndCapture", api.stream_end_capture)("cuEventCreate", api.event_create)(
      "cuEventDestroy_v2", api.event_destroy)("cuEventRecord", api.event_record)(
      "cuEventSynchronize", api.event_synchronize)(
      "cuGraphInstantiateWithFlags", api.graph_instantiate)("cuGraphLaunch", api.graph_launch)(
      "cuGraphDestroy", api.graph_destroy)("cuGraphExecDestroy", api.graph_exec_destroy)(
      "cuLaunchKernel", api.launch_kernel);
}

Result<DriverApi> load_anew() {
  const auto library = DynamicLibrary::open("NVIDIA's driver", driver_candidates());
  if (!library) {
    return library.error();
  }
  DriverApi api;
  Finding find(*library);
  find_devices_and_memory(find, api);
  find_work(find, api);
  if (!find.missing().empty()) {
    return Error{
        Errc::refused,
        fmt::format(
            "{} has no {}; NVIDIA's driver 525 or newer has it", library->path(), find.missing())};
  }
  if (const int status = api.init(0); status != 0) {
    return Error{Errc::refused,
                 fmt::format("NVIDIA's driver does not start: {}", api.words_of(status))};
  }
  return api;
}

}  // namespace

std::string DriverApi::words_of(int status) const {
  const char* text = nullptr;
  if (get_error_string(status, &text) != 0 || text == nullptr) {
    return fmt::format("status {}", status);
  }
  return text;
}

Result<const DriverApi*> load_driver() {
  // By its name, which tests change; what cannot be opened is tried again.
  static std::mutex mutex;
  static std::map<std::string, DriverApi> opened;
  const std::string name = driver_candidates().front();
  const std::lock_guard lock(mutex);
  auto found = opened.find(name);
  if (found == opened.end()) {
    const auto loaded = load_anew();
    if (!loaded) {
      return loaded.error();
    }
    found = opened.emplace(name, *loaded).first;
  }
  return &found->second;
}

}  // namespace tarama::cuda
