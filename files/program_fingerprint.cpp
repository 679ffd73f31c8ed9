// See program_fingerprint.hpp.
#include "files/program_fingerprint.hpp"

#include "core/sweep/fingerprint.hpp"
#include "files/tree_fingerprint.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

namespace tarama::files {

namespace {

namespace fs = std::filesystem;

std::int64_t time_of(const fs::path& path) {
  std::error_code ignored;
  return fs::last_write_time(path, ignored).time_since_epoch().count();
}

/// Names, sizes and times of a file, or of all files in a folder, which change with their bytes.
std::string looks_of(const fs::path& path) {
  Fingerprint looks;
  looks.field(path.native());
  std::error_code ignored;  // what cannot be seen has no looks, and is read
  const auto add = [&](const fs::path& file) {
    looks.field(file.native());
    looks.field(static_cast<std::int64_t>(fs::file_size(file, ignored)));
    looks.field(time_of(file));
  };
  if (!fs::is_directory(path, ignored)) {
    add(path);
    return looks.hex();
  }
  std::size_t seen = 0;
  for (fs::recursive_directory_iterator it(path, ignored), end;
       it != end && seen <= most_fingerprinted_files;
       it.increment(ignored), ++seen) {
    add(it->path());
  }
  return looks.hex();
}

}  // namespace

std::vector<fs::path> named_files(const ProgramSpec& program) {
  std::vector<fs::path> found;
  for (std::size_t i = 0; i < program.command.size(); ++i) {
    const std::string& argument = program.command[i];
    const bool is_a_path = !argument.empty() && argument.size() < 4096 && argument[0] != '-' &&
                           argument.find_first_of("{}") == std::string::npos &&
                           (i > 0 || argument.find('/') != std::string::npos);
    if (!is_a_path) {
      continue;
    }
    const fs::path path = fs::path(program.folder) / argument;
    std::error_code ignored;  // what is no file is an argument like any other
    if (fs::is_regular_file(path, ignored)) {
      found.push_back(path);
    }
  }
  return found;
}

Result<std::string> ProgramFingerprints::of_path(const fs::path& path) {
  const std::string looks = looks_of(path);
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = known_.find(looks); known != known_.end()) {
      return known->second;
    }
  }
  auto fingerprint = tree_fingerprint(path);
  if (fingerprint) {
    const std::lock_guard lock(mutex_);
    known_[looks] = *fingerprint;
  }
  return fingerprint;
}

Result<std::string> ProgramFingerprints::of(const ProgramSpec& program) {
  Fingerprint all;
  all.field(static_cast<std::int64_t>(program.command.size()));
  for (const std::string& argument : program.command) {
    all.field(argument);
  }
  all.field(program.folder);
  std::vector<fs::path> paths = named_files(program);
  all.field(static_cast<std::int64_t>(paths.size()));
  paths.insert(paths.end(), program.inputs.begin(), program.inputs.end());
  for (const fs::path& path : paths) {
    const auto fingerprint = of_path(path);
    if (!fingerprint) {
      return fingerprint.error();
    }
    all.field(path.native()).field(*fingerprint);
  }
  return all.hex();
}

}  // namespace tarama::files
