// See answer_cache.hpp.
#include "cli/page/answer_cache.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tarama::cli {

std::shared_ptr<const std::string> AnswerCache::find(const std::string& question,
                                                     const std::string& state) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(kept_, question, &Kept::question);
  if (found == kept_.end() || found->state != state) {
    return nullptr;
  }
  kept_.splice(kept_.begin(), kept_, found);
  return kept_.front().answer;
}

void AnswerCache::keep(const std::string& question, const std::string& state, std::string answer) {
  const std::lock_guard lock(mutex_);
  if (const auto found = std::ranges::find(kept_, question, &Kept::question);
      found != kept_.end()) {
    drop(found);
  }
  bytes_ += answer.size();
  kept_.push_front({question, state, std::make_shared<const std::string>(std::move(answer))});
  while (kept_.size() > most_answers_ || (bytes_ > most_bytes_ && !kept_.empty())) {
    drop(std::prev(kept_.end()));
  }
}

void AnswerCache::drop(std::list<Kept>::iterator entry) {
  bytes_ -= entry->answer->size();
  kept_.erase(entry);
}

}  // namespace tarama::cli
