// A sweep as one HTML file, to be sent: its answer readable by itself, and the dashboard's front
// end with the sweep's documents and curves inside.
#pragma once

#include "cli/context.hpp"
#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"

#include <string>
#include <string_view>

namespace tarama::cli {

/// In the first 100 bytes of every report, by which `report` knows its own work.
inline constexpr std::string_view report_mark = "<!-- a report of tarama -->";

struct ReportOptions {
  TimePoint made_at;
  bool has_texts = false;  // texts of the data that are got wrong most
};

/// The documents are within it as `packed_text`. Nothing in it comes from another file or from the
/// network; only its own script and style may run, by their hashes.
[[nodiscard]] Result<std::string> report_page(const Context& context,
                                              const db::ReadStore& store,
                                              SweepId sweep,
                                              const ReportOptions& options);

}  // namespace tarama::cli
