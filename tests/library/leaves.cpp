// SPDX-License-Identifier: Apache-2.0
// leaves MICROSECONDS: a program that ends so long after its start, though its monitor and server run.
#include <pmon/monitor.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>
#include <utility>

using std::chrono_literals::operator""ms;

int main(int argc, char** argv) {
  auto monitor = pmon::Monitor::start({.interval = 100ms, .listen = "127.0.0.1:0"});
  if (argc != 2 || !monitor) return 2;
  (void)std::make_unique<pmon::Monitor>(std::move(*monitor)).release();  // nobody stops it
  std::this_thread::sleep_for(std::chrono::microseconds(std::atol(argv[1])));
  return 0;
}
