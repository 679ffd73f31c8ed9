// Which sweeps are the same sweep: by what they train, not by the text of their files.
#pragma once

#include <string>
#include <vector>

namespace tarama {

/// A name and a set of run keys as one text: equal for sweeps that are the same sweep. Stores keep
/// it, so its bits never change.
[[nodiscard]] std::string identity_of(const std::string& name, std::vector<std::string> run_keys);

}  // namespace tarama
