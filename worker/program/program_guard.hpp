// A small process between a worker and the program that it runs, which outlives neither: it gathers
// whatever the program starts, and ends all of it with the run - also where the worker is killed,
// and also what has left the program's process group. It is the worker's own program under the
// argument `guard`.
//
// The worker holds one end of two pipes. On the lifeline it orders (guard_order); its closing means
// the worker is gone. On the other the guard reports, a line each: `pid N` once the program runs,
// `error N` (an errno) where it cannot be started, `exit N` (of waitpid) once nothing of it is
// left. It stays until the lifeline closes: what the worker has not read of the output then goes
// behind what is in the journal (output_journal.hpp).
#pragma once

namespace tarama::program {

// File descriptors of the guard beside the standard ones.
inline constexpr int lifeline_descriptor = 3;
inline constexpr int report_descriptor = 4;
inline constexpr int journal_descriptor = 5;
inline constexpr int output_descriptor = 6;  // the pipe's end that the worker reads

enum class GuardOrder : char {
  ask_to_end = 'T',  // SIGTERM to the program's process group; what it leaves may take its time
  kill = 'K',        // SIGKILL to everything
};

/// `guard FOLDER PROGRAM ARGUMENTS...`, as the main function got them. Returns the exit code.
[[nodiscard]] int guard_main(int argc, char** argv);

}  // namespace tarama::program
