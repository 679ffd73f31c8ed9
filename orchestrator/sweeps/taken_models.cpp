// See taken_models.hpp.
#include "orchestrator/sweeps/taken_models.hpp"

#include "db/sqlite/read_store.hpp"
#include "db/store_folder.hpp"

#include <fmt/format.h>

#include <system_error>

namespace tarama::orchestrator {
namespace {

namespace fs = std::filesystem;

// Weights, which nobody edits in their place; what is smaller may be edited, and is copied.
constexpr std::uintmax_t smallest_link = 1 << 20;

void take_file(const fs::directory_entry& file, const fs::path& to, std::error_code& error) {
  if (file.file_size() >= smallest_link) {
    fs::create_hard_link(file.path(), to, error);
    if (!error) {
      return;
    }
  }
  fs::copy_file(file.path(), to, error);
}

/// Under another name first, so that a folder of that name is a whole model.
void take_folder(const fs::path& from, const fs::path& to, std::error_code& error) {
  const fs::path partial = to.string() + ".partial";
  fs::remove_all(partial, error);
  fs::create_directory(partial.parent_path(), error);  // in a store that is there, or none
  fs::create_directory(partial, error);
  for (auto file = fs::directory_iterator(from, error); !error && file != fs::directory_iterator();
       file.increment(error)) {
    take_file(*file, partial / file->path().filename(), error);
  }
  if (!error) {
    fs::rename(partial, to, error);
  }
}

}  // namespace

Result<void> take_models(const fs::path& store, SweepId sweep) {
  const db::StoreFolder folder{store};
  const Result<db::ReadStore> database = db::ReadStore::open(folder.database());
  if (!database) {
    return database.error();
  }
  const auto taken = database->taken_over(sweep);
  if (!taken) {
    return taken.error();
  }
  for (const auto& [run, from] : *taken) {
    std::error_code error;
    if (fs::exists(folder.model(run), error) || !fs::is_directory(folder.model(from), error)) {
      continue;
    }
    take_folder(folder.model(from), folder.model(run), error);
    if (error) {
      return Error{Errc::io,
                   fmt::format("the model of run {}, which was taken over from run {}, cannot be "
                               "copied: {}",
                               run,
                               from,
                               error.message())};
    }
  }
  return {};
}

}  // namespace tarama::orchestrator
