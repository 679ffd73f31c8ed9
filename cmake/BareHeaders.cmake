# fmt and Boost where they are installed, else by their headers alone: on a bare machine they may be
# unpacked somewhere, without CMake's configurations. CMAKE_PREFIX_PATH or CMAKE_INCLUDE_PATH names the
# folder above fmt/ and boost/.

# tarama_bare_headers(OUT WHAT HEADER REGEX OLDEST): the folder with HEADER, in which REGEX finds a version's
# number that is OLDEST or more.
function(tarama_bare_headers out what header regex oldest)
  string(MAKE_C_IDENTIFIER "${what}_include_dir" found)
  find_path(${found} ${header} NO_CACHE)
  if(NOT ${found})
    message(FATAL_ERROR "${what} was not found, neither installed nor as ${header} in a folder of "
      "CMAKE_PREFIX_PATH or CMAKE_INCLUDE_PATH")
  endif()
  file(STRINGS ${${found}}/${header} line REGEX "${regex}" LIMIT_COUNT 1)
  string(REGEX MATCH "[0-9]+$" number "${line}")
  if(NOT number OR number LESS oldest)
    message(FATAL_ERROR "${what} in ${${found}} is version '${number}'; expected ${oldest} or newer")
  endif()
  message(STATUS "${what} by its headers: ${${found}}, ${number}")
  set(${out} ${${found}} PARENT_SCOPE)
endfunction()

find_package(fmt 9 QUIET)
if(NOT TARGET fmt::fmt)
  find_path(fmt_base fmt/base.h NO_CACHE)  # 11 and newer keep the version there
  set(fmt_header fmt/core.h)
  if(fmt_base)
    set(fmt_header fmt/base.h)
  endif()
  tarama_bare_headers(fmt_folder fmt ${fmt_header} "^#define FMT_VERSION [0-9]+$" 90000)
  add_library(fmt::fmt INTERFACE IMPORTED)
  target_include_directories(fmt::fmt SYSTEM INTERFACE ${fmt_folder})
  target_compile_definitions(fmt::fmt INTERFACE FMT_HEADER_ONLY=1)
endif()

find_package(Boost 1.81 QUIET)
if(NOT TARGET Boost::headers)
  tarama_bare_headers(boost_folder Boost boost/version.hpp "^#define BOOST_VERSION [0-9]+$" 108100)
  add_library(Boost::headers INTERFACE IMPORTED)
  target_include_directories(Boost::headers SYSTEM INTERFACE ${boost_folder})
endif()
