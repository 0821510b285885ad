# How everything here is compiled, and the verbs the folders use:
#   er_library(name SOURCES ... DEPS ...)   a static library, included as "libs/<folder>/x.h"
#   er_binary(name SOURCES ... DEPS ...)    a program, left in build/bin and installed
#   er_test(name SOURCES ... DEPS ...)      a GoogleTest program, one ctest entry per binary
#   er_cluster_test(...)                    the same, with a real API server of tests/cluster

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")

set(ER_SANITIZE "" CACHE STRING "Sanitizers to build with: address,undefined or thread")
if(ER_SANITIZE)
  set(ER_SANITIZER_OPTIONS
    "ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1"
    "UBSAN_OPTIONS=print_stacktrace=1"
    "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/sanitizers/tsan.supp:second_deadlock_stack=1")
  add_compile_options(-fsanitize=${ER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${ER_SANITIZE})
  if(ER_SANITIZE STREQUAL "thread")
    # Headers of protobuf and Abseil lay out their classes otherwise where it is
    # set, and the system's libraries were built without.
    add_compile_options(-U__SANITIZE_THREAD__)
    # What is ours still knows.
    add_compile_definitions(ER_TSAN)
  endif()
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

# Applied to our own code only; generated code is SYSTEM to everyone. Under
# sanitizers g++ warns of what instrumentation has made of the code.
add_library(er_warnings INTERFACE)
target_compile_options(er_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -Wcast-qual -Wextra-semi)
if(CMAKE_UNITY_BUILD)
  # A file that is included no longer is the one file that g++ allows to have
  # classes made of what is in its anonymous namespace.
  target_compile_options(er_warnings INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()
if(NOT ER_SANITIZE)
  target_compile_options(er_warnings INTERFACE -Werror)
endif()

# What people run, and what ctest runs: each can be built without the other.
add_custom_target(programs)
add_custom_target(unit-tests)
add_custom_target(cluster-tests)

function(er_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE er_warnings)
endfunction()

function(er_binary name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} er_warnings)
  install(TARGETS ${name} RUNTIME DESTINATION bin)
  add_dependencies(programs ${name})
endfunction()

function(er_test name)
  er_test_program(${name} ${ARGN})
  add_dependencies(unit-tests ${name})
endfunction()
function(er_cluster_test name)
  er_test_program(${name} ${ARGN})
  add_dependencies(cluster-tests ${name})
  set_tests_properties(${name} PROPERTIES LABELS cluster)
endfunction()

function(er_test_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} er_warnings GTest::gmock GTest::gtest_main)
  # A test is compiled more often than it is run.
  target_compile_options(${name} PRIVATE -O0)
  add_test(NAME ${name} COMMAND ${name})
  if(ER_SANITIZE)
    set_tests_properties(${name} PROPERTIES ENVIRONMENT "${ER_SANITIZER_OPTIONS}")
  endif()
endfunction()
