# SPDX-License-Identifier: Apache-2.0
"""What must hold at the end of a soak."""
import pathlib


def judge(soak):
    """The reasons why it failed, as sentences; none where it passed."""
    return [*growing(soak.trends), *falling(soak.monotony), *unaccounted(soak.births, soak.page),
            *silently_lost(soak.page, soak.daemon.notices()),
            *undelivered(soak.page),
            *unannounced(soak.page, soak.daemon.notices()), *not_arrived(soak), *badly_ended(soak)]


def growing(trends):
    return [f"{trend.name} grew by {trend.growth:.2f} {trend.unit}, and {trend.allowed:.2f} is allowed"
            for trend in trends if not trend.flat]


def falling(monotony):
    failures = [f"a counter went backwards: {fallen}" for fallen in monotony.fallen[:5]]
    if monotony.twice:
        failures.append(f"pages had {monotony.twice} series twice")
    if monotony.seen < 100:
        failures.append(f"only {monotony.seen} counters were seen: nothing was compared")
    return failures


def unaccounted(births, page):
    """Each birth and each end is counted, also where events were lost and healed from the ledger."""
    failures = []
    for name, born in births.items():
        for what in ("started", "exited"):
            counted = page.sum(f"pmon_group_processes_{what}_total", f'group="{name}"')
            if counted != born:
                failures.append(f"{born} processes '{name}' there were, and pmon counted {counted} as {what}")
    return failures


def silently_lost(page, notices):
    codes = {code for _, code, _ in notices}
    return [f"{count:.0f} events were lost by {cause}, and no notice told so"
            for cause, count in page.by("pmon_events_lost_total", "cause").items() if count and cause not in codes]


# Of what a sink of events gives up by design, where others on this host start more processes than it tells of.
ANNOUNCED = "too_many_events"


def undelivered(page):
    failures = []
    waiting = {sink: length for sink, length in page.by("pmon_sink_queue_length", "sink").items() if length}
    if waiting:
        failures.append(f"queues are not empty: {waiting}")
    for (name, labels), count in page.series.items():
        if name == "pmon_sink_dropped_total" and count and f'reason="{ANNOUNCED}"' not in labels:
            failures.append(f"dropped: {count:.0f} of {labels}")
    sent = page.by("pmon_sink_sent_total", "sink")
    failures += [f"the sink {sink} sent nothing" for sink, count in sent.items() if not count]
    return failures


def unannounced(page, notices):
    dropped = page.sum("pmon_sink_dropped_total", f'reason="{ANNOUNCED}"')
    told = any(ANNOUNCED in text for _, _, text in notices)
    return [f"{dropped:.0f} events were given up, and no notice told so"] if dropped and not told else []


def not_arrived(soak):
    """What pmon counts as sent is what the acceptors had got around that time; one of each may be on its way."""
    sent = soak.page.by("pmon_sink_sent_total", "sink")
    failures = []
    for name, arrived in soak.arrived_after.items():
        sinks = [sink for sink in sent if name in sink.split("/")]  # "loki", "everyone/loki"
        counted = sum(sent[sink] for sink in sinks)
        again = sum(soak.page.by("pmon_sink_retries_total", "sink").get(sink, 0) for sink in sinks)
        before = soak.arrived_before.get(name, 0)
        if not sinks:
            failures.append(f"there is no sink '{name}' among {sorted(sent)}")
        elif not before - len(sinks) - again <= counted <= arrived:
            failures.append(f"pmon sent {counted:.0f} to {name}, and {before} to {arrived} arrived")
    if not all(soak.records.values()):
        failures.append(f"a topic of Kafka got no records: {soak.records}")
    return failures


def badly_ended(soak):
    failures = []
    if soak.status != 0:
        failures.append(f"pmon ended with {soak.status}")
    if soak.took > 5:
        failures.append(f"pmon took {soak.took:.1f} s to end")
    errors = [line for line in pathlib.Path(soak.daemon.err).read_text().splitlines() if " error" in line]
    failures += [f"its log has: {line}" for line in errors[:3]]
    failures += [f"it told: {text}" for level, code, text in soak.daemon.notices()
                 if level != "info" and ANNOUNCED not in text and not code.startswith("ring_full")]
    told = {alert for alert, _ in soak.daemon.alerts()}
    failures += [f"the alert {alert} did not fire" for alert in ("Surge", "Busy") if alert not in told]
    return failures
