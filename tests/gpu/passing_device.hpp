// A device that passes everything on to another: what a test changes of one stands in a class
// derived from it.
#pragma once

#include "worker/cuda/device/device.hpp"

#include <cstdint>

namespace tarama::gpu_check {

class PassingDevice : public cuda::Device {
 public:
  explicit PassingDevice(cuda::Device& device) : device_(device) {}

  [[nodiscard]] cuda::Address allocate(std::int64_t bytes) override {
    return device_.allocate(bytes);
  }

  [[nodiscard]] cuda::DeviceFacts facts() const override { return device_.facts(); }

  [[nodiscard]] std::int64_t free_bytes() override { return device_.free_bytes(); }

  void release(cuda::Address memory) noexcept override { device_.release(memory); }

  [[nodiscard]] void* allocate_pinned(std::int64_t bytes) override {
    return device_.allocate_pinned(bytes);
  }

  void release_pinned(void* memory) noexcept override { device_.release_pinned(memory); }

  [[nodiscard]] cuda::StreamId make_stream() override { return device_.make_stream(); }

  void release_stream(cuda::StreamId stream) noexcept override { device_.release_stream(stream); }

  [[nodiscard]] cuda::EventId make_event() override { return device_.make_event(); }

  void release_event(cuda::EventId event) noexcept override { device_.release_event(event); }

  void clear(cuda::StreamId stream, cuda::Address memory, std::int64_t bytes) override {
    device_.clear(stream, memory, bytes);
  }

  void upload(cuda::StreamId stream,
              cuda::Address to,
              const void* from,
              std::int64_t bytes) override {
    device_.upload(stream, to, from, bytes);
  }

  void download(cuda::StreamId stream, void* to, cuda::Address from, std::int64_t bytes) override {
    device_.download(stream, to, from, bytes);
  }

  void copy(cuda::StreamId stream,
            cuda::Address to,
            cuda::Address from,
            std::int64_t bytes) override {
    device_.copy(stream, to, from, bytes);
  }

  void launch(cuda::StreamId stream, const cuda::Launch& launch) override {
    device_.launch(stream, launch);
  }

  void multiply(cuda::StreamId stream, const cuda::MatrixProduct& product) override {
    device_.multiply(stream, product);
  }

  void record(cuda::EventId event, cuda::StreamId stream) override {
    device_.record(event, stream);
  }

  void wait(cuda::StreamId stream, cuda::EventId event) override { device_.wait(stream, event); }

  void await(cuda::EventId event) override { device_.await(event); }

  void await(cuda::StreamId stream) override { device_.await(stream); }

  void begin_graph(cuda::StreamId stream) override { device_.begin_graph(stream); }

  [[nodiscard]] cuda::GraphId end_graph(cuda::StreamId stream) override {
    return device_.end_graph(stream);
  }

  void replay(cuda::StreamId stream, cuda::GraphId graph) override {
    device_.replay(stream, graph);
  }

  void release_graph(cuda::GraphId graph) noexcept override { device_.release_graph(graph); }

 private:
  cuda::Device& device_;
};

}  // namespace tarama::gpu_check
