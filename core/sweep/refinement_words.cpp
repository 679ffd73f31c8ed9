// See refinement_words.hpp.
#include "core/sweep/refinement_words.hpp"

#include <fmt/format.h>

namespace tarama {

std::string refine_options(const Refinement& asked) {
  return asked.until
             ? fmt::format("--until {} --first {} --most {}", *asked.until, asked.first, asked.most)
             : fmt::format("--budget {} --first {}", asked.budget.value_or(1), asked.first);
}

}  // namespace tarama
