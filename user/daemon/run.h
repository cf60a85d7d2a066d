// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "daemon/configuration.h"
#include "export/output.h"
#include "pmon/result.h"

namespace pmon::daemon {

// Watches the whole host and tells every sink, until SIGINT, SIGTERM or the duration's end; SIGHUP reads the
// configuration of `origin` again. `output` is where alerts of receivers on stdout, and notices, are shown. The last
// tick is finished and queues have five seconds before it returns. Errors before the first tick: kUsage (a folder or
// address that is taken), kUnsupported (collector); then kFailed. SIGPIPE must be ignored by the caller.
[[nodiscard]] Result<void> run(const Origin& origin, Configuration configuration, Output& output);

}  // namespace pmon::daemon
