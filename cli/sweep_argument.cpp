// See sweep_argument.hpp.
#include "cli/sweep_argument.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <string_view>

namespace tarama::cli {
namespace {

std::optional<RunId> run_id_of(std::string_view text) {
  std::int64_t id = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), id);
  const bool is_whole = problem == std::errc{} && end == text.data() + text.size();
  return is_whole && id > 0 ? std::optional(RunId{id}) : std::nullopt;
}

}  // namespace

Result<db::RunInfo> find_run(const db::ReadStore& store, const std::string& argument) {
  const std::size_t slash = argument.rfind('/');
  const auto id = run_id_of(std::string_view(argument).substr(slash + 1));  // npos + 1 is 0
  if (!id) {
    return Error{Errc::invalid_argument,
                 fmt::format("'{}' is not a run: expected a run's number, or SWEEP/NUMBER; `tarama "
                             "list SWEEP` lists them",
                             argument)};
  }
  auto run = store.run(*id);
  if (!run || slash == std::string::npos) {
    return run;
  }
  const auto sweep = store.find_sweep(argument.substr(0, slash));
  if (!sweep) {
    return sweep.error();
  }
  if (run->sweep != *sweep) {
    return Error{
        Errc::not_found,
        fmt::format(
            "run {} belongs to sweep {}, not to '{}'", *id, run->sweep, argument.substr(0, slash))};
  }
  return run;
}

Result<Target> find_target(const db::ReadStore& store, const std::string& argument) {
  const auto whole = store.find_sweep(argument);
  if (whole) {
    return Target{*whole, std::nullopt};
  }
  if (whole.error().code != Errc::not_found || argument.find('/') == std::string::npos) {
    return whole.error();
  }
  const auto run = find_run(store, argument);
  if (!run) {
    return run.error();
  }
  return Target{run->sweep, run->run};
}

}  // namespace tarama::cli
