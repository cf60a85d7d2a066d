// SPDX-License-Identifier: Apache-2.0
// What changes the whole machine: only the machines of scripts/vm-test run these.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <thread>

#include "ground_truth.h"

namespace pmon {
namespace {

constexpr const char* kSecondCpu = "/sys/devices/system/cpu/cpu1/online";

bool set_second_cpu(bool online) {
  std::ofstream file(kSecondCpu);
  file << (online ? 1 : 0);
  file.flush();
  return file.good();
}

class OwnMachine : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(emulated()) << "this would take a CPU from the host, or set its clock"; }
};

// Burns in two threads, so that each CPU has one.
std::unique_ptr<Child> busy(double each_seconds) {
  return std::make_unique<Child>([each_seconds](const Child::Step&) {
    std::thread other([=] { burn(each_seconds); });
    burn(each_seconds);
    other.join();
    _exit(4);
  });
}

TEST_F(OwnMachine, ACpuThatGoesAndComesBackLosesNothing) {
  Host host;
  for (int round = 0; round < 2; ++round) {
    const auto before = busy(0.5);
    usleep(50'000);
    ASSERT_TRUE(set_second_cpu(false));
    const auto meanwhile = busy(0.3);
    host.tick();
    const ProcessSample* still = host.living(before->pid());
    EXPECT_TRUE(still == nullptr || still->metrics.at(Metric::kCPU) > 0);
    usleep(100'000);
    host.tick();
    ASSERT_TRUE(set_second_cpu(true));
    const auto afterwards = busy(0.3);
    host.tick();
    for (const auto* child : {&before, &meanwhile, &afterwards}) {
      (*child)->wait();
      const auto ended = host.ended((*child)->pid());
      ASSERT_TRUE(ended);
      const double cpu = cpu_seconds((*child)->usage());
      EXPECT_EQ(ended->exit->code, 4);
      EXPECT_NEAR(ended->metrics.at(Metric::kCPU), cpu, cpu_tolerance(cpu)) << "round " << round;
    }
  }
  expect_no_loss(host);
  EXPECT_TRUE(only_living_slots(host));
  expect_as_a_fresh_sweep(host);
}

// Births, lifetimes and sweeps go by the time since boot; a tick's own time may be anything.
TEST_F(OwnMachine, AClockThatIsSetChangesNoProcess) {
  timespec wall{};
  ASSERT_EQ(clock_gettime(CLOCK_REALTIME, &wall), 0);
  Host host;
  Child child([](const Child::Step& step) {
    burn(0.05);
    step();
    step();
    _exit(6);
  });
  child.await_step();
  host.tick();
  const ProcessSample before = host.alive(child.pid());
  const double start = monotonic();
  child.go();
  child.await_step();
  for (const int hours : {1, -1}) {
    timespec set{};
    clock_gettime(CLOCK_REALTIME, &set);
    set.tv_sec += hours * 3600;
    ASSERT_EQ(clock_settime(CLOCK_REALTIME, &set), 0);
    host.tick();
    EXPECT_EQ(host.alive(child.pid()).key, before.key);
    EXPECT_EQ(host.alive(child.pid()).metrics.at(Metric::kSTART_TIME), before.metrics.at(Metric::kSTART_TIME));
    EXPECT_EQ(ends_with(host, 6), 0);
  }
  child.go();
  child.wait();
  const double lived_at_most = monotonic() - start + 10;
  const auto ended = host.ended(child.pid());
  ASSERT_TRUE(ended);
  EXPECT_LT(ended->exit->lifetime_seconds.value_or(1e9), lived_at_most);
  expect_no_loss(host);
}

}  // namespace
}  // namespace pmon
