// SPDX-License-Identifier: Apache-2.0
#include "notify/notifier.h"

namespace pmon::notify {

delivery::Outcome Notifier::refresh(delivery::Deadline /*deadline*/) { return delivery::Outcome::delivered(); }

void Notifier::lost(const Notification& /*notification*/) {}

}  // namespace pmon::notify
