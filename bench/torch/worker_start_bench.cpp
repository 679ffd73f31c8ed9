// How long the worker takes to start, LibTorch with it, and to say what it is.
#include "bench/program_start.hpp"

namespace tarama::bench {
namespace {

BENCHMARK_CAPTURE(measure_start, worker, "tarama-worker", "--probe")
    ->Name("start/tarama-worker --probe")
    ->Iterations(1)
    ->Repetitions(start_repetitions)
    ->UseRealTime();

}  // namespace
}  // namespace tarama::bench
