# SPDX-License-Identifier: Apache-2.0
# Installs the library and what is needed to build with it into an empty PREFIX.
file(REMOVE_RECURSE ${PREFIX})
foreach(component library development)
  execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX} --component ${component}
                  COMMAND_ERROR_IS_FATAL ANY)
endforeach()
