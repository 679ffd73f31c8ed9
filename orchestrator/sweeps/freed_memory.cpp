// See freed_memory.hpp.
#include "orchestrator/sweeps/freed_memory.hpp"

#include <malloc.h>

namespace tarama::orchestrator {
namespace {

// Some ten megabytes: below that, looking for free pages is not worth its milliseconds.
constexpr std::size_t worth_it = 10'000;

}  // namespace

void give_memory_back(std::size_t runs) {
  if (runs >= worth_it) {
    ::malloc_trim(0);
  }
}

}  // namespace tarama::orchestrator
