// By names: each writer's temporary names are in its own file (input/files/safe_write.cpp,
// worker/checkpoints/checkpoint_store.cpp).
#include "orchestrator/sweeps/leftovers.hpp"

#include "files/left_processes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace tarama::orchestrator {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view unfinished_suffix = ".tmp";

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code ignored;  // a folder that is not there holds nothing
  for (fs::directory_iterator it(folder, ignored), end; it != end; it.increment(ignored)) {
    entries.push_back(it->path());
  }
  return entries;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc{} && end == text.data() + text.size() && number > 0
             ? std::optional(number)
             : std::nullopt;
}

/// Of ".NAME.PID-COUNT.tmp".
std::optional<std::int64_t> writer_of(std::string_view name) {
  if (!name.starts_with('.') || !name.ends_with(unfinished_suffix)) {
    return std::nullopt;
  }
  name.remove_suffix(unfinished_suffix.size());
  name = name.substr(name.rfind('.') + 1);
  const auto dash = name.find('-');
  return dash != std::string_view::npos && whole_number(name.substr(dash + 1))
             ? whole_number(name.substr(0, dash))
             : std::nullopt;
}

bool is_alive(std::int64_t pid) {
  return ::kill(static_cast<pid_t>(pid), 0) == 0 || errno != ESRCH;
}

bool was_used_since(const fs::path& path, std::int64_t seconds) {
  struct stat file {};

  // Where reading leaves no trace (noatime), data in use are tokenized again once a month.
  return ::stat(path.c_str(), &file) != 0 || std::max(file.st_atime, file.st_mtime) >= seconds;
}

}  // namespace

void remove_what_the_dead_left(const fs::path& store, std::chrono::milliseconds cache_age) {
  const db::StoreFolder folder{store};
  std::error_code ignored;  // what cannot be removed now is looked at again at the next start
  for (const fs::path& place : {store, folder.cache(), store / "models"}) {
    for (const fs::path& entry : entries_of(place)) {
      const auto writer = writer_of(entry.filename().string());
      if (writer && !is_alive(*writer)) {
        fs::remove_all(entry, ignored);
      }
    }
  }
  const auto since =
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now() - cache_age);
  for (const fs::path& entry : entries_of(folder.cache())) {
    if (fs::is_regular_file(entry, ignored) &&
        !was_used_since(entry, since.time_since_epoch().count())) {
      fs::remove(entry, ignored);
    }
  }
}

std::vector<std::string> end_what_programs_left(const fs::path& store) {
  const files::EndedProcesses ended = files::end_left_processes(store / "runs");
  std::vector<std::string> lines;
  if (!ended.all.empty()) {
    lines.push_back(fmt::format("nobody watched over {}, which programs of runs had started: ended",
                                files::names_of(ended.all)));
  }
  if (!ended.still.empty()) {
    lines.push_back(fmt::format("of these still run, whatever they are sent: {}",
                                files::names_of(ended.still)));
  }
  return lines;
}

PerhapsLeft perhaps_left_in(const fs::path& store) {
  PerhapsLeft left;
  for (const fs::path& entry : entries_of(store / "trajectories")) {
    if (const auto run = whole_number(entry.filename().string())) {
      left.kept_states.push_back(RunId{*run});
    }
  }
  constexpr std::string_view prefix = "attempt-";
  for (const fs::path& folder : entries_of(store / "checkpoints")) {
    const auto run = whole_number(folder.filename().string());
    for (const fs::path& entry : run ? entries_of(folder) : std::vector<fs::path>{}) {
      const std::string file = entry.filename().string();
      std::string_view name = file;
      if (!name.starts_with(prefix) || !name.ends_with(unfinished_suffix)) {
        continue;
      }
      name.remove_prefix(prefix.size());
      name.remove_suffix(unfinished_suffix.size());
      if (const auto attempt = whole_number(name)) {
        left.checkpoints.push_back({entry, RunId{*run}, Attempt{*attempt}});
      }
    }
  }
  return left;
}

void remove(const fs::path& store, const PerhapsLeft& left) {
  std::error_code ignored;
  for (const RunId run : left.kept_states) {
    fs::remove_all(db::StoreFolder{store}.kept_state(run), ignored);
  }
  for (const UnfinishedCheckpoint& checkpoint : left.checkpoints) {
    fs::remove(checkpoint.path, ignored);
  }
}

}  // namespace tarama::orchestrator
