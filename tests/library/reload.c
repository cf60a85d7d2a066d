/* SPDX-License-Identifier: Apache-2.0 */
/* reload LIBRARY: loads it and lets go of it again and again, as a plug-in does: with a monitor that has stopped, and
 * at last with one that runs, whose thread must not lose the ground under it. */
#define _POSIX_C_SOURCE 200809L
#include <dlfcn.h>
#include <pmon/pmon.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef pmon_options* new_options(void);
typedef void set_interval(pmon_options*, int64_t);
typedef pmon_monitor* start_monitor(const pmon_options*, char**);
typedef int ask_monitor(const pmon_monitor*);
typedef void end_monitor(pmon_monitor*);

static void* find(void* library, const char* name) {
  void* found = dlsym(library, name);
  if (found == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  return found;
}

static void look_at_it(const char* path, int last) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  pmon_options* options = ((new_options*)find(library, "pmon_options_new"))();
  ((set_interval*)find(library, "pmon_options_interval_ms"))(options, 100);
  pmon_monitor* monitor = ((start_monitor*)find(library, "pmon_start"))(options, NULL);
  const struct timespec pause = {0, 300000000};
  nanosleep(&pause, NULL);
  if (!((ask_monitor*)find(library, "pmon_running"))(monitor)) {
    fprintf(stderr, "the monitor does not run\n");
    exit(1);
  }
  if (!last) ((end_monitor*)find(library, "pmon_free"))(monitor);
  dlclose(library);
  if (last) nanosleep(&pause, NULL);
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  for (int i = 0; i < 5; ++i) look_at_it(argv[1], i == 4);
  puts("still here");
  return 0;
}
