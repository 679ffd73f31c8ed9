// See page_questions.hpp.
#include "cli/page/page_questions.hpp"

#include "cli/attempt_log.hpp"
#include "cli/example_errors.hpp"
#include "cli/page/sweep_page.hpp"
#include "cli/refine_cost.hpp"
#include "documents/curves/curves_answer.hpp"
#include "documents/run_document.hpp"
#include "documents/runs_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

namespace tarama::cli {
namespace {

using nlohmann::ordered_json;

/// `name=3`, as an id.
template <class Identity>
Result<Identity> id_in(const web::Request& request, const std::string& name) {
  const auto number = web::whole_number_in(request, name);
  if (!number || *number < 1) {
    return Error{Errc::invalid_argument, fmt::format("expected {}=NUMBER in the address", name)};
  }
  return Identity{*number};
}

/// `name=3,7,8`; empty where it is not there. Behind `most` nothing is taken.
template <class Identity>
std::vector<Identity> ids_in(const web::Request& request,
                             const std::string& name,
                             std::size_t most) {
  std::vector<Identity> ids;
  const auto found = request.query.find(name);
  std::string_view rest = found == request.query.end() ? "" : std::string_view(found->second);
  while (!rest.empty() && ids.size() < most) {
    const std::string_view word = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error == std::errc() && end == word.data() + word.size()) {
      ids.push_back(Identity{number});
    }
  }
  return ids;
}

Result<std::string> sweeps_answer(const PageSources& sources, const web::Request& /*request*/) {
  const auto sweeps = sources.store.sweeps();
  if (!sweeps) {
    return sweeps.error();
  }
  ordered_json list = ordered_json::array();
  for (const db::SweepInfo& sweep : *sweeps) {
    list.push_back(sweep_json(sweep));
  }
  return compact({{"sweeps", std::move(list)}});
}

Result<std::string> sweep_answer(const PageSources& sources, const web::Request& request) {
  const auto sweep = id_in<SweepId>(request, "sweep");
  const auto result = sweep ? read_sweep_result(sources.store, *sweep) : sweep.error();
  if (!result) {
    return result.error();
  }
  const auto page = sweep_page_json(sources.context, sources.store, *result);
  if (!page) {
    return page.error();
  }
  return compact(*page);
}

Result<std::string> runs_answer(const PageSources& sources, const web::Request& request) {
  const auto sweep = id_in<SweepId>(request, "sweep");
  const auto runs = sweep ? sources.store.runs(*sweep) : sweep.error();
  if (!runs) {
    return runs.error();
  }
  return compact(runs_table_json(*runs));
}

Result<std::string> devices_answer(const PageSources& sources, const web::Request& request) {
  const auto sweep = id_in<SweepId>(request, "sweep");
  if (!sweep) {
    return sweep.error();
  }
  const auto devices = devices_json(sources.store, *sweep);
  if (!devices) {
    return devices.error();
  }
  return compact(*devices);
}

struct CountSink : db::RowSink {
  std::int64_t count = 0;

  void columns(const std::vector<std::string>& /*names*/) override {}

  Next row(const std::vector<db::Cell>& cells) override {
    count = std::get<std::int64_t>(cells.at(0));
    return Next::stop;
  }
};

Result<RunStory> read_page_story(const PageSources& sources, RunId id) {
  auto run = sources.store.run(id);
  auto sweep = run ? sources.store.sweep(run->sweep) : run.error();
  auto attempts = sweep ? sources.store.attempts(id) : sweep.error();
  auto evals = attempts ? sources.store.evals(id) : attempts.error();
  CountSink steps;
  const auto counted =
      evals ? sources.store.query(fmt::format("SELECT count(*) FROM steps WHERE run_id = {}", id),
                                  steps)
            : evals.error();
  if (!counted) {
    return counted.error();
  }
  auto reported = read_reported(sources.store, id);
  if (!reported) {
    return reported.error();
  }
  const std::int64_t stored = reported->empty() ? steps.count : reported_steps(*reported);
  constexpr std::size_t tail_lines = 40;
  std::string tail =
      log_tail(sources.context.folder().attempt_log(id, run->standing.attempt), tail_lines);
  return RunStory{std::move(*sweep),
                  std::move(*run),
                  std::move(*attempts),
                  std::move(*evals),
                  stored,
                  std::move(tail),
                  std::move(*reported)};
}

Result<std::string> run_answer(const PageSources& sources, const web::Request& request) {
  const auto run = id_in<RunId>(request, "run");
  const auto story = run ? read_page_story(sources, *run) : run.error();
  if (!story) {
    return story.error();
  }
  return compact(story_json(*story));
}

Result<std::string> curves_question(const PageSources& sources, const web::Request& request) {
  const auto sweep = id_in<SweepId>(request, "sweep");
  if (!sweep) {
    return sweep.error();
  }
  const auto info = sources.store.sweep(*sweep);
  if (!info) {
    return info.error();
  }
  const bool is_reported = info->metric.name == MetricName::reported;
  const auto named = request.query.find("metric");
  const auto metric =
      curve_metric_named(named == request.query.end() ? "loss" : std::string_view(named->second));
  if (!metric && !is_reported) {
    return Error{Errc::invalid_argument,
                 "expected metric=loss, flat_accuracy, lr, eval.loss, "
                 "eval.flat_accuracy or eval.mcc"};
  }
  const auto place = request.query.find("place");
  CurvesQuestion question{.sweep = *sweep};
  question.levels = ids_in<LevelId>(request, "levels", most_curve_levels);
  question.runs = ids_in<RunId>(request, "runs", most_curve_runs);
  if (is_reported) {
    question.reported = named == request.query.end() || named->second.empty()
                            ? info->metric.program_name
                            : named->second;
  } else {
    question.metric = *metric;
  }
  question.place = place != request.query.end() && place->second == "share" ? CurvePlace::share
                                                                            : CurvePlace::step;
  question.from = web::number_in(request, "from");
  question.to = web::number_in(request, "to");
  question.pixels = static_cast<std::size_t>(
      std::clamp<std::int64_t>(web::whole_number_in(request, "pixels").value_or(600),
                               1,
                               static_cast<std::int64_t>(most_curve_pixels)));
  question.half_life = std::clamp(web::number_in(request, "smooth").value_or(0), 0.0, 1e6);
  return curves_answer(sources.store, sources.curves, question);
}

Result<std::string> errors_answer(const PageSources& sources, const web::Request& request) {
  const auto sweep = id_in<SweepId>(request, "sweep");
  if (!sweep) {
    return sweep.error();
  }
  const auto split = request.query.find("split");
  const auto level = web::whole_number_in(request, "level");
  const ErrorQuestion question{
      .sweep = *sweep,
      .level = level ? std::optional(LevelId{*level}) : std::nullopt,
      .split = split != request.query.end() && split->second == "test" ? Split::test : Split::eval};
  const auto errors = read_example_errors(sources.store, question);
  if (!errors) {
    return errors.error();
  }
  constexpr std::size_t most_texts = 200;
  ordered_json document = errors_json(question, *errors, most_texts);
  document["no_texts"] = errors->no_texts;
  return compact(document);
}

Result<std::string> log_answer(const PageSources& sources, const web::Request& request) {
  const auto run = id_in<RunId>(request, "run");
  const auto attempt = id_in<Attempt>(request, "attempt");
  if (!run || !attempt) {
    return run ? attempt.error() : run.error();
  }
  constexpr std::size_t most_lines = 1000;  // and 64 kB, whatever the log's length
  return compact(
      {{"run", run->value},
       {"attempt", attempt->value},
       {"text", log_tail(sources.context.folder().attempt_log(*run, *attempt), most_lines)}});
}

/// What further replicates would cost: said before anybody orders them.
Result<std::string> refinement_answer(const PageSources& sources, const web::Request& request) {
  const auto id = id_in<SweepId>(request, "sweep");
  const RefineWish wish{.until = web::number_in(request, "until").value_or(0),
                        .budget = web::whole_number_in(request, "budget").value_or(0)};
  const auto asked = id ? asked_by(wish) : id.error();
  const auto sweep = asked ? sources.store.sweep(*id) : asked.error();
  const auto cost = sweep ? refine_cost(sources.store, *sweep, *asked) : sweep.error();
  if (!cost) {
    return cost.error();
  }
  const auto number_or_null = [](const auto& number) {
    return number ? ordered_json(*number) : ordered_json();
  };
  return compact({{"words", cost->words},
                  {"promise", cost->promise},
                  {"runs", number_or_null(cost->runs)},
                  {"most_runs", cost->most_runs},
                  {"seconds_per_run", number_or_null(cost->seconds_per_run)}});
}

constexpr std::string_view json_type = "application/json";

constexpr std::array<PageQuestion, 9> questions = {{
    {"/api/sweeps", sweeps_answer, json_type, true},
    {"/api/sweep", sweep_answer, json_type, true},
    {"/api/runs", runs_answer, json_type, true},
    {"/api/devices", devices_answer, json_type, true},
    {"/api/errors", errors_answer, json_type, true},
    {"/api/refinement", refinement_answer, json_type, true},
    {"/api/run", run_answer, json_type, false},
    {"/api/log", log_answer, json_type, false},
    {"/api/curves", curves_question, "application/octet-stream", false},
}};

}  // namespace

const PageQuestion* find_page_question(std::string_view path) {
  const auto* const found = std::ranges::find(questions, path, &PageQuestion::path);
  return found == questions.end() ? nullptr : found;
}

std::string compact(const ordered_json& document) {
  return document.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace tarama::cli
