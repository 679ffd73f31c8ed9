// What happens when an invariant of ours does not hold: one line to stderr, then the end.
#include "core/sweep/assert.hpp"

#include "core/sweep/result.hpp"

#include <cstdio>
#include <cstdlib>

namespace tarama {

void fail_assertion(const char* claim, const char* why, const char* file, int line) {
  std::fprintf(stderr,
               "tarama has a bug: %s:%d: %s does not hold (%s). Please report it with this line.\n",
               file,
               line,
               claim,
               why);
  std::abort();
}

void throw_result_misuse(const Error& error) {
  fail_assertion("result.has_value()", error.message.c_str(), __FILE__, __LINE__);
}

}  // namespace tarama
