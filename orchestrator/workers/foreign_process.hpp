// A process that is nobody's child here: a worker that an earlier orchestrator started. Its end is
// seen as that of a child, but nobody can say how it ended.
#pragma once

#include "orchestrator/workers/child_process.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace tarama::orchestrator {

class ForeignProcess {
 public:
  /// `ended` is called once, on the executor, when it has ended, and not from within this call;
  /// soon if it has ended already. One that cannot be seen from here is taken to live until it is
  /// killed.
  ForeignProcess(std::int64_t pid,
                 const std::string& identity,
                 boost::asio::any_io_executor executor,
                 ChildProcess::Ended ended);
  ~ForeignProcess();  // kills it
  ForeignProcess(const ForeignProcess&) = delete;
  ForeignProcess& operator=(const ForeignProcess&) = delete;

  /// Never reaches another process that has its number by now.
  void signal(int number);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tarama::orchestrator
