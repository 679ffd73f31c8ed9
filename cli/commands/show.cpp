// `tarama show RUN`: everything about one run: settings, attempts, evaluations, its curve, its
// failure and the end of its log. With --verify it is trained again and compared.
#include "cli/attempt_log.hpp"
#include "cli/command.hpp"
#include "cli/commands/verify.hpp"
#include "cli/sweep_argument.hpp"
#include "cli/text/number_text.hpp"
#include "cli/text/terminal_text.hpp"
#include "cli/text/text_chart.hpp"
#include "cli/text/text_table.hpp"
#include "cli/text/text_width.hpp"
#include "core/sweep/enum_names.hpp"
#include "core/sweep/run_state.hpp"
#include "documents/run_document.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

namespace tarama::cli {
namespace {

using nlohmann::ordered_json;

struct ShowOptions {
  std::string run;
  bool wants_yaml = false;
  bool wants_verification = false;
  std::string worker;
};

/// What is printed of a run: its document's parts, and each step for the curve.
struct PrintedRun : RunStory {
  std::vector<StepRow> rows;
};

Result<PrintedRun> read_story(const Context& context,
                              const db::ReadStore& store,
                              const db::RunInfo& run) {
  auto sweep = store.sweep(run.sweep);
  if (!sweep) {
    return sweep.error();
  }
  auto attempts = store.attempts(run.run);
  if (!attempts) {
    return attempts.error();
  }
  auto steps = store.steps(run.run);
  if (!steps) {
    return steps.error();
  }
  auto evals = store.evals(run.run);
  if (!evals) {
    return evals.error();
  }
  auto reported = read_reported(store, run.run);
  if (!reported) {
    return reported.error();
  }
  const std::int64_t stored =
      reported->empty() ? static_cast<std::int64_t>(steps->size()) : reported_steps(*reported);
  constexpr std::size_t tail_lines = 10;  // what fits on a screen with the rest
  return PrintedRun{
      {std::move(*sweep),
       run,
       std::move(*attempts),
       std::move(*evals),
       stored,
       log_tail(context.folder().attempt_log(run.run, run.standing.attempt), tail_lines),
       std::move(*reported)},
      std::move(*steps)};
}

bool is_of_program(const PrintedRun& story) {
  return story.sweep.metric.name == MetricName::reported;
}

/// "5 of 10 steps"; a program's are not planned.
std::string steps_text(const PrintedRun& story) {
  if (!is_of_program(story)) {
    return fmt::format(
        "{} of {} steps", count_text(story.steps), count_text(story.run.plan.planned_steps));
  }
  return story.steps == 0 ? "nothing reported"
                          : fmt::format("reported up to step {}", story.steps - 1);
}

std::string heading_of(const PrintedRun& story, const TextStyle& style) {
  const db::RunInfo& run = story.run;
  std::string text =
      fmt::format("{} of sweep {} '{}': {}{}\n",
                  style(Paint::bold, fmt::format("run {}", run.run)),
                  run.sweep,
                  printable(story.sweep.name),
                  name_of(run.standing.state),
                  run.standing.failure ? fmt::format(" ({})", name_of(*run.standing.failure)) : "");
  text += fmt::format("  {} · seed {}\n",
                      params_line(ordered_json::parse(run.params, nullptr, false)),
                      run.plan.seed);
  text += fmt::format("  {} {}, {}, key {}\n",
                      is_of_program(story) ? printable(story.sweep.metric.program_name) : "metric",
                      metric_text(run.metric),
                      steps_text(story),
                      run.plan.run_key);
  text += fmt::format("  submitted {} on {} by tarama {}, trainer {}, GPU driver {}\n",
                      moment_text(story.sweep.submitted_at),
                      printable(story.sweep.host),
                      printable(story.sweep.version),
                      printable(story.sweep.trainer),
                      story.sweep.driver.empty() ? "none" : printable(story.sweep.driver));
  if (!run.standing.message.empty()) {
    text += "  " + style(Paint::red, printable(run.standing.message)) + "\n";
  }
  return text;
}

std::string curve_of(const PrintedRun& story, const TextStyle& style) {
  if (story.rows.empty()) {
    return "";
  }
  std::vector<std::optional<double>> losses;
  for (const StepRow& row : story.rows) {
    losses.emplace_back(row.loss);
  }
  return fmt::format("\nloss  {} {} {}\n",
                     metric_text(story.rows.front().loss),
                     style(Paint::green, sparkline(losses, 64)),
                     metric_text(story.rows.back().loss));
}

/// The sweep's metric first.
std::string reported_table(const PrintedRun& story, const TextStyle& style) {
  constexpr std::size_t most_shown = 20;  // a program may report a thousand
  constexpr std::size_t longest_name = 40;
  TextTable table{{{"number"},
                   {"first", Align::right},
                   {"by step"},
                   {"last", Align::right},
                   {"least", Align::right},
                   {"greatest", Align::right},
                   {"reports", Align::right},
                   {"last step", Align::right}},
                  {}};
  std::vector<const ReportedNumber*> numbers;
  for (const ReportedNumber& number : story.reported) {
    numbers.push_back(&number);
  }
  std::ranges::stable_partition(numbers, [&](const ReportedNumber* number) {
    return number->name == story.sweep.metric.program_name;
  });
  for (const ReportedNumber* const number : numbers) {
    if (table.rows.size() == most_shown) {
      break;
    }
    table.rows.push_back({fit(printable(number->name), longest_name),
                          metric_text(number->values.front()),
                          sparkline(number->values, 32),
                          metric_text(number->values.back()),
                          metric_text(number->least),
                          metric_text(number->greatest),
                          count_text(static_cast<std::int64_t>(number->values.size())),
                          count_text(number->last_step)});
  }
  std::string text = numbers.empty() ? "" : "\n" + to_text(table, style);
  if (numbers.size() > table.rows.size()) {
    text += fmt::format(
        "… and {} (--json has all)\n",
        counted(static_cast<std::int64_t>(numbers.size() - table.rows.size()), "more number"));
  }
  return text;
}

std::string evals_table(const PrintedRun& story, const TextStyle& style) {
  TextTable table{{{"epoch", Align::right},
                   {"split"},
                   {"step", Align::right},
                   {"loss", Align::right},
                   {"flat_accuracy", Align::right},
                   {"mcc", Align::right},
                   {"macro_f1", Align::right},
                   {"majority", Align::right},
                   {"examples", Align::right}},
                  {}};
  for (const EvalRow& row : story.evals) {
    table.rows.push_back({std::to_string(row.epoch),
                          std::string(name_of(row.split)),
                          std::to_string(row.step),
                          metric_text(row.loss),
                          metric_text(row.flat_accuracy),
                          metric_text(row.mcc),
                          metric_text(row.macro_f1),
                          metric_text(row.majority_accuracy),
                          count_text(row.examples)});
  }
  return story.evals.empty() ? "" : "\n" + to_text(table, style);
}

/// Whose steps it went on from, where another run has trained its beginning.
std::string begun_with(const db::AttemptInfo& attempt) {
  return attempt.from_run ? fmt::format("{} steps of run {}",
                                        count_text(attempt.from_step.value_or(0)),
                                        *attempt.from_run)
                          : "-";
}

std::string attempts_table(const PrintedRun& story, const TextStyle& style) {
  TextTable table{{{"attempt", Align::right},
                   {"device"},
                   {"started"},
                   {"took"},
                   {"first step", Align::right},
                   {"begun with"},
                   {"outcome"},
                   {"message"}},
                  {}};
  for (const db::AttemptInfo& attempt : story.attempts) {
    const auto seconds = attempt_json(attempt)["seconds"];
    table.rows.push_back({fmt::format("{}", attempt.attempt),
                          printable(attempt.device.value_or("-")),
                          moment_text(attempt.started_at),
                          seconds.is_null() ? "-" : duration_text(seconds.get<double>()),
                          attempt.first_step ? std::to_string(*attempt.first_step) : "-",
                          begun_with(attempt),
                          attempt.outcome.value_or("-"),
                          printable(attempt.message.value_or(""))});
  }
  return story.attempts.empty() ? "" : "\n" + to_text(table, style);
}

std::string story_text(const PrintedRun& story,
                       const ShowOptions& options,
                       const TextStyle& style) {
  std::string text = heading_of(story, style) + attempts_table(story, style) +
                     evals_table(story, style) + curve_of(story, style) +
                     reported_table(story, style);
  if (!story.log_tail.empty()) {
    text += fmt::format("\nend of its log (tarama logs {} shows all):\n{}",
                        story.run.run,
                        for_terminal(story.log_tail));
  }
  if (options.wants_yaml) {
    text += "\nas submitted:\n" + for_terminal(story.sweep.yaml);
  }
  return text;
}

ordered_json verification_json(const db::RunInfo& run, const Verification& verification) {
  ordered_json difference = nullptr;
  if (verification.difference) {
    difference = {{"row", verification.difference->row},
                  {"column", verification.difference->column},
                  {"stored", verification.difference->stored},
                  {"again", verification.difference->again}};
  }
  return {{"run", run.run.value},
          {"verdict", verification.difference ? "different" : "same"},
          {"steps", verification.steps},
          {"evals", verification.evals},
          {"first_difference", std::move(difference)}};
}

ExitCode verify(const Context& context,
                const db::ReadStore& store,
                const db::RunInfo& run,
                const std::string& worker) {
  if (const auto sweep = store.sweep(run.sweep);
      sweep && sweep->metric.name == MetricName::reported) {
    return context.fail(
        {Errc::refused,
         fmt::format("run {} was trained by a program: whether that gives the same numbers again, "
                     "only a run of it can tell (submit the file under another name)",
                     run.run)});
  }
  context.note(
      fmt::format("training run {} again: {} steps", run.run, count_text(run.plan.planned_steps)));
  const auto verification = verify_run(context, store, run, worker);
  if (!verification) {
    return context.fail(verification.error());
  }
  const auto& difference = verification->difference;
  if (context.wants_json()) {
    context.print_json(verification_json(run, *verification));
  } else if (difference) {
    context.streams.out << fmt::format("run {} came out differently: {}{}: {} then, {} now\n",
                                       run.run,
                                       difference->row,
                                       difference->column.empty() ? "" : ", " + difference->column,
                                       difference->stored,
                                       difference->again);
  } else {
    context.streams.out << fmt::format(
        "run {} came out the same, bit for bit: {} steps, {} evaluations\n",
        run.run,
        count_text(verification->steps),
        count_text(verification->evals));
  }
  return difference ? ExitCode::failure : ExitCode::done;
}

ExitCode show(const Context& context, const ShowOptions& options) {
  const auto store = db::ReadStore::open(context.folder().database());
  if (!store) {
    return context.fail(store.error());
  }
  const auto run = find_run_to_read(*store, options.run);
  if (!run) {
    return context.fail(run.error());
  }
  if (options.wants_verification) {
    return verify(context, *store, *run, options.worker);
  }
  const auto story = read_story(context, *store, *run);
  if (!story) {
    return context.fail(story.error());
  }
  if (context.wants_json()) {
    context.print_json(story_json(*story));
  } else {
    context.streams.out << story_text(*story, options, context.out_style());
  }
  return ExitCode::done;
}

}  // namespace

Command show_command() {
  return {"show",
          "One run: its attempts, evaluations, curve, failure and log",
          "tarama show cola-level/best --verify",
          [](CLI::App& app) -> Action {
            const auto options = std::make_shared<ShowOptions>();
            app.add_option("RUN", options->run, run_help);
            app.add_flag("--yaml", options->wants_yaml, "Print the submitted sweep file as well");
            app.add_flag("--verify",
                         options->wants_verification,
                         "Train the run again and compare every step (exit code 1: different)");
            app.add_option("--worker", options->worker, "The worker program for --verify")
                ->type_name("PROGRAM");
            return [options](const Context& context) { return show(context, *options); };
          }};
}

}  // namespace tarama::cli
