// Numbers too small to be normal become 0 while it lives, on this thread: moments of what has had
// no gradient for long decay into them, and each would cost a processor a hundred cycles.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace tarama::packed {

class FlushDenormals {
 public:
#if defined(__x86_64__)
  FlushDenormals() : before_(_mm_getcsr()) {
    _mm_setcsr(before_ | flush_results | read_as_zero);
  }

  ~FlushDenormals() {
    _mm_setcsr(before_);
  }
#elif defined(__aarch64__)
  FlushDenormals() {
    asm volatile("mrs %0, fpcr" : "=r"(before_));
    asm volatile("msr fpcr, %0" : : "r"(before_ | flush_results));
  }

  ~FlushDenormals() {
    asm volatile("msr fpcr, %0" : : "r"(before_));
  }
#else
  FlushDenormals() = default;
  ~FlushDenormals() = default;
#endif

  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__x86_64__)
  static constexpr unsigned flush_results = 1U << 15;
  static constexpr unsigned read_as_zero = 1U << 6;
  unsigned before_;
#elif defined(__aarch64__)
  static constexpr std::uint64_t flush_results = std::uint64_t{1} << 24;
  std::uint64_t before_;
#endif
};

}  // namespace tarama::packed
