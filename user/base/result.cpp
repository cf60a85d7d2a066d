// SPDX-License-Identifier: Apache-2.0
#include "pmon/result.h"

#include <cstring>

namespace pmon {

std::unexpected<Error> fail_errno(int number, const std::string& operation_and_object, std::string remedy) {
  return fail(ErrorKind::kFailed, operation_and_object + ": " + std::strerror(number), std::move(remedy));
}

}  // namespace pmon
