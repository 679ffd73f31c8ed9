// The version of everything that decides a run's numbers: order of operations, generators,
// tokenization. It is part of every run key, so that raising it makes old results old.
#pragma once

namespace tarama {

/// Raise it in the commit that changes any bit of any run, and say so in docs/NUMERICS.md.
inline constexpr int numerics_version = 2;

}  // namespace tarama
