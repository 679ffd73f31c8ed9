// Numbers in a row: an array's own, or a part of something larger that is kept alive, such as a
// mapped file, which all workers of a machine then have in memory once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace tarama {

/// Reads as a vector does; copies of a shared one share it. What changes it makes the numbers its
/// own first. Not for bool.
template <class Number>
class SharedArray {
 public:
  using value_type = Number;
  using const_iterator = const Number*;
  using iterator = const_iterator;

  SharedArray() = default;

  // Implicit: whatever makes numbers makes a vector of them.
  SharedArray(std::vector<Number> numbers) : own_(std::move(numbers)) {}

  SharedArray(std::initializer_list<Number> numbers) : own_(numbers) {}

  /// `numbers`, which live as long as `keeper` does.
  SharedArray(std::shared_ptr<const void> keeper, std::span<const Number> numbers)
      : keeper_(std::move(keeper)), shared_(numbers) {}

  [[nodiscard]] bool is_shared() const { return keeper_ != nullptr; }

  [[nodiscard]] const Number* data() const { return keeper_ ? shared_.data() : own_.data(); }

  [[nodiscard]] std::size_t size() const { return keeper_ ? shared_.size() : own_.size(); }

  [[nodiscard]] bool empty() const { return size() == 0; }

  [[nodiscard]] const Number* begin() const { return data(); }

  [[nodiscard]] const Number* end() const { return data() + size(); }

  [[nodiscard]] const Number& operator[](std::size_t at) const { return data()[at]; }

  [[nodiscard]] const Number& back() const { return data()[size() - 1]; }

  /// The numbers to be changed; valid until the next call of anything that changes the array.
  [[nodiscard]] std::vector<Number>& edit() {
    if (keeper_) {
      own_.assign(shared_.begin(), shared_.end());
      keeper_.reset();
      shared_ = {};
    }
    return own_;
  }

  void push_back(Number number) { edit().push_back(number); }

  template <class Iterator>
  void insert(const_iterator before, Iterator first, Iterator last) {
    const auto place = before - begin();
    std::vector<Number>& numbers = edit();
    numbers.insert(numbers.begin() + place, first, last);
  }

  friend bool operator==(const SharedArray& left, const SharedArray& right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end());
  }

 private:
  std::vector<Number> own_;
  std::shared_ptr<const void> keeper_;
  std::span<const Number> shared_;
};

}  // namespace tarama
