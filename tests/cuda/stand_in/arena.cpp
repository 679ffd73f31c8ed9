// See arena.hpp.
#include "tests/cuda/stand_in/arena.hpp"

#include <cstring>
#include <fcntl.h>
#include <iterator>
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>

namespace tarama::cuda::test {
namespace {

// Of addresses; memory is taken where it is touched, and given back where it is released.
constexpr std::int64_t size = std::int64_t{384} << 20;
// Whoever looks for addresses among the bytes of arguments meets numbers of 32 bits beside what an
// earlier pointer has left in the gap behind them. So the lower halves of addresses are of a kind
// that no argument is: integers above 1.6 billion, floats above 6e19.
constexpr std::uintptr_t lower_half = 0x60000000;
constexpr std::uintptr_t first_upper_half = 0x2A00;
constexpr std::uintptr_t tries = 64;  // each as good as another: several stand-ins live at once
constexpr std::int64_t page = 4096;
constexpr std::int64_t alignment = 256;

std::int64_t round_up(std::int64_t bytes, std::int64_t to) {
  return (bytes + to - 1) / to * to;
}

/// Where it is wished, if there is room.
char* map(int file, std::uintptr_t wished) {
  void* const memory =
      mmap(reinterpret_cast<void*>(wished), size, PROT_NONE, MAP_SHARED | MAP_NORESERVE, file, 0);
  if (memory == MAP_FAILED) {
    throw std::runtime_error("the stand-in's memory cannot be mapped");
  }
  return static_cast<char*>(memory);
}

char* map_at_telling_addresses(int file) {
  for (std::uintptr_t i = 0; i < tries; ++i) {
    const std::uintptr_t wished = ((first_upper_half + i) << 32) + lower_half;
    char* const memory = map(file, wished);
    if (reinterpret_cast<std::uintptr_t>(memory) == wished) {
      return memory;
    }
    munmap(memory, size);
  }
  return map(file, 0);
}

}  // namespace

Arena::Arena() {
  const int file = memfd_create("stand-in", MFD_CLOEXEC);
  if (file < 0 || ftruncate(file, size) != 0) {
    throw std::runtime_error("the stand-in's memory cannot be made");
  }
  closed_ = map_at_telling_addresses(file);
  open_ = map(file, 0);  // opened by allocation
  close(file);
  next_ = reinterpret_cast<Address>(closed_) + page;
}

Arena::~Arena() {
  munmap(closed_, size);
  munmap(open_, size);
}

std::optional<Address> Arena::allocate(std::int64_t bytes) {
  // At the end of its pages, as far as the alignment allows.
  const std::int64_t aligned = round_up(bytes, alignment);
  const std::int64_t pages_bytes = round_up(aligned, page);
  const Address past = reinterpret_cast<Address>(closed_) + static_cast<Address>(size);
  if (next_ + static_cast<Address>(pages_bytes + page) > past) {
    return std::nullopt;
  }
  const Extent extent{next_, pages_bytes, bytes};
  next_ += static_cast<Address>(pages_bytes + page);
  char* const opened = open(extent.first_page);
  if (mprotect(opened, static_cast<std::size_t>(pages_bytes), PROT_READ | PROT_WRITE) != 0) {
    return std::nullopt;
  }
  std::memset(opened, 0xFF, static_cast<std::size_t>(pages_bytes));
  const Address memory = extent.first_page + static_cast<Address>(pages_bytes - aligned);
  live_.emplace(memory, extent);
  allocated_bytes_ += bytes;
  return memory;
}

bool Arena::release(Address memory) {
  const auto found = live_.find(memory);
  if (found == live_.end()) {
    return false;
  }
  const Extent& extent = found->second;
  char* const opened = open(extent.first_page);
  const auto bytes = static_cast<std::size_t>(extent.pages_bytes);
  madvise(opened, bytes, MADV_REMOVE);  // the pages themselves go back
  mprotect(opened, bytes, PROT_NONE);
  allocated_bytes_ -= extent.bytes;
  live_.erase(found);
  return true;
}

std::optional<Address> Arena::allocation_at(Address address) const {
  const auto behind = live_.upper_bound(address);
  if (behind == live_.begin()) {
    return std::nullopt;
  }
  const auto& [memory, extent] = *std::prev(behind);
  const bool is_in = address < memory + static_cast<Address>(extent.bytes);
  return is_in ? std::optional(memory) : std::nullopt;
}

bool Arena::holds(Address address, std::int64_t bytes) const {
  const auto memory = allocation_at(address);
  return memory && address + static_cast<Address>(bytes) <=
                       *memory + static_cast<Address>(live_.at(*memory).bytes);
}

bool Arena::is_inside(Address address) const {
  const auto first = reinterpret_cast<Address>(closed_);
  return address >= first && address < first + static_cast<Address>(size);
}

std::ptrdiff_t Arena::distance() const {
  return open_ - closed_;
}

}  // namespace tarama::cuda::test
