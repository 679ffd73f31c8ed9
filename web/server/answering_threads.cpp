// See answering_threads.hpp.
#include "web/server/answering_threads.hpp"

#include <utility>

namespace tarama::web {

AnsweringThreads::AnsweringThreads(std::size_t threads, std::size_t most_waiting)
    : most_waiting_(most_waiting) {
  for (std::size_t worker = 0; worker < threads; ++worker) {
    threads_.emplace_back([this, worker] { work(worker); });
  }
}

AnsweringThreads::~AnsweringThreads() {
  stop();
}

bool AnsweringThreads::post(Work work) {
  {
    const std::lock_guard lock(mutex_);
    if (is_ending_ || waiting_.size() >= most_waiting_) {
      return false;
    }
    waiting_.push_back(std::move(work));
  }
  has_work_.notify_one();
  return true;
}

void AnsweringThreads::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
    waiting_.clear();
  }
  has_work_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
  threads_.clear();
}

void AnsweringThreads::work(std::size_t worker) {
  std::unique_lock lock(mutex_);
  for (;;) {
    has_work_.wait(lock, [this] { return is_ending_ || !waiting_.empty(); });
    if (is_ending_) {
      return;
    }
    const Work work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work(worker);
    lock.lock();
  }
}

}  // namespace tarama::web
