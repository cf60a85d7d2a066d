# SPDX-License-Identifier: Apache-2.0
option(PMON_UNITY "Compile sources in batches: a fraction of the time from nothing, more after a change of one file" ON)

# pmon_batches(TARGET): its sources are compiled eight at a time, where that is wanted.
function(pmon_batches target)
  if(PMON_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    # What a source hides in its anonymous namespace seems to stand in a header then.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
endfunction()

# pmon_component(NAME [component or library…]): user/NAME as a static library pmon_NAME that links only
# what is listed. A folder that includes or calls what it may not does not compile or does not link:
# each component sees include/ and the folders of the components that it lists, nothing else.
function(pmon_component name)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/user/${name}/*.cpp)
  add_library(pmon_${name} STATIC ${sources})
  # "series/x.h" is found through a folder that holds only user/series, so that includes follow the links.
  set(view ${CMAKE_CURRENT_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${view})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/user/${name} ${view}/${name} SYMBOLIC)
  target_include_directories(pmon_${name} PUBLIC ${view})
  target_link_libraries(pmon_${name} PUBLIC pmon_base ${ARGN})
  pmon_batches(pmon_${name})
endfunction()

set(PMON_UNIT_PREFIX "unit." CACHE STRING "What the names of unit tests begin with")

# pmon_test_code(TARGET): its own code is compiled for speed of compiling, not of running, and not looked through for
# undefined behaviour; what nearly every test begins by is compiled once for all.
function(pmon_test_code target)
  pmon_batches(${target})
  target_compile_options(${target} PRIVATE -O0 $<$<BOOL:${PMON_SANITIZE}>:-fno-sanitize=undefined>)
  target_link_libraries(${target} PRIVATE fmt::fmt)  # nearly all do anyway, and precompiled headers want the same macros
  get_property(first GLOBAL PROPERTY PMON_TEST_HEADERS)
  if(first)
    target_precompile_headers(${target} REUSE_FROM ${first})
  else()
    target_precompile_headers(${target} PRIVATE <gmock/gmock.h> <gtest/gtest.h> <algorithm> <chrono> <filesystem>
                              <fstream> <functional> <map> <memory> <optional> <string> <thread> <vector>)
    set_property(GLOBAL PROPERTY PMON_TEST_HEADERS ${target})
  endif()
endfunction()

# pmon_unit_test(COMPONENT): tests/unit/COMPONENT/*.cpp against that component alone.
function(pmon_unit_test component)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/unit/${component}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(unit_${component} ${sources})
  add_dependencies(unit_tests unit_${component})
  target_link_libraries(unit_${component} PRIVATE pmon_${component} GTest::gmock GTest::gtest_main)
  target_compile_definitions(unit_${component} PRIVATE PMON_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(PMON_SANITIZE STREQUAL "thread")
    target_sources(unit_${component} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/thread_sanitizer.cpp)
  endif()
  pmon_test_code(unit_${component})
  gtest_discover_tests(unit_${component} TEST_PREFIX "${PMON_UNIT_PREFIX}" DISCOVERY_TIMEOUT 60)
endfunction()
