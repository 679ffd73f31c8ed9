// A thread pool of one.
#include "orchestrator/loop/errands.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <utility>

namespace tarama::orchestrator {

struct Errands::State {
  boost::asio::any_io_executor loop;
  std::function<void()> all_done;
  boost::asio::thread_pool thread{1};
  std::int64_t open = 0;
};

Errands::Errands(boost::asio::any_io_executor loop, std::function<void()> all_done)
    : state_(std::make_shared<State>()) {
  state_->loop = std::move(loop);
  state_->all_done = std::move(all_done);
}

Errands::~Errands() {
  state_->all_done = nullptr;
  state_->thread.join();
}

void Errands::run(std::function<void()> work, std::function<void()> then) {
  ++state_->open;
  boost::asio::post(state_->thread,
                    [weak = std::weak_ptr(state_),
                     loop = state_->loop,
                     work = std::move(work),
                     then = std::move(then)]() mutable {
                      work();
                      boost::asio::post(loop, [weak, then = std::move(then)] {
                        const auto state = weak.lock();
                        if (!state) {
                          return;  // nobody waits for it any more
                        }
                        then();
                        if (--state->open == 0 && state->all_done) {
                          state->all_done();
                        }
                      });
                    });
}

std::int64_t Errands::open() const {
  return state_->open;
}

}  // namespace tarama::orchestrator
