# tarama_layer(NAME LIBRARIES...): the static library tarama_NAME of all .cpp files in and below the
# calling CMakeLists.txt's folder, but for folders that have a CMakeLists.txt of their own.
# LIBRARIES are linked publicly.
function(tarama_layer name)
  tarama_sources(sources)
  tarama_unity(units ${sources})
  add_library(tarama_${name} STATIC ${units})
  target_link_libraries(tarama_${name} PUBLIC tarama_options ${ARGN})
  tarama_use_headers(tarama_${name} tarama_headers_plain)
endfunction()

# tarama_with_failpoints(TARGET): compiles its failpoints in, in builds that have them. By target, so
# that all others are compiled as in every build.
function(tarama_with_failpoints target)
  if(TARAMA_FAILPOINTS)
    target_compile_definitions(${target} PRIVATE TARAMA_FAILPOINTS)
  endif()
endfunction()

# tarama_sources(OUT [FOLDER...]): the .cpp files of a layer, of FOLDERs alone where some are named.
function(tarama_sources out)
  set(patterns ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(ARGN)
    list(TRANSFORM ARGN REPLACE "(.+)" "${CMAKE_CURRENT_SOURCE_DIR}/\\1/*.cpp" OUTPUT_VARIABLE patterns)
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${patterns})
  list(FILTER sources EXCLUDE REGEX "_main\\.cpp$")
  file(GLOB_RECURSE others RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/*/CMakeLists.txt)
  foreach(other ${others})
    get_filename_component(folder ${other} DIRECTORY)
    list(FILTER sources EXCLUDE REGEX "^${CMAKE_CURRENT_SOURCE_DIR}/${folder}/")
  endforeach()
  set(${out} ${sources} PARENT_SCOPE)
endfunction()

# tarama_tests(NAME LABEL LIBRARIES...): one test program of all *_test.cpp files below the
# calling CMakeLists.txt; every TEST is a ctest of its own, with LABEL.
function(tarama_tests name label)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${ARGN} tarama_test_support GTest::gmock GTest::gtest GTest::gtest_main)
  tarama_compile_as_test(${name})
  tarama_use_headers(${name} tarama_headers_tests)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 DISCOVERY_MODE PRE_TEST PROPERTIES LABELS ${label} TIMEOUT 300)
endfunction()
