// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "pmon/error.h"

namespace pmon {

// "operation object: strerror(number)".
[[nodiscard]] std::unexpected<Error> fail_errno(int number, const std::string& operation_and_object,
                                                std::string remedy = {});

}  // namespace pmon
