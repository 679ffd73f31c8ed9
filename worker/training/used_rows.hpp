// What a state holds of a parameter where the learner keeps the rows alone that the data use.
#pragma once

#include "core/training/architecture.hpp"
#include "worker/training/trainer.hpp"

#include <cstdint>
#include <vector>

namespace tarama::training {

/// Of the tables of words and positions the rows that the job's data use; of all else everything.
[[nodiscard]] std::vector<std::int64_t> shape_of_used_rows(const TrainJob& job,
                                                           const Parameter& parameter);

}  // namespace tarama::training
