// How a service of our own is to be, from what was said and from the environment.
#pragma once

#include "cli/context.hpp"
#include "cli/own_orchestrator.hpp"
#include "core/sweep/result.hpp"
#include "orchestrator/service.hpp"

namespace tarama::cli {

/// `not_found` without a worker program, `invalid_argument` for a duration or a size that is none.
[[nodiscard]] Result<orchestrator::ServiceOptions> service_options(
    const Context& context, const OrchestratorOptions& options);

}  // namespace tarama::cli
