// The file TARAMA_METRICS, followed.
#include "worker/program/metric_lines.hpp"
#include "worker/program/metric_source.hpp"
#include "worker/program/output_lines.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tarama::program {

namespace {

class MetricsFile final : public MetricSource {
 public:
  explicit MetricsFile(std::filesystem::path path) : path_(std::move(path)) {}

  [[nodiscard]] std::vector<ReportedRow> look(std::int64_t at) override {
    std::vector<ReportedRow> rows;
    const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
      return rows;  // not yet
    }

    struct stat seen {};

    if (::fstat(file, &seen) == 0 && S_ISREG(seen.st_mode)) {
      if (seen.st_size < offset_) {
        offset_ = 0;
        lines_ = {};
      }
      rows = read_block(file, at);
    }
    ::close(file);
    return rows;
  }

 private:
  std::vector<ReportedRow> read_block(int file, std::int64_t at) {
    std::vector<ReportedRow> rows;
    const ssize_t count = ::pread(file, block_.data(), block_.size(), offset_);
    if (count <= 0) {
      return rows;
    }
    offset_ += count;
    lines_.add({block_.data(), static_cast<std::size_t>(count)},
               [&](std::string_view line, bool is_whole) {
                 if (is_whole) {
                   for (ReportedRow& row : metrics_.read(line, at)) {
                     rows.push_back(std::move(row));
                   }
                 }
               });
    return rows;
  }

  std::filesystem::path path_;
  off_t offset_ = 0;
  OutputLines lines_;
  MetricLines metrics_;
  std::array<char, 65536> block_{};
};

}  // namespace

std::unique_ptr<MetricSource> make_metrics_file(std::filesystem::path path) {
  return std::make_unique<MetricsFile>(std::move(path));
}

}  // namespace tarama::program
