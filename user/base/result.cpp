// SPDX-License-Identifier: Apache-2.0
#include "pmon/result.h"

#include <cstring>

#include "pmon/errno_text.h"

namespace pmon {

std::string errno_text(int number) {
  const char* const text = ::strerrordesc_np(number);
  return text != nullptr ? text : "error " + std::to_string(number);
}

std::unexpected<Error> fail_errno(int number, const std::string& operation_and_object, std::string remedy) {
  return fail(ErrorKind::kFailed, operation_and_object + ": " + errno_text(number), std::move(remedy));
}

}  // namespace pmon
