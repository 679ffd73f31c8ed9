// What a row of `./dev bench` says beside its time; tools/bench_table.py reads it. A row's name is
// GROUP/WHAT; the group's heading stands in that script.
#pragma once

#include <benchmark/benchmark.h>
#include <cstdint>

namespace tarama::bench {

/// Each iteration did `count` of what the table names `unit` ("row", "run"): its time is shown
/// per unit.
inline void report_per(benchmark::State& state, const char* unit, std::int64_t count = 1) {
  state.SetLabel(unit);
  state.counters["count"] = static_cast<double>(count);
}

}  // namespace tarama::bench
