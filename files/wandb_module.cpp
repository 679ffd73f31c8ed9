// See wandb_module.hpp.
#include "files/wandb_module.hpp"

#include "files/folders.hpp"
#include "files/whole_file.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <fstream>
#include <iterator>
#include <mutex>
#include <span>
#include <string>
#include <unistd.h>

namespace tarama::files {

namespace fs = std::filesystem;

namespace {

bool holds_module(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return file &&
         std::string(std::istreambuf_iterator<char>(file), {}) == std::string(wandb_module());
}

}  // namespace

Result<fs::path> place_wandb_module(const fs::path& store) {
  static std::mutex one_at_a_time;  // the attempts of one worker share the temporary name
  const std::scoped_lock lock(one_at_a_time);
  fs::path folder = store / "python" / "wandb";
  const fs::path path = folder / "wandb.py";
  if (holds_module(path)) {
    return folder;
  }
  if (const std::error_code failure = make_folder(folder)) {
    return failure_at(folder, "cannot be made", failure.value());
  }
  const fs::path unfinished = folder / fmt::format("wandb.py.{}.tmp", ::getpid());
  // Whatever a power cut leaves is not the same text, and written anew.
  const Result<void> written =
      write_whole(unfinished, {std::as_bytes(std::span(wandb_module()))}, Sync::no);
  if (!written) {
    return written.error();
  }
  const Result<void> renamed = rename_to(unfinished, path, IfThere::replace);
  if (!renamed) {
    return renamed.error();
  }
  return folder;
}

}  // namespace tarama::files
