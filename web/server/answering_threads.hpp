// Threads that work out replies, so that a long question holds up neither the sockets nor, as long
// as it is alone, other questions. What waits for them is bounded.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tarama::web {

class AnsweringThreads {
 public:
  /// What is done; `worker`: on which thread, from 0.
  using Work = std::function<void(std::size_t worker)>;

  AnsweringThreads(std::size_t threads, std::size_t most_waiting);
  /// Ends with what is begun; what waits is dropped.
  ~AnsweringThreads();
  AnsweringThreads(const AnsweringThreads&) = delete;
  AnsweringThreads& operator=(const AnsweringThreads&) = delete;

  /// False: too much waits already, or the end has come.
  [[nodiscard]] bool post(Work work);

  /// Waits for what is begun, and begins nothing more.
  void stop();

 private:
  void work(std::size_t worker);

  std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable has_work_;
  std::deque<Work> waiting_;
  bool is_ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tarama::web
