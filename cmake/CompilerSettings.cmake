# C++20, warnings, build types, sanitizers, ccache: the same for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
# -O3 pays in the loops of tarama_numerics alone, which sets it itself; elsewhere it costs build time.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
find_program(TARAMA_CCACHE ccache)
if(TARAMA_CCACHE)
  # Precompiled headers need the sloppiness; the base folder lets clones share what they compile.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
    CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} ${TARAMA_CCACHE})
endif()

add_library(tarama_options INTERFACE)
target_include_directories(tarama_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(tarama_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  -Wnon-virtual-dtor -Woverloaded-virtual -Wswitch-enum
  # GCC 12 sees these in its own inlined library code, where they are not.
  -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds -Wno-restrict
  $<$<BOOL:${TARAMA_WERROR}>:-Werror>
  # Clang builds the fuzzer alone; what it warns of is not ours to follow.
  $<$<CXX_COMPILER_ID:Clang>:-w>)
target_compile_definitions(tarama_options INTERFACE
  TARAMA_VERSION="${PROJECT_VERSION}" SPDLOG_FMT_EXTERNAL)
if(TARAMA_SANITIZE)
  target_compile_options(tarama_options INTERFACE
    -fsanitize=${TARAMA_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -g1)
  target_link_options(tarama_options INTERFACE -fsanitize=${TARAMA_SANITIZE})
endif()
