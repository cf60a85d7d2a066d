# SPDX-License-Identifier: Apache-2.0
# The Debian package, by CPack: one package of the components pmon and pmon_system.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME pmon)
set(CPACK_PACKAGE_VENDOR "The pmon authors")
# Who answers for the package is who makes it, as Debian's own tools have it (debchange(1)). Without that it is an
# address that nobody can have, rather than one that looks right.
set(maintainer "The pmon authors <pmon@example.invalid>")
if(NOT "$ENV{DEBFULLNAME}" STREQUAL "" AND NOT "$ENV{DEBEMAIL}" STREQUAL "")
  set(maintainer "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
endif()
set(PMON_MAINTAINER "${maintainer}" CACHE STRING "Who answers for the package: Name <address>")
set(CPACK_PACKAGE_CONTACT "${PMON_MAINTAINER}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR OFF)
set(CPACK_COMPONENTS_ALL pmon pmon_system)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_NAME pmon)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "process monitor that looks through the kernel
pmon watches every process of a host through BPF programs that copy the
kernel's own counters, decides on the host itself by Prometheus rules when one
misbehaves, and tells Alertmanager, mail, chat or the journal. Metrics are
scraped by Prometheus or pushed to where you want them.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, init-system-helpers (>= 1.54)")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "prometheus, prometheus-alertmanager")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# As Debian's policy wants them: conffiles by name, a changelog in its own form.
set(deb ${PROJECT_SOURCE_DIR}/packaging/deb)
file(WRITE ${made}/deb/conffiles "/etc/pmon/pmon.yaml\n")
string(TIMESTAMP rfc5322 "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${made}/deb/changelog "pmon (${PROJECT_VERSION}) unstable; urgency=medium

  * See /usr/share/doc/pmon/CHANGELOG.md.

 -- ${PMON_MAINTAINER}  ${rfc5322}
")
execute_process(COMMAND gzip -9nf ${made}/deb/changelog COMMAND_ERROR_IS_FATAL ANY)
install(FILES ${made}/deb/changelog.gz DESTINATION ${share}/doc/pmon COMPONENT pmon_system EXCLUDE_FROM_ALL)
install(FILES ${deb}/copyright DESTINATION ${share}/doc/pmon COMPONENT pmon_system EXCLUDE_FROM_ALL)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${made}/deb/conffiles ${deb}/postinst ${deb}/prerm ${deb}/postrm)
include(CPack)
