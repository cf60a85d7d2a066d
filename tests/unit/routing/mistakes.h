// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace pmon::routing::testing {

// A configuration with one mistake.
struct Mistake {
  std::string name;
  std::string yaml;
  bool upstream_takes_it = false;  // what Alertmanager lets pass, or can do and pmon cannot
};

inline std::vector<Mistake> mistakes() {
  const std::string team = "receivers: [{name: team}]\n";
  const auto route = [&](const std::string& keys) { return "route: {receiver: team, " + keys + "}\n" + team; };
  const auto child = [&](const std::string& keys) {
    return "route:\n  receiver: team\n  routes:\n  - " + keys + "\n" + team;
  };
  const auto time = [&](const std::string& keys) {
    return "route: {receiver: team}\n" + team + "time_intervals:\n- name: office\n  time_intervals:\n  - " + keys +
           "\n";
  };
  const std::string plain = "route: {receiver: team}\n";
  return {
      {"not yaml", "route: [\n"},
      {"empty file", ""},
      {"a list", "- route\n"},
      {"no route", team},
      {"unknown key of the file", plain + team + "inhibit_rule: []\n"},
      {"key twice", plain + plain + team},
      {"unknown key of global", "global: {resolve_timout: 5m}\n" + plain + team},
      {"templates", "templates: ['*.tmpl']\n" + plain + team, true},
      {"merge key", "route: {receiver: team, routes: [{<<: {receiver: team}}]}\n" + team, true},

      {"root without receiver", "route: {group_wait: 5s}\n" + team},
      {"root with matchers", route("matchers: [a=b]")},
      {"root with match", route("match: {a: b}")},
      {"root that continues", route("continue: true")},
      {"root with mute times", route("mute_time_intervals: [x]")},
      {"unknown key of a route", route("group-by: [a]")},
      {"unknown receiver", child("receiver: taem")},
      {"unknown time interval", child("mute_time_intervals: [nights]")},
      {"a matcher without operator", child("matchers: ['severity']")},
      {"a matcher with a broken expression", child("matchers: [ 'a=b,comm=~\"x(\"' ]")},
      {"a matcher with an open quote", child("matchers: ['a=\"b']")},
      {"matchers as a text", child("matchers: a=b")},
      {"match with a name that is none", child("match: {a-b: c}")},
      {"match_re with a broken expression", child("match_re: {a: '('}")},
      {"group_by twice the same", route("group_by: [a, a]")},
      {"group_by all and more", route("group_by: ['...', a]")},
      {"group_by as a text", route("group_by: alertname")},
      {"group_by with a name that is none", route("group_by: [a-b]")},
      {"group_wait without unit", route("group_wait: 30")},
      {"group_interval of 0", route("group_interval: 0s")},
      {"repeat_interval of 0", route("repeat_interval: 0s")},
      {"continue that is no flag", child("continue: 'true'")},
      {"a route within itself", "route: &r {receiver: team, routes: [*r]}\n" + team},

      {"receiver without name", plain + "receivers: [{name: team}, {webhook_configs: []}]\n"},
      {"receiver twice", plain + "receivers:\n- name: team\n- name: team\n"},
      {"unknown kind of receiver", plain + "receivers: [{name: team, web_hook_configs: []}]\n"},
      {"kind of receiver of a later Alertmanager", plain + "receivers: [{name: team, msteams_configs: []}]\n"},
      {"kind of receiver that is no list", plain + "receivers: [{name: team, webhook_configs: {url: x}}]\n"},

      {"unknown key of an inhibit rule", plain + team + "inhibit_rules: [{source_matcher: [a=b]}]\n"},
      {"equal with a name that is none", plain + team + "inhibit_rules: [{equal: [a-b]}]\n"},

      {"time interval without name", plain + team + "time_intervals: [{time_intervals: []}]\n"},
      {"time interval twice", plain + team + "time_intervals: [{name: a}]\nmute_time_intervals: [{name: a}]\n"},
      {"unknown key of a time interval", time("weekday: [monday]")},
      {"time of day without zero", time("times: [{start_time: '9:00', end_time: '17:00'}]")},
      {"time of day after the last", time("times: [{start_time: '09:00', end_time: '24:01'}]")},
      {"time over midnight", time("times: [{start_time: '22:00', end_time: '06:00'}]")},
      {"time without end", time("times: [{start_time: '22:00'}]")},
      {"unknown weekday", time("weekdays: [mon]")},
      {"weekdays over the week's end", time("weekdays: ['friday:monday']")},
      {"day 0", time("days_of_month: [0]")},
      {"days that count in both directions", time("days_of_month: ['-3:3']")},
      {"days that may be none", time("days_of_month: ['28:-1']")},
      {"month 13", time("months: [13]"), true},
      {"months over the year's end", time("months: ['november:january']")},
      {"years backwards", time("years: ['2030:2020']")},
      {"empty list of weekdays", time("weekdays: []"), true},
      {"unknown location", time("location: Europe/Belin")},
      {"location that is a path", time("location: /etc/localtime")},
  };
}

}  // namespace pmon::routing::testing
