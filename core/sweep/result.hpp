// How tarama says that the world said no: a value or an Error whose message is for a person.
// Bugs of our own are not errors; they fail TARAMA_ASSERT.
#pragma once

#include <boost/system/result.hpp>
#include <fmt/format.h>

#include <string>
#include <utility>

namespace tarama {

enum class Errc {
  invalid_config,    // the sweep file, or what it names, is wrong: exit code 2
  invalid_argument,  // a command line or a request is wrong: exit code 2
  not_found,         // no such sweep, run or file: exit code 3
  refused,           // the state of things forbids it; no orchestrator: exit code 4
  timed_out,         // exit code 6
  io,                // a file, a socket or a device failed
  corrupt,           // bytes that we wrote ourselves, or a peer sent, do not decode
  disk_full,         // kept apart from io: it is retried once there is room
  internal,          // a library failed in a way that we do not know
};

/// What went wrong, for a person: what, where, what was expected, what to do.
struct Error {
  Errc code = Errc::internal;
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

/// The message below the words of a wider context: "reading x.tsv: line 3 has 2 columns".
[[nodiscard]] inline Error in_context(std::string_view context, Error error) {
  error.message = fmt::format("{}: {}", context, error.message);
  return error;
}

/// A T, or why there is none. Both cases must be looked at: the type is [[nodiscard]].
template <class T = void>
using Result = boost::system::result<T, Error>;

[[noreturn]] void throw_result_misuse(const Error& error);

/// Called by Boost when a Result is read as a value and holds an error: a bug of the caller.
[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location& /*where*/) {
  throw_result_misuse(error);
}

}  // namespace tarama
