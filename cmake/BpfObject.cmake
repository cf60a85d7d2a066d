# SPDX-License-Identifier: Apache-2.0
# pmon_bpf_object(NAME SOURCE…): compiles each SOURCE with clang, links them to one object with bpftool and
# generates its skeleton NAME.skel.h; the interface target NAME_skeleton carries the include path.
find_program(BPF_CLANG NAMES clang-14 clang REQUIRED)
find_program(BPFTOOL bpftool PATHS /usr/sbin /sbin REQUIRED)
find_program(LLVM_STRIP NAMES llvm-strip-14 llvm-strip REQUIRED)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(PMON_BPF_ARCH arm64)
else()
  set(PMON_BPF_ARCH x86)
endif()

function(pmon_bpf_object name)
  file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bpf/*.h ${PROJECT_SOURCE_DIR}/vmlinux/*.h
       ${PROJECT_SOURCE_DIR}/include/pmon/abi.h ${PROJECT_SOURCE_DIR}/include/pmon/metrics.def)
  foreach(source ${ARGN})
    set(object ${CMAKE_CURRENT_BINARY_DIR}/${source}.o)
    add_custom_command(OUTPUT ${object}
      COMMAND ${BPF_CLANG} -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_${PMON_BPF_ARCH} -Wall -Werror
              -I${PROJECT_SOURCE_DIR}/vmlinux -I${PROJECT_SOURCE_DIR}/include
              -c ${CMAKE_CURRENT_SOURCE_DIR}/${source} -o ${object}
      COMMAND ${LLVM_STRIP} -g ${object}
      DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${source} ${headers} VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  set(linked ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.o)
  set(skeleton ${CMAKE_CURRENT_BINARY_DIR}/include/${name}.skel.h)
  file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/include)
  add_custom_command(OUTPUT ${linked} COMMAND ${BPFTOOL} gen object ${linked} ${objects} DEPENDS ${objects} VERBATIM)
  add_custom_command(OUTPUT ${skeleton}
    COMMAND sh -c "${BPFTOOL} gen skeleton ${linked} name ${name} > ${skeleton}.new && mv ${skeleton}.new ${skeleton}"
    DEPENDS ${linked} VERBATIM)
  add_custom_target(${name}_generated DEPENDS ${skeleton})
  add_library(${name}_skeleton INTERFACE)
  add_dependencies(${name}_skeleton ${name}_generated)
  target_include_directories(${name}_skeleton SYSTEM INTERFACE ${CMAKE_CURRENT_BINARY_DIR}/include)
endfunction()
