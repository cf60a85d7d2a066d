// SPDX-License-Identifier: Apache-2.0
// The daemon on a disk that is full or read-only: it goes on, tells so, and heals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "e2e/daemon.h"
#include "e2e/server.h"
#include "support/workloads.h"

namespace pmon::test {
namespace {

using testing::HasSubstr;

// A file system of its own in which the scratch folders of a test are.
class Disk {
 public:
  explicit Disk(const std::string& size) {
    if (run({"mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", folder_.path()}).status != 0) {
      throw std::runtime_error("mount a tmpfs");
    }
    setenv("TMPDIR", folder_.path().c_str(), 1);
  }
  ~Disk() {
    unsetenv("TMPDIR");
    (void)run({"umount", "--lazy", folder_.path()});
  }
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }
  [[nodiscard]] std::string read(const std::string& name) const { return folder_.read(name); }
  void fill() const {
    std::ofstream ballast(file("ballast"));
    while (ballast << std::string(4096, 'x') << std::flush) {
    }
  }
  void make_room() const { std::filesystem::remove(file("ballast")); }
  void make_read_only(bool yes) const {
    EXPECT_EQ(run({"mount", "-o", yes ? "remount,ro" : "remount,rw", folder_.path()}).status, 0);
  }

 private:
  TempFolder folder_;
};

TEST(RunDisk, FullForStateAndFilesIsToldAndHeals) {
  const Disk disk("2m");
  const TempFolder folder;  // on that disk, as the daemon's own is
  const std::string rules = folder.write("rules.yml",
                                         "groups:\n  - name: mine\n    rules:\n      - alert: There\n"
                                         "        expr: pmon_process_threads{comm=\"workload_burn\"} >= 1\n");
  Daemon daemon("rules: {defaults: false, files: [" + rules + "]}\nexport:\n  file: [{path: " + disk.file("a.jsonl") +
                    ", window: 200ms, metrics: [pmon_self_cpu_seconds_total]}]\n  textfile: [{path: " +
                    disk.file("a.prom") + "}]\n",
                {"--interval", "100ms"});
  ASSERT_TRUE(eventually([&] { return disk.read("a.jsonl").size() > 200 && !disk.read("a.prom").empty(); }));
  disk.fill();
  SteppedWorkload burner("burn", {"1", "1", "any"});
  burner.wait_for("ready");
  ASSERT_TRUE(daemon.child().wait_for_out("\"alert\":\"There\"")) << "what fires is told all the same";
  const auto told = [&](std::string_view what) { return daemon.child().out().find(what) != std::string::npos; };
  EXPECT_TRUE(eventually([&] {
    (void)daemon.child().wait_for_out("never", Milliseconds(50));
    return told("\"file takes nothing") && told("textfile takes nothing") && told("alert_memory_failed");
  })) << daemon.child().out();
  EXPECT_THAT(disk.read("a.prom"), HasSubstr("pmon_build_info")) << "the last good one, whole";
  disk.make_room();
  EXPECT_TRUE(eventually([&] {
    (void)daemon.child().wait_for_out("never", Milliseconds(50));
    return told("\"file works again") && told("textfile works again");
  })) << daemon.child().out();
  EXPECT_EQ(daemon.stop(), 0);
  std::ifstream lines(disk.file("a.jsonl"));
  for (std::string line; std::getline(lines, line);) EXPECT_TRUE(nlohmann::json::accept(line)) << line;
}

TEST(RunDisk, ReadOnlyForTheTextfileIsToldAndHeals) {
  const Disk disk("2m");
  unsetenv("TMPDIR");  // what the daemon keeps open would be in the way
  Daemon daemon("", {"--interval", "100ms", "--textfile", disk.file("a.prom")});
  ASSERT_TRUE(eventually([&] { return !disk.read("a.prom").empty(); }));
  ASSERT_TRUE(eventually([&] { return run({"mount", "-o", "remount,ro", disk.file("")}).status == 0; }));
  EXPECT_TRUE(daemon.child().wait_for_out("Read-only file system"));
  EXPECT_THAT(disk.read("a.prom"), HasSubstr("pmon_build_info"));
  disk.make_read_only(false);
  EXPECT_TRUE(daemon.child().wait_for_out("works again"));
  EXPECT_EQ(daemon.stop(), 0);
}

TEST(RunDisk, ReadOnlyFromTheBeginningIsRefusedWithTheRemedy) {
  const Disk disk("2m");
  unsetenv("TMPDIR");
  const TempFolder folder;
  disk.make_read_only(true);
  const auto refused = [&](const std::string& yaml) {
    const std::string file =
        folder.write("pmon.yaml", "http: {listen: []}\nlock: " + folder.file("lock") + "\n" + yaml);
    const Outcome outcome = run(pmon({"run", "-c", file, "--duration", "5s"}));
    EXPECT_EQ(outcome.status, 2) << outcome.out;
    return outcome.err;
  };
  EXPECT_THAT(refused("state: " + disk.file("state") + "\n"),
              HasSubstr("Read-only file system (give a --state folder"));
  const std::string state = "state: " + folder.file("state") + "\n";
  EXPECT_THAT(refused(state + "export: {file: [{path: " + disk.file("a.jsonl") + "}]}\n"),
              HasSubstr("a.jsonl': Read-only file system"));
  EXPECT_THAT(refused(state + "export: {textfile: [{path: " + disk.file("a.prom") + "}]}\n"),
              HasSubstr("Read-only file system"));
}

}  // namespace
}  // namespace pmon::test
