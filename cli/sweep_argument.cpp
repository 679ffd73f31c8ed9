// See sweep_argument.hpp.
#include "cli/sweep_argument.hpp"

#include "documents/sweep_result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>

namespace tarama::cli {
namespace {

std::optional<RunId> run_id_of(std::string_view text) {
  std::int64_t id = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), id);
  const bool is_whole = problem == std::errc{} && end == text.data() + text.size();
  return is_whole && id > 0 ? std::optional(RunId{id}) : std::nullopt;
}

/// The first run of the best level; nullopt: no level has a result.
Result<std::optional<RunId>> best_run(const db::ReadStore& store, SweepId sweep) {
  const auto result = read_sweep_result(store, sweep);
  if (!result) {
    return result.error();
  }
  const RankedLevel* const best = result->best();
  return best == nullptr || best->runs.empty() ? std::optional<RunId>()
                                               : std::optional(best->runs.front());
}

Result<db::RunInfo> find_best(const db::ReadStore& store, const std::string& word) {
  const auto sweep = store.find_sweep(word);
  if (!sweep) {
    return sweep.error();
  }
  const auto best = best_run(store, *sweep);
  if (!best) {
    return best.error();
  }
  if (!*best) {
    return Error{Errc::not_found,
                 fmt::format("sweep {} has no best level yet: no run has a result; `tarama list "
                             "{}` lists its runs",
                             *sweep,
                             *sweep)};
  }
  return store.run(**best);
}

/// Of a sweep without a result: what a person looks for.
Result<db::RunInfo> first_of_interest(const db::ReadStore& store, SweepId sweep) {
  auto runs = store.runs(sweep);
  if (!runs) {
    return runs.error();
  }
  for (const RunState wanted : {RunState::running, RunState::failed}) {
    const auto found = std::ranges::find_if(
        *runs, [&](const db::RunInfo& run) { return run.standing.state == wanted; });
    if (found != runs->end()) {
      return std::move(*found);
    }
  }
  if (runs->empty()) {
    return Error{Errc::not_found, fmt::format("sweep {} has no runs", sweep)};
  }
  return std::move(runs->front());
}

Error no_such_run(const std::string& argument) {
  return {Errc::invalid_argument,
          fmt::format("'{}' is not a run: expected a run's number, SWEEP/NUMBER or SWEEP/best; "
                      "`tarama list SWEEP` lists them",
                      argument)};
}

}  // namespace

Result<db::RunInfo> find_run(const db::ReadStore& store, const std::string& argument) {
  const std::size_t slash = argument.rfind('/');
  const std::string_view last_word = std::string_view(argument).substr(slash + 1);  // npos + 1 is 0
  if (slash != std::string::npos && last_word == "best") {
    return find_best(store, argument.substr(0, slash));
  }
  const auto id = run_id_of(last_word);
  if (!id) {
    return no_such_run(argument);
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

Result<db::RunInfo> find_run_to_read(const db::ReadStore& store, const std::string& argument) {
  auto run = find_run(store, argument);
  if (run || run.error().code != Errc::invalid_argument) {
    return run;
  }
  const auto sweep = store.find_sweep(argument.empty() ? "last" : argument);
  if (!sweep) {
    // What is no sweep either was meant as a run, if it looks like one.
    const bool has_slash = argument.find('/') != std::string::npos;
    return has_slash && sweep.error().code == Errc::not_found ? run.error() : sweep.error();
  }
  const auto best = best_run(store, *sweep);
  if (!best) {
    return best.error();
  }
  return *best ? store.run(**best) : first_of_interest(store, *sweep);
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
