// See cuda_device.hpp.
#include "worker/cuda/driver/cuda_device.hpp"

#include "worker/cuda/driver/driver_api.hpp"
#include "worker/cuda/driver/kernel_compiler.hpp"
#include "worker/cuda/driver/library_places.hpp"
#include "worker/cuda/driver/matrix_products.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace tarama::cuda {
namespace {

using Handle = DriverApi::Handle;

template <class Id>
Handle handle_of(Id id) {
  return reinterpret_cast<Handle>(static_cast<std::int64_t>(id));
}

template <class Id>
Id id_of(Handle handle) {
  return Id{reinterpret_cast<std::int64_t>(handle)};
}

class CudaDevice final : public Device {
 public:
  CudaDevice(const DriverApi& api, int device, Handle context)
      : api_(api), device_(device), context_(context) {}

  ~CudaDevice() override;

  /// Kernels and products; nullopt: all is there.
  [[nodiscard]] std::optional<Error> prepare();

  [[nodiscard]] DeviceFacts facts() const override { return facts_; }

  [[nodiscard]] std::int64_t free_bytes() override;
  [[nodiscard]] Address allocate(std::int64_t bytes) override;
  void release(Address memory) noexcept override;
  [[nodiscard]] void* allocate_pinned(std::int64_t bytes) override;
  void release_pinned(void* memory) noexcept override;
  [[nodiscard]] StreamId make_stream() override;
  void release_stream(StreamId stream) noexcept override;
  [[nodiscard]] EventId make_event() override;
  void release_event(EventId event) noexcept override;
  void clear(StreamId stream, Address memory, std::int64_t bytes) override;
  void upload(StreamId stream, Address to, const void* from, std::int64_t bytes) override;
  void download(StreamId stream, void* to, Address from, std::int64_t bytes) override;
  void copy(StreamId stream, Address to, Address from, std::int64_t bytes) override;
  void launch(StreamId stream, const Launch& launch) override;
  void multiply(StreamId stream, const MatrixProduct& product) override;
  void record(EventId event, StreamId stream) override;
  void wait(StreamId stream, EventId event) override;
  void await(EventId event) override;
  void await(StreamId stream) override;
  void begin_graph(StreamId stream) override;
  [[nodiscard]] GraphId end_graph(StreamId stream) override;
  void replay(StreamId stream, GraphId graph) override;
  void release_graph(GraphId graph) noexcept override;

 private:
  /// The context is a thread's affair; the learner may be on any.
  void enter() const { check(api_.ctx_set_current(context_)); }

  void check(int status) const {
    if (status == DriverApi::out_of_memory) {
      throw OutOfDeviceMemory("CUDA error: " + api_.words_of(status));
    }
    if (status != 0) {
      throw DeviceError("CUDA error: " + api_.words_of(status));
    }
  }

  [[nodiscard]] std::optional<Error> load_kernels();
  void gather_facts(const CompiledKernels& kernels);
  [[nodiscard]] Workspace workspace_of(StreamId stream);
  [[nodiscard]] Address take_workspace(StreamId stream) noexcept;

  const DriverApi& api_;
  int device_;
  Handle context_;
  Handle module_ = nullptr;
  std::array<Handle, kernel_count> functions_{};
  std::unique_ptr<MatrixProducts> products_;
  DeviceFacts facts_;
  std::mutex mutex_;  // of the next
  std::map<StreamId, Address> workspaces_;
};

CudaDevice::~CudaDevice() {
  api_.ctx_set_current(context_);  // whichever thread this is
  products_.reset();
  if (module_ != nullptr) {
    api_.module_unload(module_);
  }
  api_.primary_ctx_release(device_);
}

std::optional<Error> CudaDevice::prepare() {
  try {
    enter();
    if (auto error = load_kernels()) {
      return error;
    }
    auto products = MatrixProducts::make();
    if (!products) {
      return products.error();
    }
    products_ = std::move(*products);
    facts_.libraries += ", " + products_->version();
  } catch (const DeviceError& error) {
    return Error{Errc::refused, error.what()};
  }
  return std::nullopt;
}

std::optional<Error> CudaDevice::load_kernels() {
  int major = 0;
  int minor = 0;
  check(api_.device_get_attribute(&major, DriverApi::compute_capability_major, device_));
  check(api_.device_get_attribute(&minor, DriverApi::compute_capability_minor, device_));
  if (major < 8) {
    return Error{Errc::refused,
                 fmt::format("compute capability {}.{} is too old for the packed learner; expected "
                             "8.0 or newer; train with training.learner: torch",
                             major,
                             minor)};
  }
  facts_.compute_capability = fmt::format("{}.{}", major, minor);
  const auto compiled =
      compile_kernels(fmt::format("sm_{}{}", major, minor), kernel_cache_folder());
  if (!compiled) {
    return compiled.error();
  }
  check(api_.module_load_data(&module_, compiled->code.data()));
  for (std::size_t i = 0; i < kernel_count; ++i) {
    check(api_.module_get_function(&functions_[i], module_, kernel_names[i]));
  }
  gather_facts(*compiled);
  return std::nullopt;
}

/// Without folders: a library that has moved computes the same.
void CudaDevice::gather_facts(const CompiledKernels& kernels) {
  std::array<char, 256> name{};
  check(api_.device_get_name(name.data(), static_cast<int>(name.size()), device_));
  std::size_t memory = 0;
  check(api_.device_total_mem(&memory, device_));
  int version = 0;
  check(api_.driver_get_version(&version));
  facts_.name = name.data();
  facts_.memory_bytes = static_cast<std::int64_t>(memory);
  facts_.driver = fmt::format("driver for CUDA {}.{}", version / 1000, version % 1000 / 10);
  facts_.libraries = fmt::format("{}, kernels {}", kernels.compiler, kernels.code_hash);
}

std::int64_t CudaDevice::free_bytes() {
  enter();
  std::size_t available = 0;
  std::size_t total = 0;
  check(api_.mem_get_info(&available, &total));
  return static_cast<std::int64_t>(available);
}

Address CudaDevice::allocate(std::int64_t bytes) {
  enter();
  DriverApi::Memory memory = 0;
  check(api_.mem_alloc(&memory, static_cast<std::size_t>(bytes)));
  return memory;
}

void CudaDevice::release(Address memory) noexcept {
  api_.ctx_set_current(context_);
  api_.mem_free(memory);  // where the context has failed, its memory goes with the process
}

void* CudaDevice::allocate_pinned(std::int64_t bytes) {
  enter();
  void* memory = nullptr;
  check(api_.mem_host_alloc(&memory, static_cast<std::size_t>(bytes), 0));
  return memory;
}

void CudaDevice::release_pinned(void* memory) noexcept {
  api_.ctx_set_current(context_);
  api_.mem_free_host(memory);
}

StreamId CudaDevice::make_stream() {
  enter();
  Handle stream = nullptr;
  check(api_.stream_create(&stream, DriverApi::stream_non_blocking));
  return id_of<StreamId>(stream);
}

void CudaDevice::release_stream(StreamId stream) noexcept {
  api_.ctx_set_current(context_);
  // Before the stream: from its end on another thread may be given its handle, and must not find
  // memory that goes now.
  const Address workspace = take_workspace(stream);
  api_.stream_destroy(handle_of(stream));
  if (workspace != 0) {
    api_.mem_free(workspace);
  }
}

/// 0: it has none.
Address CudaDevice::take_workspace(StreamId stream) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = workspaces_.find(stream);
  if (found == workspaces_.end()) {
    return 0;
  }
  const Address workspace = found->second;
  workspaces_.erase(found);
  return workspace;
}

/// Made at a stream's first product or graph: within a graph nothing is allocated.
Workspace CudaDevice::workspace_of(StreamId stream) {
  const std::lock_guard lock(mutex_);
  auto found = workspaces_.find(stream);
  if (found == workspaces_.end()) {
    found = workspaces_.emplace(stream, allocate(workspace_bytes)).first;
  }
  return {.memory = reinterpret_cast<void*>(found->second), .bytes = workspace_bytes};
}

EventId CudaDevice::make_event() {
  enter();
  Handle event = nullptr;
  check(
      api_.event_create(&event, DriverApi::event_blocking_sync | DriverApi::event_disable_timing));
  return id_of<EventId>(event);
}

void CudaDevice::release_event(EventId event) noexcept {
  api_.ctx_set_current(context_);
  api_.event_destroy(handle_of(event));
}

void CudaDevice::clear(StreamId stream, Address memory, std::int64_t bytes) {
  enter();
  check(api_.memset_d8_async(memory, 0, static_cast<std::size_t>(bytes), handle_of(stream)));
}

void CudaDevice::upload(StreamId stream, Address to, const void* from, std::int64_t bytes) {
  enter();
  check(api_.memcpy_htod_async(to, from, static_cast<std::size_t>(bytes), handle_of(stream)));
}

void CudaDevice::download(StreamId stream, void* to, Address from, std::int64_t bytes) {
  enter();
  check(api_.memcpy_dtoh_async(to, from, static_cast<std::size_t>(bytes), handle_of(stream)));
}

void CudaDevice::copy(StreamId stream, Address to, Address from, std::int64_t bytes) {
  enter();
  check(api_.memcpy_dtod_async(to, from, static_cast<std::size_t>(bytes), handle_of(stream)));
}

void CudaDevice::launch(StreamId stream, const Launch& launch) {
  enter();
  // The driver copies the arguments before it returns.
  void* arguments[] = {const_cast<void*>(launch.args)};
  check(api_.launch_kernel(functions_[static_cast<std::size_t>(launch.kernel)],
                           static_cast<unsigned>(launch.blocks_x),
                           static_cast<unsigned>(launch.blocks_y),
                           1,
                           static_cast<unsigned>(launch.threads),
                           1,
                           1,
                           0,
                           handle_of(stream),
                           arguments,
                           nullptr));
}

void CudaDevice::multiply(StreamId stream, const MatrixProduct& product) {
  enter();
  products_->multiply(product, handle_of(stream), workspace_of(stream));
}

void CudaDevice::record(EventId event, StreamId stream) {
  enter();
  check(api_.event_record(handle_of(event), handle_of(stream)));
}

void CudaDevice::wait(StreamId stream, EventId event) {
  enter();
  check(api_.stream_wait_event(handle_of(stream), handle_of(event), 0));
}

void CudaDevice::await(EventId event) {
  enter();
  check(api_.event_synchronize(handle_of(event)));
}

void CudaDevice::await(StreamId stream) {
  enter();
  check(api_.stream_synchronize(handle_of(stream)));
}

void CudaDevice::begin_graph(StreamId stream) {
  enter();
  static_cast<void>(workspace_of(stream));
  check(api_.stream_begin_capture(handle_of(stream), DriverApi::capture_thread_local));
}

GraphId CudaDevice::end_graph(StreamId stream) {
  enter();
  Handle graph = nullptr;
  check(api_.stream_end_capture(handle_of(stream), &graph));
  Handle ready = nullptr;
  const int status = api_.graph_instantiate(&ready, graph, 0);
  api_.graph_destroy(graph);
  check(status);
  return id_of<GraphId>(ready);
}

void CudaDevice::replay(StreamId stream, GraphId graph) {
  enter();
  check(api_.graph_launch(handle_of(graph), handle_of(stream)));
}

void CudaDevice::release_graph(GraphId graph) noexcept {
  api_.ctx_set_current(context_);
  api_.graph_exec_destroy(handle_of(graph));
}

}  // namespace

int count_cuda_devices() {
  const auto api = load_driver();
  int count = 0;
  if (api) {
    (*api)->device_get_count(&count);
  }
  return count;
}

Result<std::unique_ptr<Device>> make_cuda_device(int ordinal) {
  const auto loaded = load_driver();
  if (!loaded) {
    return loaded.error();
  }
  const DriverApi& api = **loaded;
  if (const int count = count_cuda_devices(); ordinal >= count) {
    return Error{Errc::refused,
                 fmt::format("CUDA device {} was asked for, but NVIDIA's driver sees {}; `tarama "
                             "doctor` says which devices there are",
                             ordinal,
                             count)};
  }
  int number = 0;
  Handle context = nullptr;
  int status = api.device_get(&number, ordinal);
  if (status == 0) {
    status = api.primary_ctx_retain(&context, number);
  }
  if (status != 0) {
    return Error{Errc::refused, fmt::format("CUDA device {}: {}", ordinal, api.words_of(status))};
  }
  auto device = std::make_unique<CudaDevice>(api, number, context);
  if (auto error = device->prepare()) {
    return *error;
  }
  return std::unique_ptr<Device>(std::move(device));
}

}  // namespace tarama::cuda
