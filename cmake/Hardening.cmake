# SPDX-License-Identifier: Apache-2.0
# What makes a mistake with memory end the program, rather than let somebody in: for the programs and the library, not
# for their tests. The sanitizers find more, and know no fortified functions.
if(PMON_SANITIZE OR PMON_FUZZ)
  return()
endif()
add_compile_options(-fstack-protector-strong -fstack-clash-protection)
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")  # it wants an optimiser
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-D_GLIBCXX_ASSERTIONS>)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  add_compile_options(-fcf-protection)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  add_compile_options(-mbranch-protection=standard)
endif()
add_link_options(LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack)
