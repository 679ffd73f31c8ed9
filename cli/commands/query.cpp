// `tarama query SQL`: read-only SQL over the store.
#include "cli/command.hpp"
#include "cli/output_end.hpp"
#include "cli/text/table_format.hpp"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <map>
#include <memory>
#include <ostream>
#include <string>

namespace tarama::cli {
namespace {

struct QueryOptions {
  std::string sql;
  TableFormat format = TableFormat::table;
  bool has_format = false;
};

ExitCode query(const Context& context, const QueryOptions& options) {
  const auto store = db::ReadStore::open(context.folder().database());
  if (!store) {
    return context.fail(store.error());
  }
  const bool is_json = context.wants_json() && !options.has_format;
  std::ostream& out = context.streams.out;
  const auto writer =
      table_writer(out,
                   is_json ? TableFormat::json : options.format,
                   context.out_style(),
                   context.streams.out_is_terminal ? Reader::terminal : Reader::program);
  errno = 0;
  const auto answered = store->query(options.sql, *writer);
  if (!answered) {
    return context.fail(answered.error());
  }
  writer->finish();
  out.flush();
  return output_end(context, errno);
}

}  // namespace

Command query_command() {
  return {"query",
          "Read-only SQL over the store; docs/SCHEMA.md lists the views",
          "tarama query \"SELECT lr, warmup, mean FROM levels ORDER BY mean DESC\"",
          [](CLI::App& app) -> Action {
            const auto options = std::make_shared<QueryOptions>();
            app.add_option("SQL", options->sql, "One statement that reads")->required();
            static const std::map<std::string, TableFormat> formats = {
                {"table", TableFormat::table},
                {"csv", TableFormat::csv},
                {"json", TableFormat::json},
                {"jsonl", TableFormat::jsonl}};
            app.add_option_function<std::string>(
                   "--format",
                   [options](const std::string& name) {
                     options->format = formats.at(name);
                     options->has_format = true;
                   },
                   "table, csv, json or jsonl; default: table, or json under --json")
                ->type_name("FORMAT")
                ->check(CLI::IsMember({"table", "csv", "json", "jsonl"}));
            return [options](const Context& context) { return query(context, *options); };
          }};
}

}  // namespace tarama::cli
