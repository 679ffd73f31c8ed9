// `tarama plan FILE`: what would run and what it would cost. Nothing is written.
#include "cli/command.hpp"
#include "cli/levels_text.hpp"
#include "cli/plan_design.hpp"
#include "cli/plan_estimate.hpp"
#include "cli/plan_program.hpp"
#include "cli/plan_timing.hpp"
#include "cli/sweep_submission.hpp"
#include "cli/text/number_text.hpp"
#include "cli/text/text_chart.hpp"
#include "cli/text/text_table.hpp"
#include "core/sweep/enum_names.hpp"
#include "core/sweep/parameter_value.hpp"
#include "core/training/lr_schedule.hpp"
#include "db/sqlite/read_store.hpp"
#include "orchestrator/devices/devices.hpp"
#include "orchestrator/devices/memory_fit.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <system_error>
#include <utility>

namespace tarama::cli {
namespace {

using nlohmann::ordered_json;
using orchestrator::CheckedSubmission;

/// The workers that the sweep would get on this machine now.
PlanMachine machine_for(const CheckedSubmission& sweep) {
  const SweepSpec& spec = sweep.submission.spec;
  const auto places =
      orchestrator::places_for(spec.resources, sweep.machine, orchestrator::needs_of(sweep));
  PlanMachine plan{0, DeviceKind::cpu};
  if (places) {
    for (const orchestrator::Place& place : *places) {
      plan.workers += place.workers;
      plan.kind = place.uuid.empty() ? plan.kind : DeviceKind::cuda;
    }
  }
  if (spec.max_concurrent > 0) {
    plan.workers = std::min(plan.workers, spec.max_concurrent);
  }
  plan.workers = std::max<std::int64_t>(1, plan.workers);
  return plan;
}

/// How many runs GPUs have at once, where the file leaves it open; empty: it does not, or there is
/// none.
std::string sharing_words(const CheckedSubmission& sweep, const PlanMachine& machine) {
  const SweepSpec& spec = sweep.submission.spec;
  if (machine.kind != DeviceKind::cuda || spec.resources.runs_per_device) {
    return {};
  }
  std::string words =
      "one run on each GPU to begin with; more at once where they get more done together and its "
      "memory holds them, which the time does not count on";
  const orchestrator::HostNeeds needs = orchestrator::needs_of(sweep).host;
  const orchestrator::HostRoom host = orchestrator::host_room(sweep.machine, needs, 0);
  if (host.by == orchestrator::HostLimit::memory) {
    words += fmt::format(
        "; no more than {} on each, since a run takes about {} of this machine's memory beside, "
        "and "
        "a GPU's worker {}",
        host.runs,
        bytes_text(needs.run_bytes),
        bytes_text(needs.process_bytes));
  }
  return words;
}

/// What the store has measured on such devices; nothing where there is no store, or it cannot be
/// read.
MeasuredSteps measured_in(const Context& context, DeviceKind kind) {
  auto opened = db::ReadStore::open(context.folder().database());
  if (!opened) {
    return [](LearnerName, std::int64_t, std::int64_t) { return std::nullopt; };
  }
  const auto store = std::make_shared<db::ReadStore>(std::move(*opened));
  return [store, kind](LearnerName learner, std::int64_t layers, std::int64_t hidden) {
    const auto devices = kind == DeviceKind::cuda ? db::MeasuredOn::gpus : db::MeasuredOn::cores;
    const auto seconds = store->seconds_per_step(name_of(learner), layers, hidden, devices);
    return seconds ? *seconds : std::nullopt;
  };
}

void warn_of_disk(const Context& context, CheckedSubmission& sweep, const PlanEstimate& estimate) {
  std::error_code problem;
  std::filesystem::path folder = std::filesystem::absolute(context.store(), problem);
  while (!std::filesystem::exists(folder, problem) && folder.has_relative_path()) {
    folder = folder.parent_path();
  }
  const auto space = std::filesystem::space(folder, problem);
  if (!problem && estimate.peak_bytes > static_cast<double>(space.available)) {
    sweep.warnings.push_back(
        {"disk_space",
         fmt::format("models and checkpoints need up to {}, but {} has {} free; set keep.models: "
                     "none, or choose another folder by --store",
                     bytes_text(estimate.peak_bytes),
                     folder.string(),
                     bytes_text(static_cast<double>(space.available))),
         0});
  }
}

ordered_json inputs_json(const LevelInputs& inputs) {
  return {{"train_examples", inputs.train_examples},
          {"eval_examples", inputs.eval_examples},
          {"test_examples", inputs.test_examples},
          {"train_tokens", inputs.train_tokens},
          {"cut_texts", inputs.cut_texts},
          {"classes", inputs.classes},
          {"layers", inputs.layers},
          {"hidden", inputs.hidden},
          {"parameters", inputs.parameters}};
}

/// An estimate is no measure of fractions of a byte.
std::int64_t whole_bytes(double bytes) {
  return std::llround(bytes);
}

ordered_json plan_json(const CheckedSubmission& sweep,
                       const PlanMachine& machine,
                       const PlanEstimate& estimate,
                       const PlanDesign& design) {
  const std::string sharing = sharing_words(sweep, machine);
  ordered_json inputs = ordered_json::array();
  for (const auto& variant : sweep.submission.prepared.variants) {
    inputs.push_back(inputs_json(variant));
  }
  ordered_json grid = ordered_json::array();
  for (const Level& level : sweep.levels) {
    grid.push_back({{"params", ordered_json::parse(params_json(level.params))},
                    {"steps_per_run", steps_of_level(sweep, level)},
                    {"learner", name_of(learner_of(sweep, level))}});
  }
  ordered_json document = {{"name", sweep.submission.spec.name},
                           {"runs", estimate.runs},
                           {"levels", planned_levels(sweep)},
                           {"replicates", sweep.submission.spec.replicates},
                           {"order", name_of(sweep.submission.spec.order)},
                           {"rungs", rungs_json(sweep.submission.spec)},
                           {"steps", estimate.steps},
                           {"shared_steps", estimate.shared_steps},
                           {"warnings", warnings_json(sweep.warnings)},
                           {"estimate", {{"seconds", estimate.seconds}, {"basis", estimate.basis}}},
                           {"inputs", std::move(inputs)},
                           {"disk",
                            {{"models_bytes", whole_bytes(estimate.model_bytes)},
                             {"most_models_bytes", whole_bytes(estimate.most_model_bytes)},
                             {"peak_bytes", whole_bytes(estimate.peak_bytes)}}},
                           {"memory_per_worker_bytes", whole_bytes(estimate.memory_bytes)},
                           {"sharing", sharing.empty() ? ordered_json() : ordered_json(sharing)},
                           {"grid", std::move(grid)}};
  add_design(document, design);
  return document;
}

std::string inputs_line(const LevelInputs& inputs, const SweepSpec& spec) {
  std::string line = fmt::format(
      "  data    {} to train on, {} to evaluate{}; {}; {:.1f} tokens a text\n",
      counted(inputs.train_examples, "text"),
      count_text(inputs.eval_examples),
      inputs.test_examples > 0 ? fmt::format(", {} to test", count_text(inputs.test_examples)) : "",
      inputs.classes == 1 ? "1 class" : fmt::format("{} classes", inputs.classes),
      static_cast<double>(inputs.train_tokens) / static_cast<double>(inputs.train_examples));
  if (inputs.cut_texts > 0) {
    line += fmt::format("          {} {} cut to {} tokens (data.max_tokens)\n",
                        counted(inputs.cut_texts, "text"),
                        inputs.cut_texts == 1 ? "is" : "are",
                        spec.data.max_tokens);
  }
  return line + fmt::format("  model   {} of {}, {}\n",
                            counted(inputs.layers, "layer"),
                            inputs.hidden,
                            counted(inputs.parameters, "parameter"));
}

/// The learning rate over the run: a flat line shows the schedule that has no effect.
std::string rate_line(const CheckedSubmission& sweep, const Level& level) {
  constexpr std::int64_t points = 12;
  const std::int64_t steps = steps_of_level(sweep, level);
  const LrSchedule schedule = schedule_of(level.training, steps);
  std::vector<std::optional<double>> rates;
  for (std::int64_t i = 0; i < points; ++i) {
    rates.emplace_back(lr_factor(schedule, i * (steps - 1) / (points - 1)));
  }
  return sparkline(rates, points);
}

std::string grid_table(const CheckedSubmission& sweep, const TextStyle& style) {
  constexpr std::size_t most_levels = 40;  // a screenful; --json has them all
  TextTable table;
  table.columns = parameter_columns(sweep.submission.spec);
  table.columns.push_back({"steps a run", Align::right});
  table.columns.push_back({"rate over the run"});
  for (const Level& level : sweep.levels) {
    if (table.rows.size() == most_levels) {
      break;
    }
    std::vector<std::string> row = parameter_cells(sweep.submission.spec, level);
    row.push_back(count_text(steps_of_level(sweep, level)));
    row.push_back(rate_line(sweep, level));
    table.rows.push_back(std::move(row));
  }
  std::string text = to_text(table, style);
  if (sweep.levels.size() > table.rows.size()) {
    text += fmt::format(
        "… and {}\n",
        counted(static_cast<std::int64_t>(sweep.levels.size() - table.rows.size()), "more level"));
  }
  return text + later_levels_line(sweep);
}

/// "  learner torch", or both with how many levels each trains.
std::string learner_line(const CheckedSubmission& sweep) {
  std::string line;
  for (const NamedValue<LearnerName>& learner : learner_names) {
    const auto levels = std::ranges::count(sweep.learners, learner.value);
    if (levels > 0) {
      const bool is_mixed = static_cast<std::size_t>(levels) < sweep.learners.size();
      line += fmt::format("{}{}{}",
                          line.empty() ? "" : ", ",
                          learner.name,
                          is_mixed ? " for " + counted(levels, "level") : "");
    }
  }
  return fmt::format("  learner {}\n", line);
}

/// Of replicates that decide themselves the first ones, and all that are expected.
std::string time_line(const PlanEstimate& estimate, const PlanDesign& design) {
  if (!design.runs) {
    return fmt::format(
        "  time    about {} ({})\n", duration_text(estimate.seconds), estimate.basis);
  }
  const double share = static_cast<double>(design.runs->expected) /
                       static_cast<double>(std::max<std::int64_t>(1, estimate.runs));
  return fmt::format("  time    about {} for the first {}, {} for {} ({})\n",
                     duration_text(estimate.seconds),
                     count_text(estimate.runs),
                     duration_text(estimate.seconds * std::max(1.0, share)),
                     counted(design.runs->expected, "run"),
                     estimate.basis);
}

std::string plan_text(const CheckedSubmission& sweep,
                      const PlanMachine& machine,
                      const PlanEstimate& estimate,
                      const PlanDesign& design,
                      const TextStyle& style) {
  const SweepSpec& spec = sweep.submission.spec;
  std::string text = fmt::format("{}: {} × {} = {}, {}\n",
                                 style(Paint::bold, printable(spec.name)),
                                 counted(planned_levels(sweep), "level"),
                                 counted(spec.replicates, "replicate"),
                                 counted(estimate.runs, "run"),
                                 counted(estimate.steps, "step"));
  std::set<std::string> said;  // variants that differ in what is not shown are one line
  for (const auto& inputs : sweep.submission.prepared.variants) {
    if (std::string line = inputs_line(inputs, spec); said.insert(line).second) {
      text += line;
    }
  }
  text += learner_line(sweep);
  if (estimate.shared_steps > 0) {
    text += fmt::format("  shared  {} of the steps are beginnings of others, and trained once\n",
                        count_text(estimate.shared_steps));
  }
  text += order_line(spec);
  text += time_line(estimate, design);
  text += fmt::format("  answer  {}\n", design_line(sweep, design));
  text += fmt::format("  disk    {} of models at the end{}, up to {} meanwhile\n",
                      bytes_text(estimate.model_bytes),
                      estimate.most_model_bytes > estimate.model_bytes
                          ? fmt::format(" (up to {}, for levels tied with the best keep theirs)",
                                        bytes_text(estimate.most_model_bytes))
                          : "",
                      bytes_text(estimate.peak_bytes));
  text += fmt::format("  memory  about {} a worker\n", bytes_text(estimate.memory_bytes));
  if (const std::string sharing = sharing_words(sweep, machine); !sharing.empty()) {
    text += fmt::format("  sharing {}\n", sharing);
  }
  return text + "\n" + grid_table(sweep, style);
}

struct PlanOptions {
  SweepFileOptions sweep;
  bool is_timed = false;
  std::string worker;
};

ExitCode print_program_plan(const Context& context,
                            const CheckedSubmission& sweep,
                            const std::string& file) {
  if (context.wants_json()) {
    context.print_json(program_plan_json(sweep));
    return ExitCode::done;
  }
  const std::string text =
      program_plan_text(sweep, machine_for(sweep).workers, context.out_style());
  const bool is_ascii = glyphs_of(context.environment) == Glyphs::ascii;
  context.streams.out << (is_ascii ? in_ascii(text) : text);
  print_warnings(context, sweep.warnings, file);
  return ExitCode::done;
}

ExitCode plan(const Context& context, const PlanOptions& options) {
  Interrupts interrupts;
  CheckingCache cache(context.folder());
  ExitCode code = ExitCode::usage;
  auto checked = check_sweep(context, options.sweep, cache, interrupts, code);
  if (!checked) {
    return code;
  }
  if (checked->submission.spec.program) {
    return print_program_plan(context, *checked, options.sweep.file);
  }
  const PlanMachine machine = machine_for(*checked);
  TimedSteps timed;
  if (options.is_timed) {
    context.note("timing some steps; this takes up to a minute");
    auto steps = time_steps(context, *checked, {machine, options.worker}, interrupts);
    if (!steps) {
      return interrupts.count() > 0 ? ExitCode::interrupted : context.fail(steps.error());
    }
    timed = std::move(*steps);
  }
  const PlanEstimate estimate =
      estimate_plan(*checked, machine, measured_in(context, machine.kind), timed);
  const PlanDesign design = design_of(context, *checked);
  warn_of_disk(context, *checked, estimate);
  warn_of_design(*checked, design);
  if (context.wants_json()) {
    context.print_json(plan_json(*checked, machine, estimate, design));
  } else {
    const std::string text = plan_text(*checked, machine, estimate, design, context.out_style());
    const bool is_ascii = glyphs_of(context.environment) == Glyphs::ascii;
    context.streams.out << (is_ascii ? in_ascii(text) : text);
    print_warnings(context, checked->warnings, options.sweep.file);
  }
  return ExitCode::done;
}

}  // namespace

Command plan_command() {
  return {"plan",
          "What would run, without running it: runs, steps, warnings, time, disk, memory",
          "tarama plan configs/quickstart.yaml",
          [](CLI::App& app) -> Action {
            const auto options = std::make_shared<PlanOptions>();
            declare_sweep_file(app, options->sweep);
            app.add_flag("--time",
                         options->is_timed,
                         "Train a few steps first, on all workers at once, and reckon the time by "
                         "these; nothing of it is kept");
            app.add_option("--worker", options->worker, "The worker program, for --time")
                ->type_name("PROGRAM");
            return [options](const Context& context) { return plan(context, *options); };
          }};
}

}  // namespace tarama::cli
