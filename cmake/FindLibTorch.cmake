# LibTorch as the target `libtorch`, found by its library and headers rather than by Torch's own
# CMake configuration: that one asks for the whole CUDA toolkit, nvcc included, as soon as the
# wheel is a CUDA one. Places, in order: TARAMA_LIBTORCH (variable or environment), the user's
# cache folder that ./dev fills, CMAKE_PREFIX_PATH.
set(TARAMA_TORCH_VERSION 2.13.0)
if(NOT TARAMA_LIBTORCH AND DEFINED ENV{TARAMA_LIBTORCH})
  set(TARAMA_LIBTORCH $ENV{TARAMA_LIBTORCH})
endif()
set(cache_home $ENV{XDG_CACHE_HOME})
if(NOT cache_home)
  set(cache_home $ENV{HOME}/.cache)
endif()
file(GLOB cached_torch ${cache_home}/tarama/torch-${TARAMA_TORCH_VERSION}/lib/python3*/site-packages/torch)
find_path(TORCH_INCLUDE torch/csrc/api/include/torch/torch.h
  HINTS ${TARAMA_LIBTORCH} ${cached_torch} ${CMAKE_PREFIX_PATH}
  PATH_SUFFIXES include ../../../include NO_CACHE)
if(NOT TORCH_INCLUDE)
  message(FATAL_ERROR "LibTorch was not found. Run ./dev build, which installs it, or set TARAMA_LIBTORCH to its "
    "folder (the one with include/ and lib/), or configure with -DTARAMA_WITH_TORCH=OFF.")
endif()
find_library(TORCH_LIBRARY torch HINTS ${TORCH_INCLUDE}/../lib NO_DEFAULT_PATH NO_CACHE REQUIRED)
get_filename_component(TORCH_LIB_DIR ${TORCH_LIBRARY} DIRECTORY)
add_library(libtorch INTERFACE)
target_include_directories(libtorch SYSTEM INTERFACE ${TORCH_INCLUDE} ${TORCH_INCLUDE}/torch/csrc/api/include)
set(torch_libraries ${TORCH_LIBRARY} ${TORCH_LIB_DIR}/libtorch_cpu.so ${TORCH_LIB_DIR}/libc10.so)
if(EXISTS ${TORCH_LIB_DIR}/libtorch_cuda.so)
  # The linker would drop the CUDA backend, which is only reached through registration.
  list(APPEND torch_libraries -Wl,--no-as-needed ${TORCH_LIB_DIR}/libtorch_cuda.so ${TORCH_LIB_DIR}/libc10_cuda.so -Wl,--as-needed)
endif()
target_link_libraries(libtorch INTERFACE ${torch_libraries})
target_link_options(libtorch INTERFACE -Wl,-rpath,${TORCH_LIB_DIR} -Wl,--allow-shlib-undefined)
message(STATUS "LibTorch: ${TORCH_LIB_DIR}")
