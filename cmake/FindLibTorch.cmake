# LibTorch as the target `libtorch`, found by its library and headers rather than by Torch's own
# CMake configuration: that one asks for the whole CUDA toolkit, nvcc included, as soon as the
# wheel is a CUDA one. Places, in order: TARAMA_LIBTORCH (variable or environment; the folder
# with include/ and lib/), CMAKE_PREFIX_PATH, the user's cache folder that ./dev fills.
set(torch_wheel_version 2.13.0)  # what ./dev installs; tools/dev/libtorch.sh names it too
set(torch_oldest_version 2.6)

set(TARAMA_LIBTORCH "$ENV{TARAMA_LIBTORCH}" CACHE PATH "LibTorch's folder: the one with include/ and lib/")
set(cache_home $ENV{XDG_CACHE_HOME})
if(NOT cache_home)
  set(cache_home $ENV{HOME}/.cache)
endif()
file(GLOB cached_torch ${cache_home}/tarama/torch-${torch_wheel_version}/lib/python3*/site-packages/torch)

if(TARAMA_LIBTORCH)
  # A named folder is used or refused; another one must not slip in silently.
  set(torch_places PATHS ${TARAMA_LIBTORCH} NO_DEFAULT_PATH)
else()
  set(torch_places HINTS ${cached_torch})  # find_path looks into CMAKE_PREFIX_PATH before these
endif()
# `../../include`: torch.utils.cmake_prefix_path names share/cmake.
find_path(torch_include torch/csrc/api/include/torch/torch.h ${torch_places}
  PATH_SUFFIXES include ../../include NO_CACHE)
if(NOT torch_include)
  if(TARAMA_LIBTORCH)
    set(where "in ${TARAMA_LIBTORCH} (TARAMA_LIBTORCH): no include/torch/csrc/api/include/torch/torch.h there")
  endif()
  message(FATAL_ERROR "LibTorch was not found ${where}\nRun ./dev build, which installs it, or set TARAMA_LIBTORCH "
    "to its folder (the one with include/ and lib/), or configure with -DTARAMA_WITH_TORCH=OFF.")
endif()
get_filename_component(torch_include ${torch_include} REALPATH)
get_filename_component(torch_root ${torch_include} DIRECTORY)

# 2.13 keeps its version in headeronly/version.h, which torch/version.h includes; 2.6 in the latter.
set(torch_version "unknown")
foreach(header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
  if(EXISTS ${torch_include}/${header})
    file(STRINGS ${torch_include}/${header} version_line REGEX "#define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
    if(version_line MATCHES "MAJOR ([0-9]+).*MINOR ([0-9]+).*PATCH ([0-9]+)")
      set(torch_version ${CMAKE_MATCH_1}.${CMAKE_MATCH_2}.${CMAKE_MATCH_3})
      break()
    endif()
  endif()
endforeach()
if(torch_version VERSION_LESS torch_oldest_version)
  message(FATAL_ERROR "LibTorch in ${torch_root} is version ${torch_version}; tarama needs ${torch_oldest_version} or newer.")
endif()

# Wheels of PyTorch up to 2.6 use GCC's string layout of before 2011, which no library of the
# system shares: linking would fail with hundreds of undefined symbols instead of this message.
set(torch_config ${torch_root}/share/cmake/Torch/TorchConfig.cmake)
if(EXISTS ${torch_config})
  file(STRINGS ${torch_config} old_layout REGEX "TORCH_CXX_FLAGS.*_GLIBCXX_USE_CXX11_ABI=0")
  if(old_layout)
    message(FATAL_ERROR "LibTorch ${torch_version} in ${torch_root} was built with _GLIBCXX_USE_CXX11_ABI=0, "
      "which cannot be linked with this system's libraries. Take PyTorch 2.7 or newer from pip, or the "
      "'cxx11 ABI' archive of LibTorch ${torch_version} from pytorch.org.")
  endif()
endif()

find_library(torch_library torch PATHS ${torch_root}/lib NO_DEFAULT_PATH NO_CACHE)
if(NOT torch_library)
  message(FATAL_ERROR "LibTorch in ${torch_root} has headers but no lib/libtorch.so: an interrupted installation? "
    "Run ./dev build, which finishes it, or set TARAMA_LIBTORCH to a whole one.")
endif()
set(torch_lib ${torch_root}/lib)
add_library(libtorch INTERFACE)
# Behind the system's own headers: the wheel brings a newer fmt, whose symbols no library here has.
target_compile_options(libtorch INTERFACE
  "SHELL:-idirafter ${torch_include}" "SHELL:-idirafter ${torch_include}/torch/csrc/api/include")
target_link_libraries(libtorch INTERFACE ${torch_library} ${torch_lib}/libtorch_cpu.so ${torch_lib}/libc10.so)
if(EXISTS ${torch_lib}/libtorch_cuda.so)
  # The linker would drop the CUDA backend, which is only reached through registration.
  target_link_libraries(libtorch INTERFACE
    -Wl,--no-as-needed ${torch_lib}/libtorch_cuda.so ${torch_lib}/libc10_cuda.so -Wl,--as-needed)
endif()
# A CUDA wheel's libraries find NVIDIA's beside them at run time, not when we link.
target_link_options(libtorch INTERFACE -Wl,-rpath,${torch_lib} -Wl,--allow-shlib-undefined)
message(STATUS "LibTorch ${torch_version}: ${torch_root}")
