// See sharing_look.hpp.
#include "core/scheduling/sharing_look.hpp"

#include <algorithm>

namespace tarama {
namespace {

bool is_same_place(const SharedWork& left, const SharedWork& right) {
  return left.kind == right.kind && left.runs == right.runs &&
         std::ranges::equal(
             left.done,
             right.done,
             {},
             [](const auto& entry) { return entry.first; },
             [](const auto& entry) { return entry.first; });
}

bool has_each_begun(const SharedWork& now) {
  const auto has_begun = [](const auto& entry) { return entry.second > 0; };
  return now.runs > 0 && std::ranges::all_of(now.done, has_begun) &&
         std::ranges::all_of(now.by_run, has_begun);
}

/// A run of which there is no more than at the beginning: say it evaluates.
bool has_one_stood_still(const SharedWork& first, const SharedWork& now) {
  return std::ranges::any_of(now.by_run, [&](const auto& entry) {
    const auto before = first.by_run.find(entry.first);
    return before != first.by_run.end() && entry.second <= before->second;
  });
}

/// Nothing where one of them stood still, say in an evaluation: that is no rate of training.
std::optional<double> gained(const SharedWork& first, const SharedWork& now) {
  if (has_one_stood_still(first, now)) {
    return std::nullopt;
  }
  double sum = 0;
  for (const auto& [worker, done] : now.done) {
    const double more = done - first.done.at(worker);
    if (more <= 0) {
      return std::nullopt;
    }
    sum += more;
  }
  return sum;
}

}  // namespace

std::optional<double> SharingLook::at(std::chrono::milliseconds awake, const SharedWork& now) {
  if (!began_at_ || !is_same_place(first_, now)) {
    began_at_ = has_each_begun(now) ? std::optional(awake) : std::nullopt;
    first_ = now;
    return std::nullopt;
  }
  const std::chrono::milliseconds passed = awake - *began_at_;
  if (passed < length_) {
    return std::nullopt;
  }
  const std::optional<double> work = gained(first_, now);
  began_at_ = awake;
  first_ = now;
  return work ? std::optional(*work / std::chrono::duration<double>(passed).count()) : std::nullopt;
}

}  // namespace tarama
