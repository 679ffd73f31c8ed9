// Deadlines and regular ticks on an io_context, cancelled by their end: what a service needs of
// a clock, without its handlers outliving their owner.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace tarama::transport {

/// Calls its action once, when the time given to `start` is over; a second `start` begins anew.
/// Its end cancels it. All calls on the thread that runs the executor.
class Deadline {
 public:
  Deadline(boost::asio::any_io_executor executor, std::function<void()> action);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void start(std::chrono::milliseconds time);
  void cancel();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Calls its action every `period`, first after one period, until its end.
class Ticker {
 public:
  Ticker(boost::asio::any_io_executor executor,
         std::chrono::milliseconds period,
         std::function<void()> action);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tarama::transport
