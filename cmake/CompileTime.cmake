# Where compile time is saved: headers that many units share are compiled once (TARAMA_PCH), and
# the files of a layer are compiled together (TARAMA_UNITY), since most of a unit's time goes into
# the templates of the same few libraries. Neither may hold up the code: every file keeps its own
# includes, and .ci/run compiles every file once with both off.
option(TARAMA_PCH "Compile shared headers once" ON)
option(TARAMA_UNITY "Compile the files of a layer together" ON)

# What `./dev run` builds took 270 CPU seconds with 8 files a unit, 210 with 24 (GCC 12). More would
# make units of over 1.5 GB of memory, and leave one core waiting for the other.
set(unity_files 24)

# tarama_unity(OUT SOURCE...): SOURCEs as they are, or units that include up to `unity_files` of
# them each. Not CMake's UNITY_BUILD, whose units hold absolute paths, which no ccache can share
# between clones.
function(tarama_unity out)
  if(NOT TARAMA_UNITY)
    set(${out} ${ARGN} PARENT_SCOPE)
    return()
  endif()
  list(TRANSFORM ARGN REPLACE "^${PROJECT_SOURCE_DIR}/(.+)$" "#include \"\\1\"\n" OUTPUT_VARIABLE includes)
  list(LENGTH includes count)
  math(EXPR units "(${count} + ${unity_files} - 1) / ${unity_files}")
  set(made "")
  foreach(unit RANGE 1 ${units})
    # Evenly: 9 files become 5 and 4.
    math(EXPR first "(${unit} - 1) * ${count} / ${units}")
    math(EXPR size "${unit} * ${count} / ${units} - ${first}")
    list(SUBLIST includes ${first} ${size} lines)
    string(CONCAT content ${lines})
    set(file ${CMAKE_CURRENT_BINARY_DIR}/unity_${unit}.cpp)
    file(CONFIGURE OUTPUT ${file} CONTENT "${content}" @ONLY)  # written only where it changed
    list(APPEND made ${file})
  endforeach()
  set(${out} ${made} PARENT_SCOPE)
endfunction()
if(TARAMA_UNITY)
  # GCC takes a file that is included for a header, where unnamed namespaces would be a mistake.
  target_compile_options(tarama_options INTERFACE -Wno-subobject-linkage)
endif()

# tarama_use_headers(TARGET NAME): TARGET must be compiled with the same options as NAME; GCC
# says -Winvalid-pch where it is not.
function(tarama_use_headers target name)
  if(TARGET ${name})
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()

# tarama_compile_as_test(TARGET): a test runs once for each time it is compiled, and optimizing is
# 30 to 60 % of that. Code of a program, not of a library.
function(tarama_compile_as_test target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O0>)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
endfunction()
