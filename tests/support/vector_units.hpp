// The vector units that the packed learner has kernels for. This processor may lack some of them:
// then kernels_named gives none.
#pragma once

namespace tarama::packed::test {

inline constexpr const char* vector_units[] = {"portable", "avx2", "avx512"};

}  // namespace tarama::packed::test
