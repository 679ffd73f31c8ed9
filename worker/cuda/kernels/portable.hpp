// What the kernels' source needs of a compiler, so that the same text is compiled by NVRTC at run
// time (which has no headers of the host), by nvcc, and as plain C++ for machines without a GPU.
// Every header in this folder includes headers of this folder alone.
#pragma once

#if defined(__CUDACC__)
#define TARAMA_CUDA 1
#define TARAMA_DEVICE __device__ __forceinline__
#else
#define TARAMA_CUDA 0
#define TARAMA_DEVICE inline
#endif

#if !TARAMA_CUDA
#include <cmath>  // expf and its like by the C library's names, as on a GPU
#include <cstddef>
#include <cstring>
#endif

namespace tarama::cuda {

// Of their own: NVRTC has no <cstdint>.
using Int8 = unsigned char;
using Int32 = int;
using Word = unsigned int;
using Int64 = long long;
using Address = unsigned long long;  // in the device's memory

static_assert(sizeof(Int32) == 4 && sizeof(Word) == 4 && sizeof(Int64) == 8 && sizeof(Address) == 8,
              "arguments lie alike on both sides");

#if TARAMA_CUDA
template <class T>
using Ptr = T*;
#else
/// Where a device's addresses lie for the thread that runs a kernel as plain C++: what is to be
/// added to them. 0: they are the host's own.
inline thread_local std::ptrdiff_t host_distance = 0;

/// A pointer into the device's memory. The host can make one, and cannot look behind it; a kernel
/// can.
template <class T>
class Ptr {
 public:
  Ptr() = default;

  explicit Ptr(Address address) : address_(address) {}

  /// Into the host's own memory, for kernels that are run there.
  explicit Ptr(T* values) : address_(reinterpret_cast<Address>(values)) {}

  T& operator[](Int64 i) const {
    return *(reinterpret_cast<T*>(address_ + static_cast<Address>(host_distance)) + i);
  }

  Ptr operator+(Int64 i) const { return Ptr(address_ + static_cast<Address>(i) * sizeof(T)); }

  explicit operator bool() const { return address_ != 0; }

  [[nodiscard]] Address address() const { return address_; }

 private:
  Address address_ = 0;
};
#endif

/// A float of 8 bits of mantissa: the upper half of a float, rounded to nearest, ties to even.
struct BFloat16 {
  unsigned short bits;
};

TARAMA_DEVICE Word bits_of(float x) {
#if TARAMA_CUDA
  return __float_as_uint(x);
#else
  Word bits;
  std::memcpy(&bits, &x, sizeof(bits));
  return bits;
#endif
}

TARAMA_DEVICE float float_of_bits(Word bits) {
#if TARAMA_CUDA
  return __uint_as_float(bits);
#else
  float x;
  std::memcpy(&x, &bits, sizeof(x));
  return x;
#endif
}

TARAMA_DEVICE float widened(float x) {
  return x;
}

TARAMA_DEVICE float widened(BFloat16 x) {
  return float_of_bits(static_cast<Word>(x.bits) << 16);
}

template <class T>
struct Rounded;

template <>
struct Rounded<float> {
  static TARAMA_DEVICE float of(float x) { return x; }
};

template <>
struct Rounded<BFloat16> {
  static TARAMA_DEVICE BFloat16 of(float x) {
    const Word bits = bits_of(x);
    if ((bits & 0x7FFFFFFFU) > 0x7F800000U) {
      return {static_cast<unsigned short>((bits >> 16) | 0x40U)};  // no number stays none
    }
    return {static_cast<unsigned short>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16)};
  }
};

/// The number as it is kept in memory.
template <class T>
TARAMA_DEVICE T rounded(float x) {
  return Rounded<T>::of(x);
}

TARAMA_DEVICE bool is_finite(double x) {
  return x - x == 0;
}

TARAMA_DEVICE Int64 smaller(Int64 a, Int64 b) {
  return a < b ? a : b;
}

TARAMA_DEVICE float larger(float a, float b) {
  return a > b ? a : b;
}

}  // namespace tarama::cuda
