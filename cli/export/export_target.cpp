// A name of its own while it is made, then the right one.
#include "cli/export/export_target.hpp"

#include "files/whole_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>
#include <unistd.h>

namespace tarama::cli {
namespace {

namespace fs = std::filesystem;

fs::path unfinished(const fs::path& path) {
  return path.string() + fmt::format(".{}.tmp", getpid());
}

/// Before the work, so that nobody waits for a refusal.
Result<void> expect_nothing_at(const fs::path& path) {
  std::error_code error;
  if (fs::symlink_status(path, error).type() == fs::file_type::not_found) {
    return {};
  }
  return Error{Errc::refused,
               fmt::format("{} is there already, and an export writes over nothing: remove it, or "
                           "give -o another name",
                           path.string())};
}

Result<void> make(const fs::path& path, const std::function<Result<void>(const fs::path&)>& fill) {
  if (auto nothing = expect_nothing_at(path); !nothing) {
    return nothing;
  }
  const fs::path partial = unfinished(path);
  auto made = fill(partial);
  if (made) {
    made = files::rename_to(partial, path, files::IfThere::refuse);
  }
  if (!made) {
    std::error_code left;  // what cannot be removed does no harm
    fs::remove_all(partial, left);
  }
  return made;
}

}  // namespace

Result<void> write_stream(const fs::path& path,
                          const std::function<Result<void>(std::ostream&)>& fill) {
  errno = 0;
  std::ofstream out(path, std::ios::binary);
  if (!out) {
    return files::failure_at(path, "cannot make it", errno);
  }
  if (auto filled = fill(out); !filled) {
    return filled;
  }
  errno = 0;
  out.close();
  return out ? Result<void>() : files::failure_at(path, "cannot write it", errno);
}

Result<void> export_file(const fs::path& path,
                         const std::function<Result<void>(std::ostream&)>& fill) {
  return make(path, [&](const fs::path& partial) { return write_stream(partial, fill); });
}

Result<void> export_folder(const fs::path& path,
                           const std::function<Result<void>(const fs::path&)>& fill) {
  return make(path, [&](const fs::path& partial) -> Result<void> {
    std::error_code error;
    fs::create_directory(partial, error);
    if (error) {
      return files::failure_at(partial, "cannot make the folder", error.value());
    }
    return fill(partial);
  });
}

}  // namespace tarama::cli
