// See report_page.hpp.
#include "cli/page/report_page.hpp"

#include "cli/answer_sentence.hpp"
#include "cli/example_errors.hpp"
#include "cli/page/interval_picture.hpp"
#include "cli/page/packed_text.hpp"
#include "cli/page/sweep_page.hpp"
#include "cli/text/number_text.hpp"
#include "documents/curves/stored_curves.hpp"
#include "documents/reported_names.hpp"
#include "documents/run_document.hpp"
#include "documents/runs_document.hpp"
#include "web/server/page_files.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace tarama::cli {
namespace {

using nlohmann::ordered_json;

// A picture of more is not read; the table has them all.
constexpr std::size_t most_drawn = 40;
constexpr std::size_t most_texts = 50;

/// Everything that a report is made of.
struct ReportParts {
  SweepResult result;
  ordered_json page;
  ordered_json runs;
  ordered_json devices;
  ordered_json curves;
  ordered_json errors;  // null: not asked for, or there are none
};

ordered_json texts_part(const db::ReadStore& store, SweepId sweep) {
  const ErrorQuestion question{.sweep = sweep, .level = std::nullopt};
  const auto errors = read_example_errors(store, question);
  return errors ? errors_json(question, *errors, most_texts) : ordered_json();
}

Result<ReportParts> read_parts(const Context& context,
                               const db::ReadStore& store,
                               SweepId sweep,
                               const ReportOptions& options) {
  auto result = read_sweep_result(store, sweep);
  auto page = result ? sweep_page_json(context, store, *result) : result.error();
  auto runs = page ? store.runs(sweep) : page.error();
  auto devices = runs ? devices_json(store, sweep) : runs.error();
  // Of what a program reports, a report has room for so many curves a run.
  constexpr std::size_t most_numbers = 12;
  const auto numbers =
      devices ? reported_names(store, result->sweep, most_numbers) : devices.error();
  auto curves = numbers ? stored_curves_json(store, *runs, *numbers) : numbers.error();
  if (!curves) {
    return curves.error();
  }
  (*page)["numbers"] = *numbers;
  return ReportParts{std::move(*result),
                     std::move(*page),
                     runs_table_json(*runs),
                     std::move(*devices),
                     std::move(*curves),
                     options.has_texts ? texts_part(store, sweep) : ordered_json()};
}

std::string table_row(const SweepResult& result, const RankedLevel& level, std::size_t rank) {
  const LevelSummary& summary = level.summary();
  const auto& interval = level.answer.interval ? level.answer.interval : summary.ci95;
  return fmt::format(
      "<tr class=\"{}\"><td>{}</td><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td>"
      "<td>{}</td><td>{}</td></tr>\n",
      level_mark(result, level),
      rank,
      html_text(level_words(result, level)),
      html_text(level_mark(result, level)),
      metric_text(level.answer.score),
      interval
          ? fmt::format("{} to {}", metric_text(interval->first), metric_text(interval->second))
          : "-",
      summary.replicates,
      level.seconds_per_run ? duration_text(*level.seconds_per_run) : "-");
}

std::string table_of(const SweepResult& result) {
  std::string text = fmt::format(
      "<table><caption>Levels by {}, best first</caption><thead><tr><th scope=\"col\">#</th>"
      "<th scope=\"col\">level</th><th scope=\"col\">is</th><th scope=\"col\">mean</th>"
      "<th scope=\"col\">interval, 95 %</th><th scope=\"col\">runs</th>"
      "<th scope=\"col\">time a run</th></tr></thead><tbody>\n",
      html_text(metric_name(result.sweep.metric)));
  for (std::size_t i = 0; i < result.levels.size(); ++i) {
    text += table_row(result, result.levels[i], i + 1);
  }
  return text + "</tbody></table>\n";
}

std::string account_line(const SweepResult& result, TimePoint made_at) {
  const Account& account = result.sweep.account;
  return fmt::format(
      "<p class=\"account\">{} runs: {} succeeded, {} failed, {} not over. Made {} by tarama "
      "{}.</p>\n",
      count_text(account.planned),
      count_text(account.succeeded),
      count_text(account.failed),
      count_text(account.pending + account.leased + account.running),
      moment_text(made_at),
      TARAMA_VERSION);
}

std::string plain_part(const SweepResult& result, TimePoint made_at) {
  std::string text = fmt::format("<main class=\"plain\">\n<p class=\"name\">{}</p>\n<h1>{}</h1>\n",
                                 html_text(result.sweep.name),
                                 html_text(answer_sentence(result)));
  const std::vector<std::string> notes = answer_notes(result);
  if (!notes.empty()) {
    text += "<ul class=\"notes\">";
    for (const std::string& note : notes) {
      text += fmt::format("<li>{}</li>", html_text(note));
    }
    text += "</ul>\n";
  }
  if (!result.numerics_mix().empty()) {
    text +=
        "<p class=\"warning\">Not all levels are trained by one learner in one version: between "
        "them, "
        "means differ by more than their parameters.</p>\n";
  }
  return text + interval_picture(result, most_drawn) + table_of(result) +
         account_line(result, made_at) + "</main>\n";
}

std::string head_of(const SweepResult& result) {
  const web::PageFile script = web::page_script();
  const web::PageFile style = web::page_style();
  return fmt::format(
      "<!doctype html>\n{}\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src "
      "'{}'; style-src '{}'; img-src data:; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<title>{} - tarama</title>\n<style>{}</style>\n</head>\n",
      report_mark,
      script.csp_hash,
      style.csp_hash,
      html_text(result.sweep.name),
      style.text);
}

}  // namespace

Result<std::string> report_page(const Context& context,
                                const db::ReadStore& store,
                                SweepId sweep,
                                const ReportOptions& options) {
  auto parts = read_parts(context, store, sweep, options);
  if (!parts) {
    return parts.error();
  }
  const ordered_json data = {{"version", TARAMA_VERSION},
                             {"made_at", moment_text(options.made_at)},
                             {"page", std::move(parts->page)},
                             {"runs", std::move(parts->runs)},
                             {"devices", std::move(parts->devices)},
                             {"curves", std::move(parts->curves)},
                             {"errors", std::move(parts->errors)}};
  std::string text = head_of(parts->result);
  text += "<body>\n<div id=\"page\">\n" + plain_part(parts->result, options.made_at) + "</div>\n";
  const std::string json = data.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  text += "<script type=\"text/plain\" id=\"report\">" + packed_text(json) + "</script>\n";
  text += fmt::format("<script>{}</script>\n</body>\n</html>\n", web::page_script().text);
  return text;
}

}  // namespace tarama::cli
