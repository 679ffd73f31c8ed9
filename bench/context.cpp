// What the measurements say of how they were made: the compiler.
#include <benchmark/benchmark.h>

namespace tarama::bench {
namespace {

[[maybe_unused]] const bool is_said = [] {
  benchmark::AddCustomContext("compiler", "GCC " __VERSION__);
  return true;
}();

}  // namespace
}  // namespace tarama::bench
