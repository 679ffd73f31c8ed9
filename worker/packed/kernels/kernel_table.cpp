// Which table a processor takes.
#include "worker/packed/kernels/kernel_table.hpp"

#include "worker/packed/kernels/units.hpp"

namespace tarama::packed {

const KernelTable<float>* kernels_named(std::string_view name) {
#if defined(__x86_64__)
  if (name == "avx512") {
    const bool is_there = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                          __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
    return is_there ? avx512_kernels() : nullptr;
  }
  if (name == "avx2") {
    const bool is_there = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return is_there ? avx2_kernels() : nullptr;
  }
#endif
  return name == "portable" ? portable_kernels() : nullptr;
}

const KernelTable<float>& kernels() {
  static const KernelTable<float>* const best = [] {
    for (const char* const name : {"avx512", "avx2"}) {
      if (const KernelTable<float>* const table = kernels_named(name)) {
        return table;
      }
    }
    return portable_kernels();
  }();
  return *best;
}

}  // namespace tarama::packed
