// The seam between the learner and a GPU. Behind it stand CUDA's driver (cuda_device.hpp) and, in
// tests, a stand-in on the host whose memory is as closed to the learner as a GPU's is.
//
// Work is enqueued on streams: what is on one stream is done in its order, what is on two is done
// in any order but where one waits for an event of the other. Enqueuing returns before the work is
// done, and whatever it reads or writes must stay until then. The device's memory is addresses: the
// host never looks behind one.
//
// For any thread; a stream is for one at a time. Whatever fails throws DeviceError: after that the
// device is of no use to this process, but for OutOfDeviceMemory, which leaves all as it was.
#pragma once

#include "worker/cuda/device/kernel_id.hpp"

#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace tarama::cuda {

/// In words of CUDA's own, so that worker/training/device_failure.hpp tells what they mean.
class DeviceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class OutOfDeviceMemory : public DeviceError {
 public:
  using DeviceError::DeviceError;
};

/// What a run's bits depend on, and what people want to know. The driver is none of the former:
/// kernels come to it as a processor's own code, and cuBLASLt chooses how it multiplies.
struct DeviceFacts {
  std::string name;                // "NVIDIA H100 80GB HBM3"
  std::string compute_capability;  // "9.0"
  std::string libraries;           // compiler of kernels, and products, with versions
  std::int64_t memory_bytes = 0;
  std::string driver{};
};

enum class StreamId : std::int64_t {};
enum class EventId : std::int64_t {};
enum class GraphId : std::int64_t {};

struct Launch {
  KernelId kernel{};
  Int32 blocks_x = 1;
  Int32 blocks_y = 1;
  Int32 threads = 32;          // a multiple of threads_of_warp
  const void* args = nullptr;  // read before `launch` returns
  std::size_t args_bytes = 0;
};

enum class NumberType { float32, bfloat16 };

/// A factor of a product, row-major; rows lie `stride` elements apart.
struct Factor {
  Address values = 0;
  std::int64_t stride = 0;
  bool is_transposed = false;  // it lies as [columns, rows]
};

/// C [m, n] = A [m, k] B [k, n] (+ C), summed in float32, without TF32.
struct MatrixProduct {
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  Factor a;
  Factor b;
  NumberType factors = NumberType::float32;
  Address c = 0;
  std::int64_t c_stride = 0;
  NumberType result = NumberType::float32;
  bool adds_to_c = false;
};

class Device {
 public:
  virtual ~Device() = default;

  [[nodiscard]] virtual DeviceFacts facts() const = 0;

  /// What is not allocated, by this process or another.
  [[nodiscard]] virtual std::int64_t free_bytes() = 0;

  /// Aligned to 256 bytes; what is there is of nobody. OutOfDeviceMemory where there is no room.
  [[nodiscard]] virtual Address allocate(std::int64_t bytes) = 0;
  /// No work that touches it may be under way.
  virtual void release(Address memory) noexcept = 0;
  /// Memory of the host that copies may read and write.
  [[nodiscard]] virtual void* allocate_pinned(std::int64_t bytes) = 0;
  virtual void release_pinned(void* memory) noexcept = 0;

  [[nodiscard]] virtual StreamId make_stream() = 0;
  virtual void release_stream(StreamId stream) noexcept = 0;
  [[nodiscard]] virtual EventId make_event() = 0;
  virtual void release_event(EventId event) noexcept = 0;

  /// Sets every byte to 0.
  virtual void clear(StreamId stream, Address memory, std::int64_t bytes) = 0;
  /// From and to pinned memory, and within the device's.
  virtual void upload(StreamId stream, Address to, const void* from, std::int64_t bytes) = 0;
  virtual void download(StreamId stream, void* to, Address from, std::int64_t bytes) = 0;
  virtual void copy(StreamId stream, Address to, Address from, std::int64_t bytes) = 0;
  virtual void launch(StreamId stream, const Launch& launch) = 0;
  virtual void multiply(StreamId stream, const MatrixProduct& product) = 0;

  /// The event is what the stream has been given so far.
  virtual void record(EventId event, StreamId stream) = 0;
  /// What the stream is given from now on waits for what the event is now.
  virtual void wait(StreamId stream, EventId event) = 0;
  /// The host waits.
  virtual void await(EventId event) = 0;
  virtual void await(StreamId stream) = 0;

  /// What is enqueued from here on is not done, but kept as a graph. No memory is allocated, no
  /// event recorded or waited for, and nothing uploaded or downloaded in between.
  virtual void begin_graph(StreamId stream) = 0;
  /// OutOfDeviceMemory where there is no room for it: nothing of it is kept, or done.
  [[nodiscard]] virtual GraphId end_graph(StreamId stream) = 0;
  /// Does all of it, in its order. OutOfDeviceMemory: nothing of it.
  virtual void replay(StreamId stream, GraphId graph) = 0;
  virtual void release_graph(GraphId graph) noexcept = 0;
};

struct Grid {
  Int32 blocks_x = 1;
  Int32 blocks_y = 1;
  Int32 threads = 32;
};

/// Enqueues the kernel; nothing where the grid is empty.
template <class Kernel>
void launch(Device& device, StreamId stream, const Grid& grid, const typename Kernel::Args& args) {
  static_assert(std::is_trivially_copyable_v<typename Kernel::Args>);
  static_assert(sizeof(typename Kernel::Args) <= 4096, "what CUDA takes as arguments of a kernel");
  if (grid.blocks_x > 0 && grid.blocks_y > 0) {
    device.launch(stream,
                  {.kernel = KernelIdOf<Kernel>::value,
                   .blocks_x = grid.blocks_x,
                   .blocks_y = grid.blocks_y,
                   .threads = grid.threads,
                   .args = &args,
                   .args_bytes = sizeof(args)});
  }
}

}  // namespace tarama::cuda
