// Where a program's numbers come from while it runs, beside its output: looked at again and again.
#pragma once

#include "core/sweep/metric_rows.hpp"
#include "core/sweep/program_spec.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace tarama::program {

class MetricSource {
 public:
  virtual ~MetricSource() = default;
  /// What has come since the last call, at most some thousand rows: call again while there are any.
  [[nodiscard]] virtual std::vector<ReportedRow> look(std::int64_t at) = 0;
};

/// Lines of JSON that are appended to a file, which need not be there yet. A file that has become
/// shorter is read from its beginning.
[[nodiscard]] std::unique_ptr<MetricSource> make_metrics_file(std::filesystem::path path);

/// Event files of TensorBoard in and below a folder, from what they hold now on.
[[nodiscard]] std::unique_ptr<MetricSource> make_event_files(std::filesystem::path folder);

}  // namespace tarama::program
