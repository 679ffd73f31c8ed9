// Named places at the edges between deciding, persisting, sending and acknowledging, at which a
// test can kill the process. They are there in builds with TARAMA_FAILPOINTS alone
// (`cmake --preset failpoints`); in all others the macro is nothing.
//
// In such a build the environment says what happens. TARAMA_FAILPOINT_DIR: a folder, in which each
// failpoint has a file of its name with one byte for each time that any process reached it.
// TARAMA_FAILPOINT: "NAME:N" kills the process (SIGKILL) that reaches it as the Nth.
#pragma once

#ifdef TARAMA_FAILPOINTS

namespace tarama {

/// Any thread.
void reach_failpoint(const char* name);

}  // namespace tarama

/// `name`: a literal, "part.moment", once in the sources; tests/fault finds it there.
#define TARAMA_FAILPOINT(name) ::tarama::reach_failpoint(name)

#else

#define TARAMA_FAILPOINT(name) static_cast<void>(0)

#endif
