// What a large sweep took on its way goes back to the system.
#pragma once

#include <cstddef>

namespace tarama::orchestrator {

/// Call it where the memory of so many runs has just been freed. Each thread's allocator keeps what
/// it freed for itself: of a million runs, planned on one thread, written on another and taken up
/// by a third, that is more than they need in the end.
void give_memory_back(std::size_t runs);

}  // namespace tarama::orchestrator
