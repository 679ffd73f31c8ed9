// See program_changes.hpp.
#include "cli/commands/program_changes.hpp"

#include "cli/text/text_width.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "files/program_fingerprint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sys/stat.h>
#include <vector>

namespace tarama::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_named = 3;
constexpr std::size_t most_looked_at = 10'000;

bool is_newer(const fs::path& path, TimePoint since) {
  struct stat file {};

  return ::stat(path.c_str(), &file) == 0 && file.st_mtime >= since.milliseconds / 1000;
}

/// Files of the program that were written since; of what was only removed there is no trace.
std::vector<std::string> newer_files(const ProgramSpec& program, TimePoint since) {
  std::vector<std::string> newer;
  const auto look_at = [&](const fs::path& path) {
    if (is_newer(path, since)) {
      const fs::path name = path.lexically_normal().lexically_relative(program.folder);
      newer.push_back(printable(name.native()));
    }
  };
  std::vector<fs::path> paths = files::named_files(program);
  paths.insert(paths.end(), program.inputs.begin(), program.inputs.end());
  std::size_t seen = 0;
  for (const fs::path& path : paths) {
    std::error_code ignored;  // what cannot be seen is not named
    if (!fs::is_directory(path, ignored)) {
      look_at(path);
      continue;
    }
    for (fs::recursive_directory_iterator it(path, ignored), end;
         it != end && seen < most_looked_at;
         it.increment(ignored), ++seen) {
      look_at(it->path());
    }
  }
  return newer;
}

std::string what_changed(const ProgramSpec& program, TimePoint since) {
  const std::vector<std::string> newer = newer_files(program, since);
  std::string words;
  for (std::size_t i = 0; i < std::min(newer.size(), most_named); ++i) {
    words += (words.empty() ? "" : ", ") + newer[i];
  }
  if (newer.size() > most_named) {
    words += fmt::format(" and {} more", newer.size() - most_named);
  }
  return words.empty() ? "its program, or one of its inputs, has changed" : words + " changed";
}

Error changed(const db::SweepInfo& sweep, const std::string& what) {
  return {Errc::refused,
          fmt::format("since sweep {} '{}' was submitted {}: its runs would not compare with those "
                      "before, and fail as bad_data. Submit the file again as a sweep of its own "
                      "(`--set name=NAME`), or bring back what was there",
                      sweep.sweep,
                      printable(sweep.name),
                      what)};
}

}  // namespace

Result<void> refuse_changed_program(const db::ReadStore& store,
                                    SweepId sweep,
                                    std::optional<RunId> run) {
  const auto info = store.sweep(sweep);
  if (!info) {
    return info.error();
  }
  const auto spec = sweep_spec_from_json(info->spec);
  if (!spec || !spec->program) {
    return {};  // what cannot be read, the orchestrator says
  }
  const auto levels = store.levels(sweep);
  const auto one = run ? store.run(*run) : Error{};
  if (!levels || levels->empty() || (run && !one)) {
    return {};
  }
  const auto now = files::ProgramFingerprints().of(*spec->program);
  if (!now) {
    return changed(*info, now.error().message);
  }
  const bool fits = std::ranges::any_of(*levels, [&](const db::LevelInfo& level) {
    const bool is_meant = !run || level.level == one->plan.level;
    return is_meant && level.inputs.data_fingerprint == *now;
  });
  return fits ? Result<void>() : changed(*info, what_changed(*spec->program, info->submitted_at));
}

}  // namespace tarama::cli
