/* SPDX-License-Identifier: Apache-2.0
 *
 * pmon inside of a program, for C and for languages that call C; include/pmon/monitor.h is the same for C++, and says
 * more of threads and time. See docs/library.md.
 *
 *   pmon_options* options = pmon_options_new();
 *   pmon_options_interval_ms(options, 10000);
 *   char* error = NULL;
 *   pmon_monitor* monitor = pmon_start(options, &error);
 *   pmon_options_free(options);
 *   …
 *   pmon_free(monitor);
 *
 * All functions may be called from several threads, but for those of one pmon_options. A null monitor, options or text
 * is allowed everywhere and does nothing. Texts are UTF-8. New functions and fields may be added; nothing that is
 * here goes or changes within one version of the shared library's name.
 */
#ifndef PMON_PMON_H
#define PMON_PMON_H

#include <stddef.h>
#include <stdint.h>

#include "pmon/api.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pmon_monitor pmon_monitor;
typedef struct pmon_options pmon_options;

typedef enum pmon_collector {
  PMON_COLLECTOR_AUTO = 0,
  PMON_COLLECTOR_EBPF = 1,
  PMON_COLLECTOR_PROCFS = 2
} pmon_collector;
typedef enum pmon_level { PMON_LEVEL_INFO = 0, PMON_LEVEL_WARNING = 1, PMON_LEVEL_ERROR = 2 } pmon_level;

/* What a callback is given is valid until it returns. Further fields may follow: `size` is that of the struct. */
typedef struct pmon_alert {
  size_t size;
  int firing;           /* 1; 0: resolved */
  const char* name;     /* "HeapLeak" */
  const char* reason;   /* "fired", "repeat", "condition_ended", "exited" … */
  const char* receiver; /* whom the alerting section routes it to */
  int64_t time_ms;      /* since the epoch */
  int64_t active_since_ms;
  double value;
  const char* summary; /* its annotation; "" where it has none */
  const char* json;    /* all of it with labels, annotations and evidence: a line of `pmon watch --output json` */
} pmon_alert;

typedef struct pmon_notice {
  size_t size;
  pmon_level level;
  const char* code; /* "sink_failing" */
  const char* text;
} pmon_notice;

/* Called by the monitor's thread; must not throw or jump out. */
typedef void (*pmon_alert_callback)(const pmon_alert* alert, void* user);
typedef void (*pmon_notice_callback)(const pmon_notice* notice, void* user);

/* "0.1.0" */
PMON_API const char* pmon_version(void);

/* Null where memory is short. Lists grow with each call; what is not said is as in monitor.h. */
PMON_API pmon_options* pmon_options_new(void);
PMON_API void pmon_options_free(pmon_options* options);
PMON_API void pmon_options_interval_ms(pmon_options* options, int64_t interval_ms);
PMON_API void pmon_options_self(pmon_options* options, int watch_self);
PMON_API void pmon_options_add_pid(pmon_options* options, int32_t pid);
PMON_API void pmon_options_add_name(pmon_options* options, const char* regex);
PMON_API void pmon_options_children(pmon_options* options, int watch_children);
PMON_API void pmon_options_collector(pmon_options* options, pmon_collector collector);
PMON_API void pmon_options_default_rules(pmon_options* options, int use_default_rules);
PMON_API void pmon_options_add_rule_file(pmon_options* options, const char* path);
PMON_API void pmon_options_config_file(pmon_options* options, const char* path);
PMON_API void pmon_options_listen(pmon_options* options, const char* address);
PMON_API void pmon_options_state(pmon_options* options, const char* folder);
PMON_API void pmon_options_on_alert(pmon_options* options, pmon_alert_callback callback, void* user);
PMON_API void pmon_options_on_notice(pmon_options* options, pmon_notice_callback callback, void* user);

/* Options are copied, and may be null: all as it is without them. Null where it cannot be started; then, where `error`
 * is not null, *error is why, to be given to pmon_text_free(). */
PMON_API pmon_monitor* pmon_start(const pmon_options* options, char** error);
/* As Monitor::stop(); the monitor stays to be asked. */
PMON_API void pmon_stop(pmon_monitor* monitor);
/* Stops it and gives it back; from a callback, too. */
PMON_API void pmon_free(pmon_monitor* monitor);
PMON_API int pmon_running(const pmon_monitor* monitor);
/* What /healthz answers; for pmon_text_free(). Null where memory is short. */
PMON_API char* pmon_health_json(const pmon_monitor* monitor);
/* The alerts that fire now, as an array of `json` above; for pmon_text_free(). Null and *error as pmon_start(). */
PMON_API char* pmon_alerts_json(const pmon_monitor* monitor, char** error);
/* Where HTTP is served; 0: nowhere. */
PMON_API int pmon_http_port(const pmon_monitor* monitor);
PMON_API void pmon_text_free(char* text);

#ifdef __cplusplus
}
#endif

#endif
