// SPDX-License-Identifier: Apache-2.0
// A program that leaks, and is told so: leak leak.rules.yml
#include <pmon/monitor.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

using std::chrono_literals::operator""ms;

int main(int argc, char** argv) {
  std::atomic<bool> told = false;
  auto monitor = pmon::Monitor::start({
      .interval = 200ms,
      .default_rules = false,
      .rule_files = {argc > 1 ? argv[1] : "leak.rules.yml"},
      .on_alert =
          [&](const pmon::MonitorAlert& alert) {
            std::printf("%s: %s\n", alert.name.c_str(), alert.annotations.at("summary").c_str());
            told = true;
          },
  });
  if (!monitor) {
    std::fprintf(stderr, "%s\n", monitor.error().text().c_str());
    return 1;
  }

  std::vector<std::unique_ptr<std::vector<char>>> leaked;
  for (int i = 0; i < 100 && !told; ++i) {
    leaked.push_back(std::make_unique<std::vector<char>>(1 << 20, 'x'));
    std::this_thread::sleep_for(100ms);
  }
  monitor->stop();
  std::printf("%s", monitor->health().c_str());
  return told ? 0 : 1;
}
