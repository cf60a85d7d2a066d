# SPDX-License-Identifier: Apache-2.0
# Builds for arm64 on another machine, against a folder with Debian's arm64 packages that PMON_ARM64_ROOT names
# (scripts/lib-arm64.sh makes one).
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

set(PMON_ARM64_ROOT "$ENV{PMON_ARM64_ROOT}" CACHE PATH "Where Debian's arm64 packages are unpacked")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES PMON_ARM64_ROOT)
set(CMAKE_SYSROOT ${PMON_ARM64_ROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${PMON_ARM64_ROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${PMON_ARM64_ROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${PMON_ARM64_ROOT}/usr/share/pkgconfig)

set(CMAKE_GTEST_DISCOVER_TESTS_DISCOVERY_MODE PRE_TEST)  # a test cannot run here
