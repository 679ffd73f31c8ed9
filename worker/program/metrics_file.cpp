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
  MetricsFile(std::filesystem::path path, ReadMark from)
      : path_(std::move(path)),
        offset_(static_cast<off_t>(from.offset)),
        is_within_line_(from.is_within_line),
        metrics_(std::move(from.before)) {}

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
        is_within_line_ = false;
      }
      while (rows.empty() && read_block(file, at, rows)) {
      }
    }
    ::close(file);
    return rows;
  }

  [[nodiscard]] std::vector<ReportedRow> finish(std::int64_t at) override {
    std::vector<ReportedRow> rows;
    lines_.finish([&](std::string_view line, bool is_whole) { take(line, is_whole, at, rows); });
    return rows;
  }

  [[nodiscard]] std::optional<std::string> take_remark() override { return metrics_.take_remark(); }

 private:
  /// False: there is nothing more now.
  bool read_block(int file, std::int64_t at, std::vector<ReportedRow>& rows) {
    const ssize_t count = ::pread(file, block_.data(), block_.size(), offset_);
    if (count <= 0) {
      return false;
    }
    offset_ += count;
    lines_.add({block_.data(), static_cast<std::size_t>(count)},
               [&](std::string_view line, bool is_whole) { take(line, is_whole, at, rows); });
    return true;
  }

  void take(std::string_view line, bool is_whole, std::int64_t at, std::vector<ReportedRow>& rows) {
    const bool is_rest = std::exchange(is_within_line_, false);
    if (!is_whole || is_rest) {
      return;
    }
    for (ReportedRow& row : metrics_.read(line, at)) {
      rows.push_back(std::move(row));
    }
  }

  std::filesystem::path path_;
  off_t offset_ = 0;
  bool is_within_line_ = false;
  OutputLines lines_;
  MetricLines metrics_;
  std::array<char, 65536> block_{};
};

}  // namespace

std::unique_ptr<MetricSource> make_metrics_file(std::filesystem::path path, ReadMark from) {
  return std::make_unique<MetricsFile>(std::move(path), std::move(from));
}

}  // namespace tarama::program
