// `tarama levels SWEEP`: the answer so far, levels ranked with their intervals.
#include "cli/command.hpp"
#include "cli/live/live_terminal.hpp"
#include "cli/sweep_result.hpp"

#include <CLI/CLI.hpp>
#include <limits>
#include <memory>
#include <string>

namespace tarama::cli {
namespace {

Result<SweepResult> read_levels(const Context& context, const std::string& name) {
  const auto store = db::ReadStore::open(context.folder().database());
  if (!store) {
    return store.error();
  }
  const auto sweep = store->find_sweep(name);
  if (!sweep) {
    return sweep.error();
  }
  return read_sweep_result(*store, *sweep);
}

ExitCode print_levels(const Context& context, const std::string& sweep) {
  const auto result = read_levels(context, sweep);
  if (!result) {
    return context.fail(result.error());
  }
  if (context.wants_json()) {
    context.print_json(levels_json(*result));
    return ExitCode::done;
  }
  const LevelsLayout layout{
      output_columns(), std::numeric_limits<std::size_t>::max(), context.out_style()};
  context.streams.out << levels_text(*result, layout) << '\n'
                      << winner_text(*result, context.store().string(), context.out_style());
  return ExitCode::done;
}

}  // namespace

Command levels_command() {
  return {"levels",
          "The answer: levels ranked by the metric, with intervals",
          "tarama levels cola-level",
          [](CLI::App& app) -> Action {
            const auto sweep = std::make_shared<std::string>();
            app.add_option("SWEEP", *sweep, "The sweep's id or name")->required();
            return [sweep](const Context& context) { return print_levels(context, *sweep); };
          }};
}

}  // namespace tarama::cli
