// Starting one of tarama's programs and awaiting its end, as a measurement.
#pragma once

#include <benchmark/benchmark.h>
#include <string>

namespace tarama::bench {

/// Each iteration starts `program`, which lies beside this one, with `argument` alone; its output
/// is thrown away. An error of the measurement if it cannot be started or fails.
void measure_start(benchmark::State& state, const std::string& program, const char* argument);

/// As often as one start must be measured: the first ones read the program from the disk.
inline constexpr int start_repetitions = 20;

}  // namespace tarama::bench
