// The questions of the page to a store, each an address below /api/.
#pragma once

#include "cli/context.hpp"
#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"
#include "documents/curves/curve_reader.hpp"
#include "web/server/http_message.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace tarama::cli {

/// What questions are answered from.
struct PageSources {
  const Context& context;
  const db::ReadStore& store;
  CurveReader& curves;
};

struct PageQuestion {
  std::string_view path;
  Result<std::string> (*answer)(const PageSources& sources, const web::Request& request);
  std::string_view content_type;
  /// Whether its answer changes with the feed of changes alone, so that a browser may keep it.
  bool follows_changes;
};

/// nullptr: there is no such address.
[[nodiscard]] const PageQuestion* find_page_question(std::string_view path);

/// As JSON of one line; what is no UTF-8 becomes U+FFFD.
[[nodiscard]] std::string compact(const nlohmann::ordered_json& document);

}  // namespace tarama::cli
