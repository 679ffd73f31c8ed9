# tarama_layer(NAME LIBRARIES...): the static library tarama_NAME of all .cpp files beside the
# calling CMakeLists.txt (not below it). LIBRARIES are linked publicly.
function(tarama_layer name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "_main\\.cpp$")
  add_library(tarama_${name} STATIC ${sources})
  target_link_libraries(tarama_${name} PUBLIC tarama_options ${ARGN})
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
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 DISCOVERY_MODE PRE_TEST PROPERTIES LABELS ${label} TIMEOUT 300)
endfunction()
