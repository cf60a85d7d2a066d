# SPDX-License-Identifier: Apache-2.0
"""A soak's figures, as docs/performance.md has them."""
from peers.figures import machine, number, table


def duration(seconds):
    return f"{seconds // 60} minutes" if seconds % 60 == 0 and seconds >= 120 else f"{seconds} s"


def text(soak, load):
    births = sum(soak.births.values())
    first = soak.samples[0]
    parts = [
        machine(load),
        f"{duration(soak.duration)}, {births:,} processes born and ended, all of them counted by pmon; "
        f"{soak.monotony.seen:,} counters, read {len(soak.samples)} times, of which none went backwards.",
        trends(soak),
        "Growth is that of the line through all samples after the warm-up, from its end to its end. Resident memory "
        f"was {number(first.resident_mb)} MB at the first sample and {number(soak.peak_mb)} MB at most.",
        deliveries(soak),
    ]
    return "\n\n".join(parts)


def trends(soak):
    return table(["", "median", "lowest", "highest", "growth", "allowed"],
                 [[trend.name, with_unit(trend.median, trend.unit), number(trend.lowest), number(trend.highest),
                   f"{trend.growth:+.2f}", f"{trend.allowed:.2f}"] for trend in soak.trends])


def with_unit(value, unit):
    return f"{number(value)} {unit}".strip()


def deliveries(soak):
    sent = soak.page.by("pmon_sink_sent_total", "sink")
    listed = ", ".join(f"{sink} {count:,.0f}" for sink, count in sorted(sent.items()))
    fakes = ", ".join(sorted(soak.arrived_after))
    return (f"Sent, and no queue had anything left at the end: {listed}. {losses(soak)} What the acceptors in place of "
            f"others' servers ({fakes}) have got is what pmon says it sent them; Prometheus, InfluxDB and Alertmanager "
            f"were the real ones, Kafka librdkafka's mock of a cluster.")


def losses(soak):
    """Only announced ones come as far as here."""
    found = [f"{count:,.0f} {what}" for what, count in
             [("events did not fit in the ring and were read from the ledger", soak.page.sum("pmon_events_lost_total")),
              ("events were given up by sinks", soak.page.sum("pmon_sink_dropped_total"))] if count]
    return f"Told in notices: {', '.join(found)}." if found else "Nothing was lost or dropped."
