// One execution of a program, from its start to what its end means: its output is read, its reports
// are passed on, it is asked to end where its attempt is, and killed where it does not hear.
#pragma once

#include "core/sweep/metric_rows.hpp"
#include "core/sweep/program_spec.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "worker/program/guarded_program.hpp"
#include "worker/program/metric_source.hpp"
#include "worker/program/output_journal.hpp"
#include "worker/program/program_verdict.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace tarama::program {

/// Whom a run tells, and asks, on its own thread.
class ProgramHost {
 public:
  virtual ~ProgramHost() = default;
  /// May wait until there is room for it.
  virtual void on_report(const ReportedRow& row) = 0;
  virtual void on_line(const std::string& line) = 0;
  /// Asked many times a second, which is a sign of life as well.
  [[nodiscard]] virtual bool should_end() = 0;
  /// Whether everything that was reported is where no end of this process loses it; waits for that,
  /// but not for longer than the limit.
  [[nodiscard]] virtual bool are_reports_kept(std::chrono::milliseconds limit) = 0;
};

struct ProgramJob {
  ProgramSpec spec;
  ProgramStart start;
  std::filesystem::path stop_file;  // made when it is asked to end
  Metric metric;
  bool has_reported_before = false;      // an earlier attempt has told the metric
  std::unique_ptr<MetricSource> source;  // beside its output; may be null
  /// There as long as reports may be missing in the store. Through it comes the output where that
  /// is where its reports are. nullopt: there is none, and nothing is read again after a kill.
  std::optional<OutputJournal> journal{};
};

/// Never throws but for memory. Nothing of the program is left when this returns.
[[nodiscard]] Verdict run_program(ProgramJob job, ProgramHost& host);

}  // namespace tarama::program
