// The order of the runs does not count; the name and every key do.
#include "core/sweep/sweep_identity.hpp"

#include "core/sweep/fingerprint.hpp"

#include <algorithm>

namespace tarama {

std::string identity_of(const std::string& name, std::vector<std::string> run_keys) {
  std::sort(run_keys.begin(), run_keys.end());
  Fingerprint fingerprint;
  fingerprint.field(name);
  for (const std::string& key : run_keys) {
    fingerprint.field(key);
  }
  return fingerprint.hex();
}

}  // namespace tarama
