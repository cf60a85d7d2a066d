// SPDX-License-Identifier: Apache-2.0
#include "e2e/pmon.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace pmon::test {

Words pmon(Words words) {
  words.insert(words.begin(), PMON_BINARY);
  return words;
}

Words watch_by_ebpf(const Words& words) {
  Words all{"watch", "--output", "json", "--collector", "ebpf"};
  all.insert(all.end(), words.begin(), words.end());
  return pmon(all);
}

Words powerless_pmon(Words words) {
  Words all{"setpriv", "--bounding-set=-all", "--inh-caps=-all", PMON_BINARY};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

std::vector<nlohmann::json> lines_of_type(const std::string& out, std::string_view type) {
  std::vector<nlohmann::json> lines;
  std::istringstream stream(out);
  for (std::string line; std::getline(stream, line);) {
    nlohmann::json object = nlohmann::json::parse(line);
    if (object.at("type") == type) lines.push_back(std::move(object));
  }
  return lines;
}

nlohmann::json only_line(const std::string& out, std::string_view type) {
  std::vector<nlohmann::json> lines = lines_of_type(out, type);
  if (lines.size() != 1) {
    throw std::runtime_error(std::to_string(lines.size()) + " lines of type " + std::string(type) + " in:\n" + out);
  }
  return lines.front();
}

std::vector<nlohmann::json> of_pid(const std::vector<nlohmann::json>& lines, pid_t pid) {
  std::vector<nlohmann::json> found;
  for (const nlohmann::json& line : lines) {
    const bool same = line.contains("labels") ? line["labels"].value("pid", "") == std::to_string(pid)
                                              : line.value("pid", pid_t{0}) == pid;
    if (same) found.push_back(line);
  }
  return found;
}

std::size_t times_fired(const std::string& out, std::string_view alert) {
  const std::vector<nlohmann::json> alerts = lines_of_type(out, "alert");
  return static_cast<std::size_t>(std::count_if(alerts.begin(), alerts.end(), [&](const nlohmann::json& line) {
    return line["alert"] == alert && line["state"] == "firing" && line["reason"] == "fired";
  }));
}

double wall_seconds(const std::string& out) { return only_line(out, "summary")["elapsed_s"].get<double>(); }

}  // namespace pmon::test
