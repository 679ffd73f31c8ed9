// `tarama report SWEEP -o FILE.html`: a page to send.
#include "cli/command.hpp"
#include "cli/export/export_target.hpp"
#include "cli/page/report_page.hpp"
#include "cli/text/number_text.hpp"
#include "cli/text/text_width.hpp"
#include "files/whole_file.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace tarama::cli {
namespace {

struct ReportCommandOptions {
  std::string sweep = "last";
  std::string path;
  bool has_texts = false;
};

/// A file that is no report stays: a slip of the tab key must not cost somebody's data.
Result<void> expect_own_report_at(const std::filesystem::path& path) {
  std::error_code problem;
  if (std::filesystem::symlink_status(path, problem).type() ==
      std::filesystem::file_type::not_found) {
    return {};
  }
  std::array<char, 100> start{};
  std::ifstream(path, std::ios::binary).read(start.data(), start.size());
  if (std::string_view(start.data(), start.size()).find(report_mark) != std::string_view::npos) {
    return {};
  }
  return Error{Errc::refused,
               fmt::format("{} is there already and is no report: remove it, or give -o another "
                           "name",
                           path.string())};
}

Result<void> write_file(const std::filesystem::path& path, const std::string& page) {
  if (auto free = expect_own_report_at(path); !free) {
    return free;
  }
  const std::filesystem::path partial = path.string() + fmt::format(".{}.tmp", getpid());
  auto written = write_stream(partial, [&](std::ostream& out) -> Result<void> {
    out << page;
    return {};
  });
  if (written) {
    written = files::rename_to(partial, path, files::IfThere::replace);
  }
  if (!written) {
    std::error_code left;  // what cannot be removed does no harm
    std::filesystem::remove(partial, left);
  }
  return written;
}

TimePoint now() {
  return {std::chrono::duration_cast<std::chrono::milliseconds>(
              std::chrono::system_clock::now().time_since_epoch())
              .count()};
}

ExitCode write_report(const Context& context, const ReportCommandOptions& options) {
  const auto store = db::ReadStore::open(context.folder().database());
  const auto sweep = store ? store->find_sweep(options.sweep) : store.error();
  const auto page =
      sweep
          ? report_page(context, *store, *sweep, {.made_at = now(), .has_texts = options.has_texts})
          : sweep.error();
  if (!page) {
    return context.fail(page.error());
  }
  if (options.path == "-") {
    context.streams.out << *page;
    return ExitCode::done;
  }
  if (const auto written = write_file(options.path, *page); !written) {
    return context.fail(written.error());
  }
  if (context.wants_json()) {
    context.print_json({{"sweep", sweep->value}, {"path", options.path}, {"bytes", page->size()}});
  } else {
    context.note(fmt::format("{} ({}): open it in any browser, or send it",
                             printable(options.path),
                             bytes_text(static_cast<double>(page->size()))));
  }
  return ExitCode::done;
}

}  // namespace

Command report_command() {
  return {"report",
          "Write a sweep's page as one file: the answer, and all views with their data inside",
          "tarama report cola-level -o report.html",
          [](CLI::App& app) -> Action {
            const auto options = std::make_shared<ReportCommandOptions>();
            app.add_option("SWEEP", options->sweep, "The sweep's id or name; default: the newest");
            app.add_option("-o,--output", options->path, "The file to write; - is stdout")
                ->type_name("FILE")
                ->required();
            app.add_flag("--texts",
                         options->has_texts,
                         "With the texts of the data that runs get wrong most (default: no text "
                         "of the data leaves the machine)");
            return [options](const Context& context) { return write_report(context, *options); };
          }};
}

}  // namespace tarama::cli
