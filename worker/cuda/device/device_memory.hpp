// Owners of what a device gives out, each released with its owner. The device outlives them, and no
// work that touches them is under way when they go.
#pragma once

#include "worker/cuda/device/device.hpp"

#include <cstdint>
#include <utility>

namespace tarama::cuda {

/// `count` elements in the device's memory.
template <class Element>
class DeviceArray {
 public:
  DeviceArray() = default;

  DeviceArray(Device& device, std::int64_t count)
      : device_(&device),
        count_(count),
        address_(count > 0 ? device.allocate(count * static_cast<std::int64_t>(sizeof(Element)))
                           : 0) {}

  DeviceArray(DeviceArray&& other) noexcept
      : device_(other.device_),
        count_(std::exchange(other.count_, 0)),
        address_(std::exchange(other.address_, 0)) {}

  DeviceArray& operator=(DeviceArray&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(count_, other.count_);
    std::swap(address_, other.address_);
    return *this;
  }

  ~DeviceArray() {
    if (address_ != 0) {
      device_->release(address_);
    }
  }

  [[nodiscard]] Address address() const { return address_; }

  [[nodiscard]] Address address_of(std::int64_t element) const {
    return address_ + static_cast<Address>(element) * sizeof(Element);
  }

  [[nodiscard]] Ptr<Element> ptr() const { return Ptr<Element>(address_); }

  [[nodiscard]] Ptr<const Element> read() const { return Ptr<const Element>(address_); }

  [[nodiscard]] std::int64_t count() const { return count_; }

  [[nodiscard]] std::int64_t bytes() const {
    return count_ * static_cast<std::int64_t>(sizeof(Element));
  }

 private:
  Device* device_ = nullptr;
  std::int64_t count_ = 0;
  Address address_ = 0;
};

/// Bytes of the host that copies may read and write.
class PinnedBytes {
 public:
  PinnedBytes() = default;

  PinnedBytes(Device& device, std::int64_t bytes)
      : device_(&device), memory_(device.allocate_pinned(bytes)), bytes_(bytes) {}

  PinnedBytes(PinnedBytes&& other) noexcept
      : device_(other.device_),
        memory_(std::exchange(other.memory_, nullptr)),
        bytes_(std::exchange(other.bytes_, 0)) {}

  PinnedBytes& operator=(PinnedBytes&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(memory_, other.memory_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }

  ~PinnedBytes() {
    if (memory_ != nullptr) {
      device_->release_pinned(memory_);
    }
  }

  [[nodiscard]] char* data() const { return static_cast<char*>(memory_); }

  [[nodiscard]] std::int64_t bytes() const { return bytes_; }

 private:
  Device* device_ = nullptr;
  void* memory_ = nullptr;
  std::int64_t bytes_ = 0;
};

class Stream {
 public:
  explicit Stream(Device& device) : device_(device), id_(device.make_stream()) {}

  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  ~Stream() { device_.release_stream(id_); }

  [[nodiscard]] StreamId id() const { return id_; }

 private:
  Device& device_;
  StreamId id_;
};

class Event {
 public:
  explicit Event(Device& device) : device_(&device), id_(device.make_event()), is_owner_(true) {}

  Event(Event&& other) noexcept
      : device_(other.device_), id_(other.id_), is_owner_(std::exchange(other.is_owner_, false)) {}

  Event& operator=(Event&&) = delete;

  ~Event() {
    if (is_owner_) {
      device_->release_event(id_);
    }
  }

  [[nodiscard]] EventId id() const { return id_; }

 private:
  Device* device_;
  EventId id_;
  bool is_owner_;
};

}  // namespace tarama::cuda
