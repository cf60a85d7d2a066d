/* SPDX-License-Identifier: Apache-2.0 */
/* The same in C: leak_c leak.rules.yml */
#define _POSIX_C_SOURCE 200809L
#include <pmon/pmon.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void on_alert(const pmon_alert* alert, void* user) {
  printf("%s: %s\n", alert->name, alert->summary);
  atomic_store((atomic_int*)user, 1);
}

int main(int argc, char** argv) {
  atomic_int told = 0;
  pmon_options* options = pmon_options_new();
  pmon_options_interval_ms(options, 200);
  pmon_options_default_rules(options, 0);
  pmon_options_add_rule_file(options, argc > 1 ? argv[1] : "leak.rules.yml");
  pmon_options_on_alert(options, on_alert, &told);
  char* error = NULL;
  pmon_monitor* monitor = pmon_start(options, &error);
  pmon_options_free(options);
  if (monitor == NULL) {
    fprintf(stderr, "%s\n", error != NULL ? error : "out of memory");
    pmon_text_free(error);
    return 1;
  }

  char* leaked[100] = {NULL};
  const struct timespec pause = {0, 100000000};
  for (int i = 0; i < 100 && !atomic_load(&told); ++i) {
    leaked[i] = malloc(1 << 20);
    if (leaked[i] != NULL) memset(leaked[i], i, 1 << 20);
    nanosleep(&pause, NULL);
  }
  pmon_stop(monitor);
  char* health = pmon_health_json(monitor);
  printf("%s", health != NULL ? health : "");
  pmon_text_free(health);
  pmon_free(monitor);
  for (int i = 0; i < 100; ++i) free(leaked[i]);
  return atomic_load(&told) ? 0 : 1;
}
