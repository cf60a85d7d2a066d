// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/configuration.h"
#include "daemon/daemon_session.h"
#include "daemon/sinks.h"
#include "http/server.h"
#include "pmon/result.h"

namespace pmon::daemon {

// Starts every exporter and the queue of every notifier, but for those that are `running` (null: none) with the same
// settings; what has only the name of one that runs waits for Sinks::change(). Errors (kUsage): one that cannot be
// opened here; nothing has changed then.
[[nodiscard]] Result<OpenedSinks> open_sinks(const Configuration& configuration, const Sinks* running = nullptr);

// Folders in which files are replaced while running.
[[nodiscard]] std::vector<std::string> written_folders(const Configuration& configuration);

// Reads the configuration again and puts it in force: rules, routing, receivers, exporters, the interval, the web
// configuration of the server (nullptr: there is none). What is the same goes on undisturbed. On an error nothing
// changes. What only a restart can change is told in a notice.
[[nodiscard]] Result<void> reload(const Origin& origin, Configuration& in_force, DaemonSession& session,
                                  http::Server* server);

}  // namespace pmon::daemon
