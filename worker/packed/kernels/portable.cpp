// The kernels for all other processors, by vectors of 16 bytes; and those in float64.
#include "worker/packed/kernels/units.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#define TARAMA_UNIT portable
#define TARAMA_VECTOR_BYTES 16
#include "worker/packed/kernels/unit.hpp"

namespace tarama::packed {

const KernelTable<float>* portable_kernels() {
  static const KernelTable<float> table = portable::make_table<float>("portable");
  return &table;
}

const KernelTable<double>& exact_kernels() {
  static const KernelTable<double> table = portable::make_table<double>("float64");
  return table;
}

}  // namespace tarama::packed
