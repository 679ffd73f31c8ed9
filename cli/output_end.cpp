// See output_end.hpp.
#include "cli/output_end.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <poll.h>
#include <string>
#include <system_error>

namespace tarama::cli {
namespace {

/// Nobody reads what is written there: a pipe without a reader, a terminal that is gone.
bool has_no_reader(int descriptor) {
  struct pollfd asked {
    descriptor, POLLOUT, 0
  };

  return poll(&asked, 1, 0) == 1 && (asked.revents & (POLLERR | POLLHUP)) != 0;
}

}  // namespace

ExitCode output_end(const Context& context, int cause) {
  context.streams.out.flush();
  if (context.streams.out || cause == EPIPE || has_no_reader(context.streams.out_descriptor)) {
    return ExitCode::done;
  }
  const Errc code = cause == ENOSPC || cause == EDQUOT ? Errc::disk_full : Errc::io;
  const std::string reason =
      cause == 0 ? "is the disk full?" : std::generic_category().message(cause);
  return context.fail(
      {code, fmt::format("the result could not be written whole to stdout; {}", reason)});
}

}  // namespace tarama::cli
