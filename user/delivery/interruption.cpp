// SPDX-License-Identifier: Apache-2.0
#include "delivery/interruption.h"

#include <utility>

namespace pmon::delivery {
namespace {

thread_local const Interruption* current = nullptr;

}  // namespace

Interruption::Scope::Scope(const Interruption& interruption) : before_(std::exchange(current, &interruption)) {}

Interruption::Scope::~Scope() { current = before_; }

bool interrupted() { return current != nullptr && current->due(); }

}  // namespace pmon::delivery
