// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "export/output.h"
#include "export/sink.h"

namespace pmon::cli {

// What --output asks for, for a sink on stdout that outlives it; in colour where stdout is a terminal that wants it.
[[nodiscard]] std::unique_ptr<Output> make_output(bool json, Sink& sink);

}  // namespace pmon::cli
