// What programs of earlier attempts of a run had reported when their workers were killed: read from
// where it lies, and told as those attempts' reports.
#pragma once

#include "core/sweep/ids.hpp"
#include "worker/agent/attempt_session.hpp"
#include "worker/agent/run_log.hpp"

#include <chrono>
#include <filesystem>

namespace tarama {

/// Beside the log of the attempt: there from the start of its program until all that it reported is
/// stored. The journal is locked while a worker, or the guard of the program, lives.
struct JournalFiles {
  std::filesystem::path journal;
  std::filesystem::path mark;
};

[[nodiscard]] JournalFiles journal_files(const std::filesystem::path& store,
                                         RunId run,
                                         Attempt attempt);

/// TARAMA_METRICS of an attempt, in its run's folder.
[[nodiscard]] std::filesystem::path metrics_file(const std::filesystem::path& folder,
                                                 Attempt attempt);

/// First waits until nothing of an earlier attempt's program is left, 15 s at most: two at once in
/// one folder would spoil each other's files. Returns whether the run's metric is among what was
/// left.
[[nodiscard]] bool take_left_reports(AttemptSession& session,
                                     const std::filesystem::path& store,
                                     const RunLog& log);

}  // namespace tarama
