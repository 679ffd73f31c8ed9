// Looks for the logs of higher numbers.
#include "worker/agent/newer_attempt.hpp"

#include "worker/agent/run_log.hpp"

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace tarama {

namespace {

constexpr std::string_view log_prefix = "attempt-";

/// Of "attempt-12.log"; 0: no log of an attempt.
std::int64_t attempt_of_log(const std::string& name) {
  if (!name.starts_with(log_prefix)) {
    return 0;
  }
  std::int64_t number = 0;
  std::from_chars(name.data() + log_prefix.size(), name.data() + name.size(), number);
  return number;
}

}  // namespace

bool has_newer_attempt(const std::filesystem::path& store, RunId run, Attempt attempt) {
  const auto logs = run_log_path(store, run, attempt).parent_path();
  std::error_code ignored;  // without a folder of logs nobody can be seen to have begun
  for (std::filesystem::directory_iterator it(logs, ignored), end; it != end;
       it.increment(ignored)) {
    if (attempt_of_log(it->path().filename().string()) > attempt.value) {
      return true;
    }
  }
  return false;
}

}  // namespace tarama
