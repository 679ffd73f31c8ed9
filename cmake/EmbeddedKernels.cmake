# tarama_embed_kernels(OUT FOLDER): a .cpp file in which the kernels' source is text, for NVRTC to
# compile at run time: FOLDER's headers, and all_kernels.cu. Made when CMake runs, which it does again
# when one of them changes.
function(tarama_embed_kernels out folder)
  file(GLOB headers CONFIGURE_DEPENDS ${folder}/*.hpp)
  set(program ${folder}/all_kernels.cu)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${headers} ${program})
  set(entries "")
  foreach(file ${headers})
    file(READ ${file} text)
    file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${file})
    string(APPEND entries "    {\"${name}\", R\"kernels(${text})kernels\"},\n")
  endforeach()
  file(READ ${program} text)
  set(made ${CMAKE_CURRENT_BINARY_DIR}/kernel_source.cpp)
  file(CONFIGURE OUTPUT ${made} @ONLY CONTENT "// Made by EmbeddedKernels.cmake.
#include \"worker/cuda/driver/kernel_source.hpp\"

namespace tarama::cuda {
namespace {

constexpr SourceFile headers[] = {
@entries@};

constexpr SourceFile program = {\"all_kernels.cu\", R\"kernels(@text@)kernels\"};

}  // namespace

std::span<const SourceFile> kernel_headers() {
  return headers;
}

const SourceFile& kernel_program() {
  return program;
}

}  // namespace tarama::cuda
")
  set(${out} ${made} PARENT_SCOPE)
endfunction()
