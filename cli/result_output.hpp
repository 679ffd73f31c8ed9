// Printing how a sweep ended, and the exit code that follows from it: the end of `run`, `watch`
// and `wait`.
#pragma once

#include "cli/context.hpp"
#include "core/sweep/ids.hpp"

#include <optional>

namespace tarama::cli {

/// Reads the sweep's result from the database and prints it. `wall_seconds`: nullopt takes the
/// sweep's own time, from its submission to its end.
[[nodiscard]] ExitCode print_result(const Context& context,
                                    SweepId sweep,
                                    std::optional<double> wall_seconds);

/// How to see it in a browser, on stderr. Silent under --quiet.
void say_where_the_page_is(const Context& context);

}  // namespace tarama::cli
