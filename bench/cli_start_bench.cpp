// How long the CLI takes to start and end.
#include "bench/program_start.hpp"

namespace tarama::bench {
namespace {

BENCHMARK_CAPTURE(measure_start, cli, "tarama", "--version")
    ->Name("start/tarama --version")
    ->Iterations(1)
    ->Repetitions(start_repetitions)
    ->UseRealTime();

}  // namespace
}  // namespace tarama::bench
