// Why runs of a sweep failed, by class: what stands under its result, and in its document.
#pragma once

#include "cli/text/text_style.hpp"
#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"
#include "db/store_folder.hpp"

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace tarama::cli {

/// The failed runs of one class, with one of them as the example.
struct FailureGroup {
  db::FailureInfo info;
  std::string log_tail;  // of the example's last attempt
};

/// Findings last, the commonest class first.
[[nodiscard]] Result<std::vector<FailureGroup>> read_failures(const db::ReadStore& store,
                                                              const db::StoreFolder& folder,
                                                              SweepId sweep);

/// Runs that failed otherwise than by diverging, which is a finding about their level.
[[nodiscard]] std::int64_t runs_at_fault(const std::vector<FailureGroup>& failures);

/// An object for each class, as docs/JSON.md says.
[[nodiscard]] nlohmann::ordered_json failures_json(const std::vector<FailureGroup>& failures);

/// Some lines for each class; empty where nothing failed.
[[nodiscard]] std::string failures_text(const std::vector<FailureGroup>& failures,
                                        const TextStyle& style);

}  // namespace tarama::cli
