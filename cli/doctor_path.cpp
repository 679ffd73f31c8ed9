// See doctor_path.hpp.
#include "cli/doctor_path.hpp"

#include "cli/text/number_text.hpp"
#include "cli/text/text_table.hpp"
#include "cli/text/text_width.hpp"
#include "input/data_report.hpp"
#include "input/model_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>
#include <vector>

namespace tarama::cli {
namespace {

using Json = nlohmann::ordered_json;
using Counts = std::vector<std::pair<std::string, std::int64_t>>;

constexpr std::int64_t longest_bar = 40;

void print_findings(const Context& context,
                    const std::vector<std::string>& odd,
                    const std::vector<std::string>& problems) {
  for (const std::string& text : odd) {
    context.streams.out << fmt::format("odd: {}\n", printable(text));
  }
  for (const std::string& text : problems) {
    context.streams.out << fmt::format("problem: {}\n", printable(text));
  }
}

/// A line a count, its bar as long as its share of the largest.
void print_counts(const Context& context, const Counts& counts) {
  std::int64_t largest = 1;
  for (const auto& [name, count] : counts) {
    largest = std::max(largest, count);
  }
  for (const auto& [name, count] : counts) {
    const auto length =
        static_cast<std::size_t>(std::max<std::int64_t>(count * longest_bar / largest, 1));
    context.streams.out << fmt::format("    {}  {:>8}  {}\n",
                                       pad(printable(name), 16, Align::left),
                                       count,
                                       std::string(length, '#'));
  }
}

Json counts_json(const Counts& counts) {
  Json list = Json::array();
  for (const auto& [name, count] : counts) {
    list.push_back({{"value", name}, {"count", count}});
  }
  return list;
}

ExitCode examine_model(const Context& context, const std::string& path) {
  const input::ModelReport report = input::report_on_model(path);
  if (context.wants_json()) {
    Json facts = Json::object();
    for (const auto& [name, text] : report.facts) {
      facts[name] = text;
    }
    Json cuts = Json::array();
    for (const auto& [text, pieces] : report.cuts) {
      cuts.push_back({{"text", text}, {"pieces", pieces}});
    }
    context.print_json({{"path", path},
                        {"kind", "model"},
                        {"facts", std::move(facts)},
                        {"cuts", std::move(cuts)},
                        {"odd", report.odd},
                        {"problems", report.problems}});
  } else {
    for (const auto& [name, text] : report.facts) {
      context.streams.out << fmt::format("{}  {}\n", pad(name, 12, Align::left), printable(text));
    }
    for (const auto& [text, pieces] : report.cuts) {
      context.streams.out << fmt::format("  {}\n    {}\n", printable(text), printable(pieces));
    }
    print_findings(context, report.odd, report.problems);
  }
  return report.problems.empty() ? ExitCode::done : ExitCode::usage;
}

void print_data(const Context& context, const input::DataReport& report) {
  context.streams.out << fmt::format("{}, {}{}\n",
                                     report.format,
                                     counted(report.rows, "row"),
                                     report.has_header ? ", the first line names the columns" : "");
  for (const input::ColumnReport& column : report.columns) {
    context.streams.out << fmt::format(
        "column {}: {}\n", printable(column.name), counted(column.distinct, "different value"));
    if (!column.lengths.empty()) {
      context.streams.out << "    words\n";
    }
    print_counts(context, column.lengths.empty() ? column.classes : column.lengths);
  }
  print_findings(context, report.odd, report.problems);
}

ExitCode examine_data(const Context& context, const std::string& path) {
  const auto report = input::report_on_data(path);
  if (!report) {
    return context.fail(report.error());
  }
  if (context.wants_json()) {
    Json columns = Json::array();
    for (const input::ColumnReport& column : report->columns) {
      columns.push_back({{"name", column.name},
                         {"distinct", column.distinct},
                         {"classes", counts_json(column.classes)},
                         {"words", counts_json(column.lengths)}});
    }
    context.print_json({{"path", path},
                        {"kind", "data"},
                        {"format", report->format},
                        {"rows", report->rows},
                        {"header", report->has_header},
                        {"columns", std::move(columns)},
                        {"odd", report->odd},
                        {"problems", report->problems}});
  } else {
    print_data(context, *report);
  }
  return report->problems.empty() ? ExitCode::done : ExitCode::usage;
}

}  // namespace

ExitCode examine_path(const Context& context, const std::string& path) {
  std::error_code ignored;  // what cannot be asked for cannot be opened either
  return std::filesystem::is_directory(path, ignored) ? examine_model(context, path)
                                                      : examine_data(context, path);
}

}  // namespace tarama::cli
