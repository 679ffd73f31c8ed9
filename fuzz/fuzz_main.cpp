// libFuzzer's way in: TARAMA_FUZZ_TARGET names the target.
#include "fuzz/targets.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

const tarama::fuzz::Target& chosen_target() {
  const char* const name = std::getenv("TARAMA_FUZZ_TARGET");
  const auto found = std::ranges::find(
      tarama::fuzz::all_targets, name == nullptr ? "" : name, &tarama::fuzz::Target::name);
  if (found == tarama::fuzz::all_targets.end()) {
    std::fputs("TARAMA_FUZZ_TARGET names no target of fuzz/targets.hpp\n", stderr);
    std::exit(2);
  }
  return *found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const tarama::fuzz::Target& target = chosen_target();
  target.run({reinterpret_cast<const char*>(data), size});
  return 0;
}
