// An array that is allocated once, zeroed, and begins at a cache line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
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
  explicit Buffer(std::int64_t size)
      : size_(size),
        elements_(static_cast<Element*>(::operator new (bytes(size), std::align_val_t{line}))) {
    std::memset(static_cast<void*>(elements_.get()), 0, bytes(size));
  }

  [[nodiscard]] Element* data() { return elements_.get(); }

  [[nodiscard]] const Element* data() const { return elements_.get(); }

  [[nodiscard]] std::int64_t size() const { return size_; }

  Element& operator[](std::int64_t i) { return elements_.get()[i]; }

  const Element& operator[](std::int64_t i) const { return elements_.get()[i]; }

 private:
  static constexpr std::size_t line = 64;

  static std::size_t bytes(std::int64_t size) {
    return static_cast<std::size_t>(size) * sizeof(Element);
  }

  struct Free {
    void operator()(Element* elements) const {
      ::operator delete (static_cast<void*>(elements), std::align_val_t{line});
    }
  };

  std::int64_t size_ = 0;
  std::unique_ptr<Element, Free> elements_;
};

}  // namespace tarama::packed
