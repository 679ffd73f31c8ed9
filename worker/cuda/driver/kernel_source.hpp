// The kernels' source, as it was when the program was built.
#pragma once

#include <span>

namespace tarama::cuda {

struct SourceFile {
  const char* name;  // as it is included
  const char* text;
};

/// Headers; made by cmake/EmbeddedKernels.cmake, as is the next.
[[nodiscard]] std::span<const SourceFile> kernel_headers();
/// What is compiled.
[[nodiscard]] const SourceFile& kernel_program();

}  // namespace tarama::cuda
