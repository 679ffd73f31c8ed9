// Where a program's numbers come from while it runs, beside its output: looked at again and again.
#pragma once

#include "core/sweep/metric_rows.hpp"
#include "core/sweep/program_spec.hpp"
#include "worker/program/read_mark.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarama::program {

class MetricSource {
 public:
  virtual ~MetricSource() = default;
  /// What has come since the last call, at most some thousand rows; none: nothing has.
  [[nodiscard]] virtual std::vector<ReportedRow> look(std::int64_t at) = 0;

  /// Once nothing more comes: of a last line without an end.
  [[nodiscard]] virtual std::vector<ReportedRow> finish(std::int64_t /*at*/) { return {}; }

  /// What it has left out and why, for the log; said once.
  [[nodiscard]] virtual std::optional<std::string> take_remark() { return std::nullopt; }

  /// Where it began, for whoever has to read all of it again.
  [[nodiscard]] virtual ReadMark beginning() const { return {}; }
};

/// Lines of JSON that are appended to a file, which need not be there yet, from a mark on. A file
/// that has become shorter is read from its beginning.
[[nodiscard]] std::unique_ptr<MetricSource> make_metrics_file(std::filesystem::path path,
                                                              ReadMark from = {});

/// Event files of TensorBoard in and below a folder, from what they hold now on.
[[nodiscard]] std::unique_ptr<MetricSource> make_event_files(std::filesystem::path folder);
/// ... from a mark on; what it does not name, from its beginning.
[[nodiscard]] std::unique_ptr<MetricSource> make_event_files(std::filesystem::path folder,
                                                             const ReadMark& from);

}  // namespace tarama::program
