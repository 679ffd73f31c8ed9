// `tarama report-metric NAME=VALUE...`: how a shell script that a sweep runs reports its numbers.
#include "cli/command.hpp"
#include "cli/text/text_width.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

namespace tarama::cli {
namespace {

struct ReportedWords {
  std::optional<std::int64_t> step;
  std::optional<std::int64_t> epoch;
  std::vector<std::string> metrics;
};

std::optional<double> metric_number_in(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  return !text.empty() && end == text.c_str() + text.size() ? std::optional(number) : std::nullopt;
}

/// Without its line end; an error says which word is wrong.
Result<std::string> report_line_of(const ReportedWords& options) {
  nlohmann::ordered_json line = nlohmann::ordered_json::object();
  if (options.step) {
    line["step"] = *options.step;
  }
  if (options.epoch) {
    line["epoch"] = *options.epoch;
  }
  for (const std::string& word : options.metrics) {
    const std::size_t equals = word.find('=');
    const auto number =
        equals == std::string::npos ? std::nullopt : metric_number_in(word.substr(equals + 1));
    if (!number || equals == 0) {
      return Error{Errc::invalid_argument,
                   fmt::format("'{}': expected NAME=VALUE with a number, such as loss=0.4",
                               printable(word))};
    }
    const std::string name = word.substr(0, equals);
    line[name] = std::isfinite(*number) ? nlohmann::ordered_json(*number) : nullptr;
  }
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

const CLI::Validator whole_from_0(
    [](const std::string& text) {
      const bool is_whole =
          !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
      return is_whole ? std::string() : "expected a whole number from 0";
    },
    "");

/// In one piece, so that reports of processes beside each other do not mix.
Result<void> append_report(const std::string& path, const std::string& line) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const bool is_written =
      file >= 0 && ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  const int reason = errno;
  if (file >= 0) {
    ::close(file);
  }
  return is_written ? Result<void>()
                    : Error{Errc::io, fmt::format("{}: {}", path, std::strerror(reason))};
}

ExitCode report_metrics(const Context& context, const ReportedWords& options) {
  const Result<std::string> line = report_line_of(options);
  if (!line) {
    return context.fail(line.error());
  }
  const char* const path = std::getenv("TARAMA_METRICS");
  if (path == nullptr || *path == '\0') {
    context.streams.out << *line << '\n';
    return ExitCode::done;
  }
  const Result<void> done = append_report(path, *line + "\n");
  return done ? ExitCode::done : context.fail(done.error());
}

}  // namespace

Command report_metric_command() {
  return {"report-metric",
          "Reports numbers of a run, from within a shell script that a sweep runs",
          "tarama report-metric --step 10 loss=0.4 val_acc=0.81",
          [](CLI::App& app) -> Action {
            const auto options = std::make_shared<ReportedWords>();
            app.add_option("METRICS", options->metrics, "NAME=VALUE, one or more")->required();
            app.add_option(
                   "--step", options->step, "That they belong to; else the last one reported")
                ->check(whole_from_0);
            app.add_option("--epoch", options->epoch, "That they belong to")->check(whole_from_0);
            return [options](const Context& context) { return report_metrics(context, *options); };
          }};
}

}  // namespace tarama::cli
