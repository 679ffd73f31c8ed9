// Batches on their way to the device: written into pinned memory, uploaded by a stream of their own
// while earlier steps compute, and copied to the one place where the launches of a step read them.
#pragma once

#include "worker/cuda/device/device_memory.hpp"
#include "worker/cuda/model/batch_image.hpp"
#include "worker/cuda/model/pass_shape.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace tarama::cuda {

class BatchFeed {
 public:
  BatchFeed(Device& device, const PassShape& most, std::int64_t table_rows)
      : device_(device), most_(most), table_rows_(table_rows) {
    const std::int64_t bytes = places(most.tokens).bytes;
    place_ = DeviceArray<char>(device, bytes);
    for (int i = 0; i < slots_at_once; ++i) {
      slots_.emplace_back(device, bytes);
    }
  }

  [[nodiscard]] BatchPlaces places(std::int64_t bucket) const {
    return places_for({.examples = most_.examples, .tokens = bucket, .table_rows = table_rows_});
  }

  /// Where a part with so many tokens lies for what is enqueued behind its `send`.
  [[nodiscard]] BatchView view(std::int64_t bucket) const {
    return view_at(places(bucket), place_.address());
  }

  /// `write` fills the part's block; then it goes its way. Waits only for a part that was sent
  /// slots_at_once parts before.
  void send(StreamId computing,
            StreamId copying,
            std::int64_t bucket,
            const std::function<void(const BatchPlaces&, char*)>& write) {
    Slot& slot = slots_[next_];
    next_ = (next_ + 1) % slots_.size();
    const BatchPlaces its_places = places(bucket);
    if (slot.is_used) {
      device_.await(slot.was_uploaded.id());  // the host may write over it
      device_.wait(copying, slot.was_read.id());
    }
    slot.is_used = true;
    write(its_places, slot.pinned.data());
    device_.upload(copying, slot.bytes.address(), slot.pinned.data(), its_places.bytes);
    device_.record(slot.was_uploaded.id(), copying);
    device_.wait(computing, slot.was_uploaded.id());
    device_.copy(computing, place_.address(), slot.bytes.address(), its_places.bytes);
    device_.record(slot.was_read.id(), computing);
  }

  /// A part without examples.
  void send_nothing(StreamId computing) {
    device_.clear(computing, place_.address(), place_.bytes());
  }

 private:
  // One is read, one uploaded, one written.
  static constexpr int slots_at_once = 3;

  struct Slot {
    Slot(Device& device, std::int64_t its_bytes)
        : pinned(device, its_bytes),
          bytes(device, its_bytes),
          was_uploaded(device),
          was_read(device) {}

    PinnedBytes pinned;
    DeviceArray<char> bytes;
    Event was_uploaded;
    Event was_read;
    bool is_used = false;
  };

  Device& device_;
  PassShape most_;
  std::int64_t table_rows_;
  DeviceArray<char> place_;
  std::vector<Slot> slots_;
  std::size_t next_ = 0;
};

}  // namespace tarama::cuda
