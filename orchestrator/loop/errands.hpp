// Slow things (files, NVML, planning a large sweep), one after another on a thread of their own,
// so that the event loop never waits for them.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <functional>
#include <memory>

namespace tarama::orchestrator {

/// Called on the loop's thread.
class Errands {
 public:
  /// `all_done`: called on the loop each time that nothing is open any more.
  Errands(boost::asio::any_io_executor loop, std::function<void()> all_done);
  /// Waits for the errand at hand; what `then` would have done is dropped with the loop.
  ~Errands();
  Errands(const Errands&) = delete;
  Errands& operator=(const Errands&) = delete;

  /// `work` on the errands' thread, in the order given; `then` on the loop, behind it. Neither may
  /// throw.
  void run(std::function<void()> work, std::function<void()> then);

  /// Errands whose `then` has not been called yet.
  [[nodiscard]] std::int64_t open() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tarama::orchestrator
