// See result_output.hpp.
#include "cli/result_output.hpp"

#include "cli/await_sweep.hpp"
#include "cli/live/live_terminal.hpp"
#include "cli/sweep_result.hpp"
#include "cli/text/number_text.hpp"
#include "db/sqlite/read_store.hpp"

#include <fmt/format.h>

namespace tarama::cli {
namespace {

// More than a screenful hides the answer; `tarama levels` lists them all.
constexpr std::size_t most_levels = 30;

double seconds_of(const db::SweepInfo& sweep) {
  const TimePoint end = sweep.ended_at.value_or(sweep.submitted_at);
  return static_cast<double>(end.milliseconds - sweep.submitted_at.milliseconds) / 1000;
}

Result<SweepResult> read_result(const Context& context, SweepId sweep) {
  const auto store = db::ReadStore::open(context.folder().database());
  if (!store) {
    return store.error();
  }
  if (const auto committed = await_commit(*store, sweep); !committed) {
    return committed.error();
  }
  return read_sweep_result(*store, sweep);
}

}  // namespace

ExitCode print_result(const Context& context, SweepId sweep, std::optional<double> wall_seconds) {
  const auto result = read_result(context, sweep);
  if (!result) {
    return context.fail(result.error());
  }
  const double seconds = wall_seconds.value_or(seconds_of(result->sweep));
  if (context.wants_json()) {
    context.print_json(result_json(*result, seconds));
  } else {
    const LevelsLayout layout{output_columns(), most_levels, context.out_style()};
    context.streams.out << levels_text(*result, layout) << '\n'
                        << winner_text(*result, context.store().string(), context.out_style());
    context.note(fmt::format("sweep {} took {}", result->sweep.sweep, duration_text(seconds)));
  }
  return result->sweep.account.failed > 0 ? ExitCode::failed_runs : ExitCode::done;
}

}  // namespace tarama::cli
