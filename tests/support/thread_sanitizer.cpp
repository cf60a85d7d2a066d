// SPDX-License-Identifier: Apache-2.0
// Part of each program that is built with ThreadSanitizer. librdkafka makes its threads by C11's thrd_create(), which
// gcc 12's sanitizer does not know: the first function of the sanitizer's that such a thread calls crashes. So they are
// made by pthread_create() here. What libraries that are not instrumented do among themselves is not looked at.
#include <pthread.h>
#include <threads.h>

#include <cstdint>
#include <memory>

#define EXPORTED extern "C" __attribute__((visibility("default")))

namespace {

struct Start {
  thrd_start_t run;
  void* argument;
};

void* run(void* start) {
  const std::unique_ptr<Start> owned(static_cast<Start*>(start));
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(owned->run(owned->argument)));
}

}  // namespace

EXPORTED int thrd_create(thrd_t* thread, thrd_start_t start, void* argument) {
  auto owned = std::make_unique<Start>(start, argument);
  if (pthread_create(thread, nullptr, run, owned.get()) != 0) return thrd_error;
  (void)owned.release();
  return thrd_success;
}

EXPORTED int thrd_join(thrd_t thread, int* result) {
  void* returned = nullptr;
  if (pthread_join(thread, &returned) != 0) return thrd_error;
  if (result != nullptr) *result = static_cast<int>(reinterpret_cast<std::intptr_t>(returned));
  return thrd_success;
}

// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming): its name
EXPORTED const char* __tsan_default_options() { return "ignore_noninstrumented_modules=1"; }
