// A deque with the number of its first element.
#include "orchestrator/live/ended_runs.hpp"

#include <algorithm>
#include <utility>

namespace tarama::orchestrator {

void EndedRuns::add(EndedRun run) {
  runs_.push_back(std::move(run));
  if (runs_.size() > kept_) {
    runs_.pop_front();
    ++first_;
  }
}

EndedRuns::Page EndedRuns::since(std::int64_t cursor, std::size_t most) const {
  const std::int64_t end = first_ + static_cast<std::int64_t>(runs_.size());
  Page page;
  page.next = std::clamp(cursor, first_, end);
  for (; page.next < end && page.runs.size() < most; ++page.next) {
    page.runs.push_back(&runs_[static_cast<std::size_t>(page.next - first_)]);
  }
  return page;
}

}  // namespace tarama::orchestrator
