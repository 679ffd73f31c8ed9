// The account of a sweep as JSON: the same keys wherever it is shown.
#pragma once

#include "core/scheduling/scheduler.hpp"

#include <nlohmann/json_fwd.hpp>

namespace tarama {

/// {"planned", "pending", "leased", "running", "succeeded", "stopped", "failed", "cancelled"}.
[[nodiscard]] nlohmann::ordered_json account_json(const Account& account);

/// Of a document that has those keys; what is missing counts 0.
[[nodiscard]] Account account_from_json(const nlohmann::ordered_json& document);

/// Runs that nothing but `retry` moves on.
[[nodiscard]] std::int64_t runs_over(const Account& account);

}  // namespace tarama
