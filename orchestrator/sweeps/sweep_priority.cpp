// See sweep_priority.hpp.
#include "orchestrator/sweeps/sweep_priority.hpp"

#include "core/sweep/sweep_spec_json.hpp"
#include "orchestrator/sweeps/sweep_plan.hpp"

#include <fmt/format.h>

namespace tarama::orchestrator {

Result<void> store_priority(db::RunStore& store, SweepId sweep, std::int64_t priority) {
  if (priority < -most_priority || priority > most_priority) {
    return Error{Errc::invalid_argument,
                 fmt::format("expected a priority from {} to {}, but found {}",
                             -most_priority,
                             most_priority,
                             priority)};
  }
  const Result<std::string> stored = store.spec_of(sweep);
  Result<SweepSpec> spec =
      stored ? sweep_spec_from_json(*stored) : Result<SweepSpec>(stored.error());
  if (!spec) {
    return spec.error();
  }
  spec->priority = priority;
  return store.change_rules(sweep, limits_of(*spec), to_json(*spec));
}

}  // namespace tarama::orchestrator
