// How writing to stdout ended.
#pragma once

#include "cli/context.hpp"

namespace tarama::cli {

/// Flushes. A reader that went away has had what it wanted: that is no failure. A full disk behind
/// stdout must not look like success. `cause`: errno of the write that failed; 0: not known.
[[nodiscard]] ExitCode output_end(const Context& context, int cause);

}  // namespace tarama::cli
