# SPDX-License-Identifier: Apache-2.0
find_package(Protobuf REQUIRED)

# pmon_protobuf(TARGET FILE.proto): the messages of the file as a static library; its users include <FILE.pb.h>.
# Made for libprotobuf-lite, and outside of our warnings.
function(pmon_protobuf target proto)
  get_filename_component(name ${proto} NAME_WE)
  get_filename_component(folder ${proto} DIRECTORY)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${target})
  file(MAKE_DIRECTORY ${out})
  add_custom_command(OUTPUT ${out}/${name}.pb.cc ${out}/${name}.pb.h
    COMMAND protobuf::protoc --cpp_out=${out} --proto_path=${folder} ${proto}
    DEPENDS ${proto} VERBATIM)
  add_library(${target} STATIC ${out}/${name}.pb.cc)
  target_compile_options(${target} PRIVATE -w)
  target_include_directories(${target} SYSTEM PUBLIC ${out})
  target_link_libraries(${target} PUBLIC protobuf::libprotobuf-lite)
endfunction()
