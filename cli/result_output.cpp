// See result_output.hpp.
#include "cli/result_output.hpp"

#include "cli/answer_sentence.hpp"
#include "cli/await_sweep.hpp"
#include "cli/failure_summary.hpp"
#include "cli/levels_text.hpp"
#include "cli/live/live_terminal.hpp"
#include "cli/text/number_text.hpp"
#include "db/sqlite/read_store.hpp"
#include "documents/levels_document.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace tarama::cli {
namespace {

// More than a screenful hides the answer; `tarama levels` lists them all.
constexpr std::size_t most_levels = 30;

double seconds_of(const db::SweepInfo& sweep) {
  const TimePoint end = sweep.ended_at.value_or(sweep.submitted_at);
  return static_cast<double>(end.milliseconds - sweep.submitted_at.milliseconds) / 1000;
}

struct WholeResult {
  SweepResult answer;
  std::vector<FailureGroup> failures;
};

Result<WholeResult> read_result(const Context& context, SweepId sweep) {
  const auto store = db::ReadStore::open(context.folder().database());
  if (!store) {
    return store.error();
  }
  if (const auto committed = await_commit(*store, sweep); !committed) {
    return committed.error();
  }
  auto answer = read_sweep_result(*store, sweep);
  if (!answer) {
    return answer.error();
  }
  auto failures = read_failures(*store, context.folder(), sweep);
  if (!failures) {
    return failures.error();
  }
  return WholeResult{std::move(*answer), std::move(*failures)};
}

}  // namespace

void say_where_the_page_is(const Context& context) {
  const std::string store = shell_word(context.store().string());
  const bool is_elsewhere = !context.environment("SSH_CONNECTION").value_or("").empty();
  context.note(is_elsewhere
                   ? fmt::format("in the browser of your own machine: tarama dash --store {} here; "
                                 "it says what to run there",
                                 store)
                   : fmt::format("in a browser: tarama dash --open --store {}", store));
}

ExitCode print_result(const Context& context, SweepId sweep, std::optional<double> wall_seconds) {
  const auto read = read_result(context, sweep);
  if (!read) {
    return context.fail(read.error());
  }
  const SweepResult* const result = &read->answer;
  const double seconds = wall_seconds.value_or(seconds_of(result->sweep));
  if (context.wants_json()) {
    nlohmann::ordered_json document = result_json(*result, seconds);
    document["answer"] = answer_sentence(*result);
    document["failures"] = failures_json(read->failures);
    context.print_json(document);
  } else {
    const LevelsLayout layout{
        output_columns(), most_levels, context.out_style(), glyphs_of(context.environment)};
    context.streams.out << answer_text(*result, context.store().string(), layout)
                        << failures_text(read->failures, context.out_style());
    context.note(fmt::format("sweep {} took {}", result->sweep.sweep, duration_text(seconds)));
  }
  // That a level diverges is a finding about it: the sweep did what it was to do. But `tarama wait
  // x
  // && deploy` must not deploy what somebody has called off.
  const bool was_called_off = result->sweep.state == SweepState::cancelled;
  return was_called_off || runs_at_fault(read->failures) > 0 ? ExitCode::failed_runs
                                                             : ExitCode::done;
}

}  // namespace tarama::cli
