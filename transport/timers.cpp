// Timers whose handlers hold no owner.
#include "transport/timers.hpp"

#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <utility>

namespace tarama::transport {

struct Deadline::State : std::enable_shared_from_this<Deadline::State> {
  State(boost::asio::any_io_executor executor, std::function<void()> when_over)
      : timer(std::move(executor)), action(std::move(when_over)) {}

  boost::asio::steady_timer timer;
  std::function<void()> action;
  // Cancelling does not call back a handler that is queued already; its number tells it that it
  // is of the past.
  std::uint64_t round = 0;
};

Deadline::Deadline(boost::asio::any_io_executor executor, std::function<void()> action)
    : state_(std::make_shared<State>(std::move(executor), std::move(action))) {}

Deadline::~Deadline() {
  cancel();
}

void Deadline::start(std::chrono::milliseconds time) {
  cancel();
  state_->timer.expires_after(time);
  state_->timer.async_wait(
      [state = state_, round = state_->round](const boost::system::error_code& code) {
        if (!code && round == state->round) {
          state->action();
        }
      });
}

void Deadline::cancel() {
  ++state_->round;
  state_->timer.cancel();
}

struct Ticker::State : std::enable_shared_from_this<Ticker::State> {
  State(boost::asio::any_io_executor executor,
        std::chrono::milliseconds time,
        std::function<void()> every)
      : timer(std::move(executor)), period(time), action(std::move(every)) {}

  void wait_for_next() {
    timer.expires_after(period);
    timer.async_wait([state = shared_from_this()](const boost::system::error_code& code) {
      if (code || state->has_ended) {
        return;
      }
      state->action();
      if (!state->has_ended) {
        state->wait_for_next();
      }
    });
  }

  boost::asio::steady_timer timer;
  std::chrono::milliseconds period;
  std::function<void()> action;
  bool has_ended = false;
};

Ticker::Ticker(boost::asio::any_io_executor executor,
               std::chrono::milliseconds period,
               std::function<void()> action)
    : state_(std::make_shared<State>(std::move(executor), period, std::move(action))) {
  state_->wait_for_next();
}

Ticker::~Ticker() {
  state_->has_ended = true;
  state_->timer.cancel();
}

}  // namespace tarama::transport
