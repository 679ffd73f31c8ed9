// The keys of `rungs`, a part of the table of keys.
#pragma once

#include "orchestrator/config/key_rules.hpp"

#include <vector>

namespace tarama::config {

[[nodiscard]] std::vector<KeyRule> rungs_rules();

}  // namespace tarama::config
