# SPDX-License-Identifier: Apache-2.0
# pmon_embed_text(TARGET FILE SYMBOL): adds `extern const char SYMBOL[]; extern const unsigned long SYMBOL_size;`
# with the bytes of FILE to TARGET.
enable_language(ASM)
function(pmon_embed_text target file symbol)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.S)
  get_filename_component(path ${file} ABSOLUTE)
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT
".section .rodata
.global ${symbol}
.global ${symbol}_size
.type ${symbol}, %object
.type ${symbol}_size, %object
${symbol}: .incbin \"${path}\"
1: .byte 0
.balign 8
${symbol}_size: .quad 1b - ${symbol}
.size ${symbol}_size, 8
.section .note.GNU-stack,\"\",%progbits
")
  set_source_files_properties(${output} PROPERTIES OBJECT_DEPENDS ${path})
  target_sources(${target} PRIVATE ${output})
endfunction()
