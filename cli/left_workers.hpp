// Workers that outlived their orchestrator, as `doctor` names them and `stop` ends them.
#pragma once

#include "cli/context.hpp"

#include <string>

namespace tarama::cli {

/// "worker 3 (pid 4711, cuda:0), …"; empty: there are none. Only where no orchestrator runs.
[[nodiscard]] std::string name_left_workers(const Context& context);

/// `stop` without an orchestrator: ends them, and says which. `no_orchestrator` where there is
/// nothing to end.
[[nodiscard]] ExitCode end_left_workers(const Context& context);

}  // namespace tarama::cli
