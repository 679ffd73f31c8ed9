// Answers of the page's server, kept while nothing has changed: the comparison of thousands of runs
// takes a second, and every tab and every reload asks for it.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>

namespace tarama::cli {

/// For any threads.
class AnswerCache {
 public:
  AnswerCache(std::size_t most_answers, std::size_t most_bytes)
      : most_answers_(most_answers), most_bytes_(most_bytes) {}

  /// The answer to `question` as of `state`; nullptr: it is not kept.
  [[nodiscard]] std::shared_ptr<const std::string> find(const std::string& question,
                                                        const std::string& state);
  /// In place of what there was for the question; the one that was not asked for longest goes.
  void keep(const std::string& question, const std::string& state, std::string answer);

 private:
  struct Kept {
    std::string question;
    std::string state;
    std::shared_ptr<const std::string> answer;
  };

  void drop(std::list<Kept>::iterator entry);

  std::size_t most_answers_;
  std::size_t most_bytes_;
  std::mutex mutex_;
  std::list<Kept> kept_;  // what was asked for last comes first
  std::size_t bytes_ = 0;
};

}  // namespace tarama::cli
