// An array that is allocated once, zeroed, and begins at a cache line. What is never touched takes
// no memory: buffers are sized for the largest batch, and most batches are far smaller. Under
// AddressSanitizer it ends where its last element does, so that what is read behind it is found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace tarama::packed {

template <class Element>
class Buffer {
  static_assert(std::is_trivially_copyable_v<Element>);

 public:
  Buffer() = default;

  /// Throws std::bad_alloc.
#if defined(__SANITIZE_ADDRESS__)
  explicit Buffer(std::int64_t size)
      : size_(size), memory_(std::calloc(static_cast<std::size_t>(size), sizeof(Element))) {
    if (memory_ == nullptr && size > 0) {
      throw std::bad_alloc();
    }
    elements_ = static_cast<Element*>(memory_.get());
  }
#else
  explicit Buffer(std::int64_t size)
      : size_(size),
        memory_(std::calloc(static_cast<std::size_t>(size) * sizeof(Element) + line, 1)) {
    if (memory_ == nullptr) {
      throw std::bad_alloc();
    }
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.get());
    elements_ = reinterpret_cast<Element*>((address + line - 1) / line * line);
  }
#endif

  [[nodiscard]] Element* data() {
    return elements_;
  }

  [[nodiscard]] const Element* data() const {
    return elements_;
  }

  [[nodiscard]] std::int64_t size() const {
    return size_;
  }

  Element& operator[](std::int64_t i) {
    return elements_[i];
  }

  const Element& operator[](std::int64_t i) const {
    return elements_[i];
  }

 private:
  static constexpr std::size_t line = 64;

  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };

  std::int64_t size_ = 0;
  std::unique_ptr<void, Free> memory_;
  Element* elements_ = nullptr;
};

}  // namespace tarama::packed
