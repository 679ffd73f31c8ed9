// What our programs do first about the signals and streams that they were started with: what was
// ignored stays ignored (`nohup`, a job in the background), a reader of a pipe that goes away kills
// nothing, and no socket or database gets the number of a standard stream that was closed.
#pragma once

#include <csignal>
#include <vector>

namespace tarama::transport {

/// Whether the process ignores the signal now.
[[nodiscard]] bool is_ignored(int signal);

/// Those of `signals` that are not ignored: the ones to be handled.
[[nodiscard]] std::vector<int> not_ignored(const std::vector<int>& signals);

/// From now on a write to a pipe without a reader fails with EPIPE and does nothing else. By a
/// handler, so that programs which this one starts have the signal as it was.
void survive_broken_pipes();

/// Opens /dev/null as each of stdin, stdout and stderr that is closed. Before anything is opened:
/// else the next file gets its number, and what is printed goes there.
void open_closed_streams();

}  // namespace tarama::transport
