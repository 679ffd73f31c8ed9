// `tarama export SWEEP --format F -o PATH`: a sweep's numbers for other programs.
#include "cli/command.hpp"
#include "cli/export/export_target.hpp"
#include "cli/export/optuna_journal.hpp"
#include "cli/export/tensorboard_folder.hpp"
#include "cli/output_end.hpp"
#include "cli/sweep_argument.hpp"
#include "cli/text/number_text.hpp"
#include "cli/text/table_format.hpp"
#include "cli/text/terminal_text.hpp"
#include "cli/text/text_chart.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace tarama::cli {
namespace {

struct ExportOptions {
  std::string sweep = "last";
  std::string format;
  std::string table = "runs";
  std::string path;
};

/// One table of docs/SCHEMA.md's views, of one sweep.
std::string sql_of(const std::string& table, SweepId sweep) {
  if (table == "levels") {
    return fmt::format("SELECT * FROM levels WHERE sweep_id = {} ORDER BY level_id", sweep);
  }
  const std::string_view order = table == "steps"         ? "step"
                                 : table == "evals"       ? "split, epoch"
                                 : table == "predictions" ? "epoch, split, example"
                                                          : "step, name";
  return fmt::format(
      "SELECT t.* FROM {} AS t JOIN results AS r USING (run_id) WHERE r.sweep_id = {} "
      "ORDER BY run_id, {}",
      table,
      sweep,
      order);
}

/// A name as SQL quotes it.
std::string sql_quoted(std::string_view text, char quote) {
  std::string result(1, quote);
  for (const char c : text) {
    result.append(c == quote ? 2 : 1, c);
  }
  return result + quote;
}

/// The view `results`, and behind it a column for each parameter that has none there.
std::string sql_of_runs(const ExportedSweep& sweep) {
  static const std::set<std::string, std::less<>> columns = {"lr",
                                                             "warmup",
                                                             "epochs",
                                                             "norm",
                                                             "batch_size",
                                                             "schedule",
                                                             "t_total",
                                                             "weight_decay",
                                                             "max_grad_norm",
                                                             "dropout",
                                                             "precision",
                                                             "layers",
                                                             "hidden",
                                                             "learner"};
  std::string more;
  for (const Axis& axis : sweep.axes) {
    if (!columns.contains(axis.key)) {
      // A JSON path ends a name in quotes at the next quote: a name has none (key table, import).
      more += fmt::format(", json_extract(params, {}) AS {}",
                          sql_quoted(fmt::format("$.\"{}\"", axis.key), '\''),
                          sql_quoted(axis.key, '"'));
    }
  }
  return fmt::format(
      "SELECT *{} FROM results WHERE sweep_id = {} ORDER BY run_id", more, sweep.info.sweep);
}

Result<void> write_table(std::ostream& out,
                         const db::ReadStore& store,
                         const ExportedSweep& sweep,
                         const ExportOptions& options) {
  const auto writer = table_writer(out,
                                   options.format == "csv" ? TableFormat::csv : TableFormat::jsonl,
                                   TextStyle(ColourUse::none));
  const std::string sql =
      options.table == "runs" ? sql_of_runs(sweep) : sql_of(options.table, sweep.info.sweep);
  if (auto answered = store.query(sql, *writer); !answered) {
    return answered;
  }
  writer->finish();
  return {};
}

/// On a terminal, a line that counts; the last one stays.
ExportProgress progress_on(const Context& context, std::size_t runs) {
  if (!context.streams.err_is_terminal || context.is_quiet()) {
    return [](std::size_t) {};
  }
  return [&err = context.streams.err, runs](std::size_t done) {
    const double share = static_cast<double>(done) / static_cast<double>(runs);
    err << fmt::format("\r  {} {}/{} runs{}", bar(share, 20), done, runs, done == runs ? "\n" : "")
        << std::flush;
  };
}

Result<void> write_export(const Context& context,
                          const db::ReadStore& store,
                          const ExportedSweep& sweep,
                          const ExportOptions& options) {
  if (options.format == "tensorboard") {
    return export_folder(options.path, [&](const std::filesystem::path& folder) {
      return write_tensorboard(folder, store, sweep, progress_on(context, sweep.runs.size()));
    });
  }
  const auto fill = [&](std::ostream& out) {
    return options.format == "optuna" ? write_optuna_journal(out, store, sweep)
                                      : write_table(out, store, sweep, options);
  };
  return options.path == "-" ? fill(context.streams.out) : export_file(options.path, fill);
}

/// What to do with it, in one line.
std::string how_to_open(const ExportOptions& options, const std::string& name) {
  if (options.format == "tensorboard") {
    return fmt::format("tensorboard --logdir {}", shell_word(options.path));
  }
  if (options.format == "optuna") {
    return fmt::format(
        "optuna-dashboard {}   (the study is called {})", shell_word(options.path), name);
  }
  const std::string path = nlohmann::json(options.path).dump();  // Python reads it the same
  return options.format == "csv" ? fmt::format("pandas.read_csv({})", path)
                                 : fmt::format("pandas.read_json({}, lines=True)", path);
}

ExitCode export_sweep(const Context& context, const ExportOptions& options) {
  const auto store = db::ReadStore::open(context.folder().database());
  if (!store) {
    return context.fail(store.error());
  }
  const auto id = store->find_sweep(options.sweep);
  if (!id) {
    return context.fail(id.error());
  }
  const auto sweep = read_for_export(*store, *id);
  if (!sweep) {
    return context.fail(sweep.error());
  }
  const bool is_table = options.format == "csv" || options.format == "jsonl";
  if (!is_table && (options.path == "-" || options.table != "runs")) {
    return context.fail(
        {Errc::invalid_argument,
         fmt::format("--format {} holds all of a sweep: it takes no --table, and -o names a {}",
                     options.format,
                     options.format == "optuna" ? "file" : "folder")});
  }
  errno = 0;
  if (const auto written = write_export(context, *store, *sweep, options); !written) {
    return context.fail(written.error());
  }
  if (options.path == "-") {
    context.streams.out.flush();
    return output_end(context, errno);
  }
  if (context.wants_json()) {
    context.print_json({{"sweep", id->value},
                        {"format", options.format},
                        {"path", options.path},
                        {"runs", sweep->runs.size()}});
  } else {
    context.streams.out << for_terminal(
        fmt::format("{}: {} of {}\n  {}\n",
                    options.path,
                    counted(static_cast<std::int64_t>(sweep->runs.size()), "run"),
                    sweep->info.name,
                    how_to_open(options, sweep->info.name)));
  }
  return ExitCode::done;
}

}  // namespace

Command export_command() {
  return {
      "export",
      "A sweep's runs and numbers for other programs: CSV, JSON Lines, TensorBoard, Optuna",
      "tarama export cola-level --format tensorboard -o cola-events",
      [](CLI::App& app) -> Action {
        const auto options = std::make_shared<ExportOptions>();
        app.add_option("SWEEP", options->sweep, sweep_help);
        app.add_option("--format",
                       options->format,
                       "csv or jsonl: a table; tensorboard: a folder of event files with "
                       "HParams; optuna: a journal file")
            ->required()
            ->type_name("FORMAT")
            ->check(CLI::IsMember({"csv", "jsonl", "tensorboard", "optuna"}));
        app.add_option("--table",
                       options->table,
                       "Of csv and jsonl: runs (the default), levels, steps, evals, metrics or "
                       "predictions")
            ->type_name("TABLE")
            ->check(CLI::IsMember({"runs", "levels", "steps", "evals", "metrics", "predictions"}));
        app.add_option("-o,--output",
                       options->path,
                       "What the file or folder is called; must not be there. -: stdout")
            ->required()
            ->type_name("PATH");
        return [options](const Context& context) { return export_sweep(context, *options); };
      }};
}

}  // namespace tarama::cli
