# SPDX-License-Identifier: Apache-2.0
# What is installed, and the Debian package of it: `cpack -G DEB` in the build folder, once all is built.
# Component pmon goes where the prefix says; pmon_system (configuration, unit) belongs to the host and has fixed places,
# so that only the package holds it.
include(GNUInstallDirs)

set(made ${PROJECT_BINARY_DIR}/packaging)
set(source ${PROJECT_SOURCE_DIR}/packaging)
file(GLOB man_sources CONFIGURE_DEPENDS ${source}/man/*)
set(share ${CMAKE_INSTALL_DATADIR})

# Man pages and completions are made of what the commands' --help says.
file(MAKE_DIRECTORY ${made})
string(TIMESTAMP date "%Y-%m-%d" UTC)  # SOURCE_DATE_EPOCH goes before the clock
add_custom_command(OUTPUT ${made}/pmon.tsv ${made}/keys.md
  COMMAND ${source}/describe $<TARGET_FILE:pmon> > ${made}/pmon.tsv
  COMMAND $<TARGET_FILE:pmon> run --keys > ${made}/keys.md
  DEPENDS pmon ${source}/describe VERBATIM)
add_custom_command(OUTPUT ${made}/man/pmon.1.gz
  COMMAND ${source}/man/make-pages ${made}/pmon.tsv ${made}/keys.md ${PROJECT_VERSION} ${date} ${made}/man
  DEPENDS ${made}/pmon.tsv ${made}/keys.md ${man_sources} VERBATIM)
foreach(shell bash zsh fish)
  add_custom_command(OUTPUT ${made}/completion/pmon.${shell}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${made}/completion
    COMMAND awk -v template=${source}/completion/pmon.${shell}.in -f ${source}/completion/common.awk
            -f ${source}/completion/${shell}.awk ${made}/pmon.tsv ${made}/keys.md > ${made}/completion/pmon.${shell}
    DEPENDS ${made}/pmon.tsv ${made}/keys.md ${source}/completion/common.awk ${source}/completion/${shell}.awk
            ${source}/completion/pmon.${shell}.in VERBATIM)
  list(APPEND completions ${made}/completion/pmon.${shell})
endforeach()
add_custom_target(packaging ALL DEPENDS ${made}/man/pmon.1.gz ${completions})

install(TARGETS pmon RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR} COMPONENT pmon)
install(TARGETS pmon-daemon RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/pmon COMPONENT pmon)
foreach(section 1 5 8)
  install(DIRECTORY ${made}/man/ DESTINATION ${share}/man/man${section} COMPONENT pmon FILES_MATCHING PATTERN "*.${section}.gz")
endforeach()
install(FILES ${made}/completion/pmon.bash DESTINATION ${share}/bash-completion/completions RENAME pmon COMPONENT pmon)
install(FILES ${made}/completion/pmon.zsh DESTINATION ${share}/zsh/vendor-completions RENAME _pmon COMPONENT pmon)
install(FILES ${made}/completion/pmon.fish DESTINATION ${share}/fish/vendor_completions.d COMPONENT pmon)
install(FILES README.md CHANGELOG.md DESTINATION ${share}/doc/pmon COMPONENT pmon)
install(DIRECTORY docs/ DESTINATION ${share}/doc/pmon/docs COMPONENT pmon FILES_MATCHING PATTERN "*.md")
install(DIRECTORY ${source}/prometheus ${source}/alertmanager ${source}/grafana
  DESTINATION ${share}/doc/pmon/examples COMPONENT pmon)

install(FILES ${source}/pmon.service DESTINATION /lib/systemd/system COMPONENT pmon_system EXCLUDE_FROM_ALL)
install(FILES ${source}/pmon.yaml DESTINATION /etc/pmon COMPONENT pmon_system EXCLUDE_FROM_ALL)

include(DebianPackage)
