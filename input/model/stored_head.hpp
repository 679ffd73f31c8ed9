// Whether a folder's classifier is one for the data's classes, or fits by their number alone. Pure.
#pragma once

#include "input/files/findings.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tarama::input {

struct StoredHead {
  std::string folder;
  std::vector<std::string> names;  // of its classes, by config.json; empty where it tells none
  std::int64_t classes = 0;        // that the stored classifier tells apart; 0: there is none
};

/// Warns; a classifier of another number of classes is the business of check_weights.
void warn_of_head(const StoredHead& head,
                  const std::vector<std::string>& data_classes,
                  Findings& findings);

}  // namespace tarama::input
