// What the page is given about one sweep: the documents that commands print, together.
#pragma once

#include "cli/context.hpp"
#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"
#include "documents/sweep_result.hpp"

#include <nlohmann/json_fwd.hpp>

namespace tarama::cli {

/// `sweep` (as in `list`), `levels` (the document of `levels`; of `best`, `tied` and
/// `cheapest_tied` the numbers of the levels alone), `notes`, `effects` (the document of
/// `effects`), `failures`, `next` (commands that go on from here: `what`, `command`), `yaml`.
[[nodiscard]] Result<nlohmann::ordered_json> sweep_page_json(const Context& context,
                                                             const db::ReadStore& store,
                                                             const SweepResult& result);

}  // namespace tarama::cli
