# SPDX-License-Identifier: Apache-2.0
# libpmon, the engine inside of another program, static and shared; its headers, CMake package and pkg-config file.
# Everything is compiled so that it can be part of a shared library of which nothing but the API is seen.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

set(PMON_LIBRARY_HEADERS api.h error.h monitor.h pmon.h version.h)

# pmon_library(COMPONENT…): what the static library consists of; the last is the API.
function(pmon_library)
  pkg_check_modules(absl_time REQUIRED absl_time)
  # What whoever links the static library needs besides.
  set(external fmt yaml-cpp re2 curl sqlite3 rdkafka protobuf-lite snappy ssl crypto crypt bpf elf zstd z
      ${absl_time_STATIC_LIBRARIES} stdc++ m)
  list(REMOVE_DUPLICATES external)
  foreach(component ${ARGN})
    list(APPEND objects $<TARGET_OBJECTS:pmon_${component}>)
  endforeach()

  add_library(pmon_static STATIC ${objects})
  add_library(pmon_shared SHARED $<TARGET_OBJECTS:pmon_library>)
  target_link_libraries(pmon_shared PRIVATE pmon_daemon)
  set(map ${PROJECT_SOURCE_DIR}/user/library/libpmon.map)
  # nodelete: after dlclose(3) a monitor may still run, and what libraries keep for a thread goes when the thread does.
  target_link_options(pmon_shared PRIVATE LINKER:--version-script=${map} LINKER:--as-needed LINKER:--gc-sections
                      LINKER:-z,nodelete)
  if(NOT PMON_SANITIZE)
    target_link_options(pmon_shared PRIVATE LINKER:--no-undefined)
  endif()
  set_target_properties(pmon_static pmon_shared PROPERTIES OUTPUT_NAME pmon LINKER_LANGUAGE CXX)
  set_target_properties(pmon_shared PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 0 LINK_DEPENDS ${map})

  install(TARGETS pmon_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library
          NAMELINK_COMPONENT development)
  install(TARGETS pmon_static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
  list(TRANSFORM PMON_LIBRARY_HEADERS PREPEND ${PROJECT_SOURCE_DIR}/include/pmon/ OUTPUT_VARIABLE headers)
  install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/pmon COMPONENT development)
  pmon_library_packages(${external})
endfunction()

# pmon_library_packages(LIBRARY…): pmon-config.cmake and pmon.pc, which find their folders from where they are.
function(pmon_library_packages)
  set(cmake_folder ${CMAKE_INSTALL_LIBDIR}/cmake/pmon)
  set(pc_folder ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/package)
  set(external ${ARGN})
  list(TRANSFORM ARGN PREPEND -l)
  list(JOIN ARGN " " external_flags)
  file(RELATIVE_PATH pc_to_prefix /${pc_folder} /)
  set(templates ${PROJECT_SOURCE_DIR}/cmake/package)
  configure_file(${templates}/pmon.pc.in ${out}/pmon.pc @ONLY)
  configure_package_config_file(${templates}/pmon-config.cmake.in ${out}/pmon-config.cmake
    INSTALL_DESTINATION ${cmake_folder} PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
  write_basic_package_version_file(${out}/pmon-config-version.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${out}/pmon-config.cmake ${out}/pmon-config-version.cmake DESTINATION ${cmake_folder}
          COMPONENT development)
  install(FILES ${out}/pmon.pc DESTINATION ${pc_folder} COMPONENT development)
endfunction()
