// See rungs_keys.hpp.
#include "orchestrator/config/rungs_keys.hpp"

#include "core/sweep/rungs.hpp"

namespace tarama::config {

std::vector<KeyRule> rungs_rules() {
  return {
      {.key = "rungs",
       .kind = ValueKind::map,
       .meaning = "Where runs are compared while they train: of those that have come to a rung "
                  "the best one in `eta` go on, the others are `stopped`. With `method: asha` "
                  "or `hyperband`, or beside any other ([SEARCH.md](SEARCH.md))."},
      {.key = "rungs.eta",
       .kind = ValueKind::whole,
       .meaning = "Default: 3. One in so many goes on; the next rung is so many times as far.",
       .lowest = 2,
       .highest = 1000},
      {.key = "rungs.min_resource",
       .kind = ValueKind::number,
       .meaning = "Where the first rung is: a share of the run's own steps, by default "
                  "1/`eta`²; with `trainer` a step, as the program counts, and required.",
       .range = NumberRange::positive},
      {.key = "rungs.max_resource",
       .kind = ValueKind::number,
       .meaning = "Of a program: where a whole run ends, without a rung. `hyperband` needs it.",
       .range = NumberRange::positive},
      {.key = "rungs.restart",
       .meaning = "The parameter that grows from rung to rung: `epochs`, or one of a program's, "
                  "with the whole number of a whole run as its only value. Each rung then has runs "
                  "of its own, with a schedule of their own, and `min_resource` is its least "
                  "value. Without it runs go on from rung to rung."},
      {.key = "rungs.brackets",
       .kind = ValueKind::whole,
       .meaning = "Parts of the levels that are compared among themselves; each leaves out one "
                  "more of the first rungs. Default: 1; of `hyperband` all that can be.",
       .lowest = 1,
       .highest = most_brackets},
  };
}

}  // namespace tarama::config
