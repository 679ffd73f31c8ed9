// How far from the best a search ends, and what one suggestion takes.
#pragma once

#include "simulate/search_functions.hpp"

#include <cstdint>
#include <string>

namespace tarama::simulate {

enum class Chooser { random, sobol, tpe };

/// The median over seeds 1 to `seeds` of how much the best of `runs` runs, one after the other, is
/// above the function's best value.
[[nodiscard]] double median_regret(const SearchFunction& function,
                                   Chooser chooser,
                                   std::int64_t runs,
                                   std::int64_t seeds);

/// Milliseconds of one suggestion of tpe behind `levels` levels, the mean of 20.
[[nodiscard]] double suggestion_milliseconds(const SearchFunction& function, std::int64_t levels);

/// Both, for every function, in Markdown.
[[nodiscard]] std::string regret_table(std::int64_t seeds);

}  // namespace tarama::simulate
