// TARAMA_ASSERT: what must hold unless tarama itself is wrong. It stays on in release: going on
// with a broken invariant could write a wrong result, and a wrong result is worse than none.
#pragma once

namespace tarama {

/// Prints the claim and why it must hold to stderr, and aborts. Any thread.
[[noreturn]] void fail_assertion(const char* claim, const char* why, const char* file, int line);

}  // namespace tarama

#define TARAMA_ASSERT(claim, why) \
  ((claim) ? static_cast<void>(0) : ::tarama::fail_assertion(#claim, why, __FILE__, __LINE__))
