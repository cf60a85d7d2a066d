// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "pmon/snapshot.h"

namespace pmon::cli {

// What pmon tells of itself goes to stderr, at this level ("trace" … "error", "off") and above. stdout
// is for data alone. Once, before threads start.
void set_up_log(const std::string& level);

void log_warning(const std::string& text);
// At its own level.
void log_notice(const Notice& notice);

}  // namespace pmon::cli
