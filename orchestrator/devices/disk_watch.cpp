// statvfs, off the loop: a disk that does not answer must not stop it.
#include "orchestrator/devices/disk_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <sys/statvfs.h>
#include <utility>

namespace tarama::orchestrator {
namespace {

// Two checkpoints of a small BERT with its moments, or one of BERT-base nearly. On a small disk a
// twentieth: it holds small things.
constexpr std::int64_t usual_most = 1'000'000'000;
constexpr std::int64_t usual_share = 20;

std::string megabytes(std::int64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

}  // namespace

std::optional<DiskRoom> room_at(const std::filesystem::path& folder) {
  struct statvfs system {};

  if (::statvfs(folder.c_str(), &system) != 0) {
    return std::nullopt;
  }
  const auto block = static_cast<std::int64_t>(system.f_frsize);
  return DiskRoom{.free = static_cast<std::int64_t>(system.f_bavail) * block,
                  .total = static_cast<std::int64_t>(system.f_blocks) * block};
}

std::int64_t usual_watermark(std::int64_t total) {
  return std::min(usual_most, total / usual_share);
}

DiskWatch::DiskWatch(Errands& errands, Ask ask, std::optional<std::int64_t> watermark)
    : errands_(errands), ask_(std::move(ask)), watermark_(watermark) {}

void DiskWatch::look(std::function<void()> changed) {
  if (!ask_ || is_asking_) {
    return;
  }
  is_asking_ = true;
  const auto answer = std::make_shared<std::optional<DiskRoom>>();
  errands_.run([answer, ask = ask_] { *answer = ask(); },
               [this, answer, changed = std::move(changed)] {
                 is_asking_ = false;
                 take(*answer, changed);
               });
}

std::int64_t DiskWatch::watermark() const {
  return watermark_.value_or(room_ ? usual_watermark(room_->total) : 0);
}

void DiskWatch::take(const std::optional<DiskRoom>& answer, const std::function<void()>& changed) {
  room_ = answer;
  const std::int64_t kept = watermark();
  const std::int64_t wanted = shortage_.empty() ? kept : kept + kept / 4;
  const bool is_short = room_ && room_->free < wanted;
  if (is_short == !shortage_.empty()) {
    return;
  }
  shortage_ = is_short ? fmt::format(
                             "the store's disk has {} free, and {} are kept (--min-free); "
                             "free some, and it goes on by itself",
                             megabytes(room_->free),
                             megabytes(kept))
                       : std::string();
  changed();
}

}  // namespace tarama::orchestrator
