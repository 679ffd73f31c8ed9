// Arrays between the host's own memory and the device's, by way of pinned memory; waits until they
// are there. For what happens once in a while: tables, weights, checkpoints.
#pragma once

#include "worker/cuda/device/device_memory.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace tarama::cuda {

/// As much as goes through at a time.
inline constexpr std::int64_t staged_bytes = std::int64_t{8} << 20;

class Staging {
 public:
  Staging(Device& device, StreamId stream, std::int64_t most_bytes)
      : device_(device), stream_(stream), pinned_(device, std::min(most_bytes, staged_bytes)) {}

  template <class Element>
  void upload(Address to, std::span<const Element> from) {
    each_piece(static_cast<std::int64_t>(from.size_bytes()),
               [&](std::int64_t first, std::int64_t bytes) {
                 std::memcpy(pinned_.data(),
                             reinterpret_cast<const char*>(from.data()) + first,
                             static_cast<std::size_t>(bytes));
                 device_.upload(stream_, to + static_cast<Address>(first), pinned_.data(), bytes);
                 device_.await(stream_);
               });
  }

  template <class Element>
  void download(std::span<Element> to, Address from) {
    each_piece(
        static_cast<std::int64_t>(to.size_bytes()), [&](std::int64_t first, std::int64_t bytes) {
          device_.download(stream_, pinned_.data(), from + static_cast<Address>(first), bytes);
          device_.await(stream_);
          std::memcpy(reinterpret_cast<char*>(to.data()) + first,
                      pinned_.data(),
                      static_cast<std::size_t>(bytes));
        });
  }

 private:
  template <class Work>
  void each_piece(std::int64_t bytes, Work work) {
    for (std::int64_t first = 0; first < bytes; first += pinned_.bytes()) {
      work(first, std::min(pinned_.bytes(), bytes - first));
    }
  }

  Device& device_;
  StreamId stream_;
  PinnedBytes pinned_;
};

/// A table that stays as it is.
template <class Element>
[[nodiscard]] DeviceArray<Element> on_device(Device& device,
                                             StreamId stream,
                                             const std::vector<Element>& table) {
  DeviceArray<Element> array(device, static_cast<std::int64_t>(table.size()));
  Staging staging(device, stream, array.bytes());
  staging.upload<Element>(array.address(), table);
  return array;
}

}  // namespace tarama::cuda
