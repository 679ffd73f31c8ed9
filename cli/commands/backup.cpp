// `tarama backup FILE`: a consistent copy of the store's database.
#include "cli/command.hpp"
#include "cli/text/number_text.hpp"
#include "db/sqlite/store_backup.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace tarama::cli {
namespace {

ExitCode back_up(const Context& context, const std::string& file) {
  const auto backup = db::backup_store(context.folder().database(), file);
  if (!backup) {
    return context.fail(backup.error());
  }
  if (context.wants_json()) {
    context.print_json(
        {{"file", backup->file.string()}, {"bytes", backup->bytes}, {"schema", backup->version}});
  } else {
    context.streams.out << fmt::format("{}: {}, checked, schema version {}\n",
                                       backup->file.string(),
                                       bytes_text(static_cast<double>(backup->bytes)),
                                       backup->version);
  }
  return ExitCode::done;
}

}  // namespace

Command backup_command() {
  return {"backup",
          "Copies the store's database to FILE, whole, also while an orchestrator is at work",
          "tarama backup ~/backups/tarama.db",
          [](CLI::App& app) -> Action {
            const auto file = std::make_shared<std::string>();
            app.add_option("FILE", *file, "What the copy is called; must not be there")->required();
            return [file](const Context& context) { return back_up(context, *file); };
          }};
}

}  // namespace tarama::cli
