# SPDX-License-Identifier: Apache-2.0
"""ask_dashboard.py URL RULES: asks the daemon at URL for each expression of RULES, now and over a range. Each must be
understood, whether or not the daemon keeps what it asks for: it has in memory what its rules read. What they do read
must have an answer."""
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

url = sys.argv[1]
with open(sys.argv[2], encoding="utf-8") as file:
    expressions = [rule["expr"] for rule in json.load(file)["groups"][0]["rules"]]


def ask(path, **parameters):
    """The result, or the words of the error."""
    try:
        with urllib.request.urlopen(f"{url}{path}?{urllib.parse.urlencode(parameters)}", timeout=20) as answer:
            return json.load(answer)["data"]["result"], ""
    except urllib.error.HTTPError as error:
        return None, error.read().decode()


# What the default rules read of every process, as the dashboard asks for it.
ALWAYS_THERE = ("topk(10, rate(pmon_process_cpu_seconds_total", "topk(10, pmon_process_threads")


deadline = time.monotonic() + 20
while not ask("/api/v1/query", query="rate(pmon_process_cpu_seconds_total[5m])")[0]:
    if time.monotonic() > deadline:
        sys.exit("the daemon has no samples after 20 s")
    time.sleep(0.2)
failed = 0
there = []
for text in expressions:
    now = time.time()
    instant, why = ask("/api/v1/query", query=text)
    over_time, why_not = ask("/api/v1/query_range", query=text, start=now - 60, end=now, step=15)
    if instant is None or over_time is None:
        print(f"{text}\n  {why or why_not}")
        failed += 1
    if instant and over_time:
        there.append(text)
print(f"{len(expressions)} expressions, {len(there)} have an answer")
missing = [start for start in ALWAYS_THERE if not any(text.startswith(start) for text in there)]
if missing:
    print("no answer to", *missing)
sys.exit(1 if failed or missing else 0)
