// What killed processes left in a store: files that were never finished, states that nobody will go
// on from, caches that nobody has used for long. Never what a living process uses. Blocks on files.
#pragma once

#include "core/sweep/ids.hpp"
#include "db/store_folder.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace tarama::orchestrator {

/// Without a process's number in its name: its attempt alone tells whether somebody writes it.
struct UnfinishedCheckpoint {
  std::filesystem::path path;
  RunId run;
  Attempt attempt;
};

/// What only the rows can say whether it is left over.
struct PerhapsLeft {
  std::vector<RunId> kept_states;
  std::vector<UnfinishedCheckpoint> checkpoints;
};

/// Removes unfinished files and folders whose process is gone, and tokenized data that were neither
/// read nor written for `cache_age`.
void remove_what_the_dead_left(const std::filesystem::path& store,
                               std::chrono::milliseconds cache_age = db::cache_kept);

/// Ends what programs of this store's runs have started and nobody watches over any more; takes
/// some seconds where it does not go at once. For the log, a line each; empty: there was nothing.
[[nodiscard]] std::vector<std::string> end_what_programs_left(const std::filesystem::path& store);

[[nodiscard]] PerhapsLeft perhaps_left_in(const std::filesystem::path& store);

/// Removes all of it.
void remove(const std::filesystem::path& store, const PerhapsLeft& left);

}  // namespace tarama::orchestrator
