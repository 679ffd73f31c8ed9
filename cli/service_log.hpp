// Where the log of an orchestrator inside this process goes.
#pragma once

#include "cli/context.hpp"

namespace tarama::cli {

/// `foreground`: the log is what the command shows (`serve`); `background`: it shows progress of
/// its own, and only warnings may come between.
enum class LogPlace { foreground, background };

/// Sends the log to stderr, at a level by --quiet and --verbose. A background log is silent on a
/// terminal, where it would break the live view, unless --verbose asks for it.
void set_up_service_log(const Context& context, LogPlace place);

}  // namespace tarama::cli
