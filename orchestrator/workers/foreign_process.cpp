// A pidfd, checked against the identity after it was opened.
#include "orchestrator/workers/foreign_process.hpp"

#include "orchestrator/workers/process_identity.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include <csignal>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace tarama::orchestrator {

struct ForeignProcess::State : std::enable_shared_from_this<ForeignProcess::State> {
  State(boost::asio::any_io_executor executor, ChildProcess::Ended when_ended)
      : ending(std::move(executor)), ended(std::move(when_ended)) {}

  boost::asio::posix::stream_descriptor ending;
  ChildProcess::Ended ended;

  void wait_for_end() {
    ending.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [self = shared_from_this()](const boost::system::error_code& error) {
                        if (!error) {
                          self->over();
                        }
                      });
  }

  void over() {
    boost::system::error_code ignored;  // the descriptor is gone whatever close() says
    ending.close(ignored);
    if (ended) {
      std::exchange(ended, nullptr)({.code = 0, .signal = 0, .is_known = false});
    }
  }

  void over_soon() {
    boost::asio::post(ending.get_executor(), [self = shared_from_this()] { self->over(); });
  }

  void signal(int number) {
    if (ending.is_open()) {
      syscall(SYS_pidfd_send_signal, ending.native_handle(), number, nullptr, 0);
    } else if (number == SIGKILL) {
      over_soon();  // it cannot be reached from here: as good as dead to us
    }
  }
};

ForeignProcess::ForeignProcess(std::int64_t pid,
                               const std::string& identity,
                               boost::asio::any_io_executor executor,
                               ChildProcess::Ended ended)
    : state_(std::make_shared<State>(std::move(executor), std::move(ended))) {
  if (fate_of_process(pid, identity) == ProcessFate::unknown) {
    return;
  }
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  // Asked behind the opening: from here on the descriptor means this process and no later one.
  if (pidfd < 0 || fate_of_process(pid, identity) != ProcessFate::living) {
    if (pidfd >= 0) {
      ::close(pidfd);
    }
    state_->over_soon();
    return;
  }
  state_->ending.assign(pidfd);
  state_->wait_for_end();
}

ForeignProcess::~ForeignProcess() {
  state_->ended = nullptr;
  state_->signal(SIGKILL);
}

void ForeignProcess::signal(int number) {
  state_->signal(number);
}

}  // namespace tarama::orchestrator
