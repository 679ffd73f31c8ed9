// Event files of TensorBoard in a run's folder, followed while they are written.
#include "worker/program/event_records.hpp"
#include "worker/program/metric_lines.hpp"
#include "worker/program/metric_source.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <map>
#include <set>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tarama::program {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_event_files = 1000;
constexpr std::size_t rows_at_once = 4096;
// Keras and others write one folder each, with the same names in them.
constexpr std::array<std::string_view, 5> split_folders = {
    "train", "validation", "val", "eval", "test"};

struct FollowedFile {
  off_t offset = 0;
  bool is_damaged = false;
};

class EventFiles final : public MetricSource {
 public:
  explicit EventFiles(fs::path folder) : folder_(std::move(folder)) {
    // What earlier attempts wrote is theirs.
    for (const fs::path& path : files_in_folder()) {
      std::error_code ignored;  // one that goes away meanwhile is not read
      const auto size = fs::file_size(path, ignored);
      files_[path].offset = ignored ? 0 : static_cast<off_t>(size);
      beginning_.files[path.lexically_relative(folder_)] = files_[path].offset;
    }
  }

  EventFiles(fs::path folder, const ReadMark& from) : folder_(std::move(folder)) {
    for (const auto& [path, offset] : from.files) {
      files_[folder_ / path].offset = static_cast<off_t>(offset);
    }
  }

  [[nodiscard]] ReadMark beginning() const override { return beginning_; }

  [[nodiscard]] std::optional<std::string> take_remark() override {
    return std::exchange(remark_, std::nullopt);
  }

  [[nodiscard]] std::vector<ReportedRow> look(std::int64_t at) override {
    std::vector<ReportedRow> rows;
    for (const fs::path& path : files_in_folder()) {
      read(path, files_[path], at, rows);
    }
    return rows;
  }

 private:
  [[nodiscard]] std::vector<fs::path> files_in_folder() const {
    std::vector<fs::path> found;
    std::error_code failure;  // what cannot be listed now may be later
    for (fs::recursive_directory_iterator it(folder_, failure), end; it != end && !failure;
         it.increment(failure)) {
      const bool is_one = it->path().filename().native().find("tfevents") != std::string::npos;
      if (is_one && it->is_regular_file(failure) && found.size() < most_event_files) {
        found.push_back(it->path());
      }
    }
    std::ranges::sort(found);
    return found;
  }

  void read(const fs::path& path,
            FollowedFile& followed,
            std::int64_t at,
            std::vector<ReportedRow>& rows) {
    const int file = followed.is_damaged ? -1 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
      return;
    }

    struct stat seen {};

    while (::fstat(file, &seen) == 0 && rows.size() < rows_at_once &&
           read_record(file, seen.st_size, path, followed, at, rows)) {
    }
    ::close(file);
  }

  /// False: there is no whole record yet.
  bool read_record(int file,
                   off_t size,
                   const fs::path& path,
                   FollowedFile& followed,
                   std::int64_t at,
                   std::vector<ReportedRow>& rows) {
    std::string header(event_header_bytes, '\0');
    if (::pread(file, header.data(), header.size(), followed.offset) !=
        static_cast<ssize_t>(header.size())) {
      return false;
    }
    const std::uint64_t length = event_length(header);
    if (length > largest_event) {
      followed.is_damaged = true;
      return false;
    }
    const off_t begin = followed.offset + static_cast<off_t>(event_header_bytes);
    const off_t end = begin + static_cast<off_t>(length + event_trailer_bytes);
    if (end > size) {
      return false;
    }
    followed.offset = end;
    if (length > largest_scalar_event) {
      return true;
    }
    std::string event(length, '\0');
    if (::pread(file, event.data(), event.size(), begin) == static_cast<ssize_t>(event.size())) {
      take(event, path, at, rows);
    }
    return true;
  }

  void take(std::string_view event,
            const fs::path& path,
            std::int64_t at,
            std::vector<ReportedRow>& rows) {
    const std::string folder = path.parent_path().filename();
    const bool is_split = std::ranges::count(split_folders, std::string_view(folder)) > 0;
    for (EventScalar& scalar : scalars_in_event(event)) {
      std::string name = (is_split ? folder + "/" : "") + scalar.tag;
      const bool fits =
          is_metric_name(name) && scalar.step >= 0 && scalar.step <= (std::int64_t{1} << 53);
      const bool is_one_too_many = !names_.contains(name) && names_.size() >= most_metric_names;
      if (fits && is_one_too_many && !std::exchange(has_refused_, true)) {
        remark_ = too_many_names(name);
      }
      if (fits && !is_one_too_many) {
        names_.insert(name);
        rows.push_back({.name = std::move(name),
                        .step = scalar.step,
                        .epoch = ReportedRow::no_epoch,
                        .value = scalar.value,
                        .at = at});
      }
    }
  }

  fs::path folder_;
  ReadMark beginning_;
  std::map<fs::path, FollowedFile> files_;
  std::set<std::string> names_;
  bool has_refused_ = false;
  std::optional<std::string> remark_;
};

}  // namespace

std::unique_ptr<MetricSource> make_event_files(fs::path folder) {
  return std::make_unique<EventFiles>(std::move(folder));
}

std::unique_ptr<MetricSource> make_event_files(fs::path folder, const ReadMark& from) {
  return std::make_unique<EventFiles>(std::move(folder), from);
}

}  // namespace tarama::program
