# SPDX-License-Identifier: Apache-2.0
"""pmon.yaml with every kind of sink and every kind of receiver that can be had on one host."""

RULES = """groups:
  - name: soak
    rules:
      - {alert: Surge, expr: 'pmon_process_threads{comm="workload_storm"} > 40', labels: {severity: warning}}
      - {alert: Busy, expr: 'rate(pmon_process_cpu_seconds_total{comm="workload_burn"}[10s]) > 0.05'}
"""

# Limits that are not reached: a daemon that makes itself smaller would hide that it grows.
YAML = """limits: {{cpu: 0.5, memory: 1GB}}
rules:
  files: [{folder}/rules.yml]
export:
  textfile: [{{path: {folder}/pmon.prom}}]
  file: [{{path: {folder}/pmon.jsonl, max_size: 1MB, keep: 2, window: 5s, events: [alert, exit, exec, oom_kill, notice]}}]
  http: [{{url: '{push}', window: 5s}}]
  influxdb: [{{url: '{influxdb}', database: pmon, window: 5s, spool: true}}]
  loki: [{{url: '{loki}', events: [alert, notice]}}]
  kafka: [{{brokers: ['{brokers}'], window: 5s, events: [alert, notice]}}]
  remote_write: [{{url: '{prometheus}/api/v1/write', window: 5s}}]
alerting:
  route: {{receiver: everyone, group_by: [alertname], group_wait: 0s, group_interval: 5s, repeat_interval: 1m}}
  receivers:
    - name: everyone
      alertmanager_configs: [{{urls: ['{alertmanager}']}}]
      webhook_configs: [{{url: '{webhook}'}}]
      slack_configs: [{{api_url: '{slack}', channel: '#ops', send_resolved: true}}]
      dingtalk_configs: [{{url: '{dingtalk}?access_token=none'}}]
      wecom_configs: [{{url: '{wecom}?key=none'}}]
      email_configs:
        - {{to: ops@example.org, from: pmon@example.org, smarthost: '{mail}', require_tls: false, send_resolved: true}}
      kafka_configs: [{{brokers: '{brokers}', topic: pmon-alerts}}]
      loki_configs: [{{url: '{loki_alerts}'}}]
      exec_configs: [{{command: [/bin/true]}}]
      syslog_configs: [{{to: syslog}}]
      stdout_configs: [{{output: json}}]
"""


def write(folder, **places):
    (folder / "rules.yml").write_text(RULES)
    config = folder / "pmon.yaml"
    config.write_text(YAML.format(folder=folder, **places))
    return config
