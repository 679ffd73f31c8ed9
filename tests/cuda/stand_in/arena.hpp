// The stand-in's memory: one file in memory, mapped twice. At its addresses the host may neither
// read nor write; kernels and copies see it at the other place. Each allocation ends where a closed
// page begins, and what is released is closed at both places, so that whatever reaches past an end
// or into released memory ends the program at once.
#pragma once

#include "worker/cuda/kernels/portable.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace tarama::cuda::test {

class Arena {
 public:
  Arena();
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Filled with bytes of 0xFF: not a number as floats, -1 as integers. nullopt: it is full.
  [[nodiscard]] std::optional<Address> allocate(std::int64_t bytes);
  /// False where it is not allocated.
  [[nodiscard]] bool release(Address memory);

  /// The beginning of the allocation that the address lies in; nullopt: it is in none.
  [[nodiscard]] std::optional<Address> allocation_at(Address address) const;
  /// Whether all of these bytes lie in one allocation.
  [[nodiscard]] bool holds(Address address, std::int64_t bytes) const;
  /// Whether it is an address of this memory at all.
  [[nodiscard]] bool is_inside(Address address) const;

  /// What is to be added to an address to look behind it.
  [[nodiscard]] std::ptrdiff_t distance() const;

  [[nodiscard]] char* open(Address address) const {
    return reinterpret_cast<char*>(address) + distance();
  }

  [[nodiscard]] std::int64_t allocated_bytes() const { return allocated_bytes_; }

  [[nodiscard]] std::size_t allocations() const { return live_.size(); }

 private:
  struct Extent {
    Address first_page = 0;
    std::int64_t pages_bytes = 0;  // without the closed page behind
    std::int64_t bytes = 0;
  };

  char* closed_ = nullptr;
  char* open_ = nullptr;
  Address next_ = 0;  // addresses are never given out twice
  std::map<Address, Extent> live_;
  std::int64_t allocated_bytes_ = 0;
};

}  // namespace tarama::cuda::test
