// The version of everything that decides a run's numbers: order of operations, generators,
// tokenization. Each learner has its own. It is part of every run key, so that raising it makes old
// results old.
#pragma once

#include "core/sweep/enum_names.hpp"

#include <cstdint>
#include <string_view>

namespace tarama {

/// Of "packed", "torch", "program", or "fake". That of programs is what a run key holds of them.
/// Raise it in the commit that changes any bit of any run of the learner, and say so in
/// docs/NUMERICS.md.
[[nodiscard]] constexpr std::int64_t numerics_version_of(std::string_view learner) {
  constexpr std::int64_t of_packed = 2;
  constexpr std::int64_t of_torch = 2;
  constexpr std::int64_t of_fake = 3;
  if (const auto named = value_named(learner_names, learner)) {
    switch (*named) {
      case LearnerName::packed:
        return of_packed;
      case LearnerName::torch:
        return of_torch;
    }
  }
  constexpr std::int64_t of_program = 1;
  return learner == program_learner ? of_program : of_fake;
}

}  // namespace tarama
