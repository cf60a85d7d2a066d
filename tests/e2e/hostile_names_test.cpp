// SPDX-License-Identifier: Apache-2.0
// Processes whose names are made to break out of whatever they are written into: a terminal, JSON, an exposition, a
// page, a template, a shell.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/daemon.h"
#include "e2e/server.h"

namespace pmon::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Name {
  std::string_view raw;   // at most 15 bytes, as the kernel keeps it
  std::string_view text;  // as UTF-8, in JSON and in labels
};
// Each is one that some format would fall for.
constexpr std::array kNames{
    Name{"a\nevil 1\n", "a\nevil 1\n"},
    Name{"\"} evil{x=\"1", "\"} evil{x=\"1"},
    Name{"\\\"} 1\\", "\\\"} 1\\"},
    Name{"\x1b[2J\x1b]0;x\x07", "\x1b[2J\x1b]0;x\x07"},
    Name{"\xc2\x9b"
         "2J\xe2\x80\xae"
         "txt",
         "\xc2\x9b"
         "2J\xe2\x80\xae"
         "txt"},
    Name{"\xff\xfe\xc3", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    Name{"cut \xf0\x9f\x98", "cut \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    Name{"   ", "   "},
    Name{"\t\r\x7f\b", "\t\r\x7f\b"},
    Name{"%s%n%x{}{0}", "%s%n%x{}{0}"},
    Name{"{{.Labels.pid}}", "{{.Labels.pid}}"},
    Name{"<script>x()//", "<script>x()//"},
    Name{"a,b=c d=1i 5", "a,b=c d=1i 5"},
    Name{"$(id)`id`;'&|", "$(id)`id`;'&|"},
    Name{") R 1 1 1 1", ") R 1 1 1 1"},
    Name{"../../etc/x", "../../etc/x"},
    Name{"fifteen letters", "fifteen letters"},
};

// A process of that name, which waits until it is killed.
class Named {
 public:
  explicit Named(std::string_view name) {
    int ready[2];
    if (pipe(ready) != 0) throw std::runtime_error("pipe");
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      prctl(PR_SET_NAME, std::string(name).c_str());
      (void)!::write(ready[1], "x", 1);
      for (;;) pause();
    }
    char named = 0;
    const bool done = pid_ > 0 && ::read(ready[0], &named, 1) == 1;
    close(ready[0]);
    close(ready[1]);
    if (!done) throw std::runtime_error("fork");
  }
  ~Named() {
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Named(const Named&) = delete;
  Named& operator=(const Named&) = delete;
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

// One alert for each of them that quotes the name twice: as a label, and in an annotation.
std::string rules_for(const std::vector<std::unique_ptr<Named>>& processes) {
  std::string pids;
  for (const auto& process : processes) pids += (pids.empty() ? "" : "|") + std::to_string(process->pid());
  return "groups:\n  - name: mine\n    rules:\n      - alert: There\n        expr: pmon_process_threads{pid=~\"" +
         pids + "\"} > 0\n        annotations:\n          summary: 'it is {{ $labels.comm }}'\n";
}

// Lines of printable characters, and nothing else.
bool is_harmless(const std::string& text) {
  const nlohmann::json quoted = text;
  (void)quoted.dump();  // throws where it is no UTF-8
  return std::ranges::none_of(text, [](unsigned char c) { return (c < ' ' && c != '\n') || c == 0x7f; }) &&
         text.find("\xc2\x9b") == std::string::npos && text.find("\xe2\x80\xae") == std::string::npos;
}

class HostileNames : public testing::Test {
 protected:
  HostileNames() {
    for (const Name& name : kNames) processes_.push_back(std::make_unique<Named>(name.raw));
    folder_.write("rules.yml", rules_for(processes_));
  }
  Words watch(const Words& words) const {
    Words all{"watch",    "--interval",         "100ms",   "--duration",
              "500ms",    "--no-default-rules", "--rules", folder_.file("rules.yml"),
              "--samples"};
    for (const auto& process : processes_) {
      all.emplace_back("--pid");
      all.push_back(std::to_string(process->pid()));
    }
    all.insert(all.end(), words.begin(), words.end());
    return pmon(all);
  }
  // What JSON lines, or processes of the API, say of each.
  void expect_names(const std::vector<nlohmann::json>& lines, const std::string& where) const {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      const std::vector<nlohmann::json> of = of_pid(lines, processes_[i]->pid());
      ASSERT_FALSE(of.empty()) << where << ": nothing of " << kNames[i].text;
      const nlohmann::json& line = of.front();
      EXPECT_EQ(line.contains("labels") ? line["labels"].at("comm") : line.at("comm"), kNames[i].text) << where;
      if (line.contains("annotations")) {
        EXPECT_EQ(line["annotations"].at("summary"), "it is " + std::string(kNames[i].text)) << where;
      }
    }
  }
  // Each pid has one series, of nothing but its own labels.
  void expect_series(const std::string& exposition, const std::string& where) const {
    EXPECT_THAT(exposition, Not(HasSubstr("\nevil"))) << where;
    for (const auto& process : processes_) {
      const std::string pid = "pid=\"" + std::to_string(process->pid()) + "\"";
      std::size_t found = 0;
      std::istringstream lines(exposition);
      for (std::string line; std::getline(lines, line);) {
        found +=
            static_cast<std::size_t>(line.starts_with("pmon_process_threads{") && line.find(pid) != std::string::npos);
      }
      EXPECT_EQ(found, 1U) << where << " " << pid;
    }
  }

  const TempFolder folder_;
  std::vector<std::unique_ptr<Named>> processes_;
};

void expect_promtool_content(const std::string& exposition) {
  Child promtool({"promtool", "check", "metrics"});
  promtool.write(exposition);
  promtool.close_stdin();
  EXPECT_EQ(promtool.wait(), 0);
  EXPECT_EQ(promtool.out() + promtool.err(), "");
}

TEST_F(HostileNames, LeaveATerminalAlone) {
  const Outcome watched = run(watch({}));
  ASSERT_EQ(watched.status, 0) << watched.err;
  EXPECT_TRUE(is_harmless(watched.out)) << nlohmann::json(watched.out).dump(-1, ' ', true);
  EXPECT_EQ(watched.err, "");
  for (const auto& process : processes_) EXPECT_THAT(watched.out, HasSubstr(std::to_string(process->pid())));
  EXPECT_THAT(watched.out, HasSubstr("it is {{.Labels.pid}}")) << "a name is no template";
}

TEST_F(HostileNames, AreTextInJsonAndInATextfile) {
  const Outcome watched = run(watch({"--output", "json", "--textfile", folder_.file("pmon.prom")}));
  ASSERT_EQ(watched.status, 0) << watched.err;
  expect_names(lines_of_type(watched.out, "sample"), "samples");
  expect_names(lines_of_type(watched.out, "alert"), "alerts");
  const std::string exposition = folder_.read("pmon.prom");
  expect_series(exposition, "textfile");
  expect_promtool_content(exposition);
  const auto node_exporter = start_node_exporter(folder_.path());
  const std::string read = node_exporter->get("/metrics");
  EXPECT_THAT(read, HasSubstr("\nnode_textfile_scrape_error 0\n"));
  expect_series(read, "node_exporter");
}

TEST_F(HostileNames, AreTextInWhatADaemonServes) {
  Daemon daemon("rules: {defaults: false, files: [" + folder_.file("rules.yml") + "]}\nexport:\n  file: [{path: '" +
                    folder_.file("events.jsonl") + "', events: [alert]}]\n",
                {"--interval", "100ms", "--set", "collect.max_series=100000"});
  ASSERT_TRUE(daemon.child().wait_for_out("\"alert\":\"There\""));
  const std::string exposition = daemon.get("/metrics").body;
  expect_series(exposition, "/metrics");
  expect_promtool_content(exposition);
  expect_series(daemon.get("/metrics", "application/openmetrics-text").body, "OpenMetrics");
  const auto processes = daemon.json("/api/v1/processes?sort=pid&limit=10000").at("data").at("processes");
  expect_names(processes.get<std::vector<nlohmann::json>>(), "/api/v1/processes");
  expect_names(daemon.json("/api/v1/alerts").at("data").at("alerts").get<std::vector<nlohmann::json>>(),
               "/api/v1/alerts");
  std::vector<nlohmann::json> series;
  const nlohmann::json queried = daemon.json("/api/v1/query?query=pmon_process_threads");
  for (const auto& result : queried.at("data").at("result")) {
    series.push_back(nlohmann::json::object({{"labels", result.at("metric")}}));
  }
  expect_names(series, "/api/v1/query");
  const std::set<std::string> values = daemon.json("/api/v1/label/comm/values").at("data");
  for (const Name& name : kNames) EXPECT_TRUE(values.contains(std::string(name.text))) << name.text;
  EXPECT_EQ(daemon.json("/api/v1/series?match[]=pmon_process_threads").at("status"), "success");
  for (const char* const path : {"/", "/%3Cscript%3E"}) {
    const Daemon::Answer page = daemon.get(path);
    EXPECT_THAT(page.body, Not(HasSubstr("<script>"))) << path;
  }
  ASSERT_TRUE(eventually([&] { return folder_.read("events.jsonl").ends_with("\n"); }));
  EXPECT_EQ(daemon.stop(), 0);
  expect_names(lines_of_type(daemon.child().out(), "alert"), "stdout");
  EXPECT_FALSE(lines_of_type(folder_.read("events.jsonl"), "alert").empty());
}

TEST_F(HostileNames, GoThroughARecording) {
  Words words{"record", "-o", folder_.file("r"), "--interval", "100ms", "--duration", "500ms"};
  for (const auto& process : processes_) {
    words.emplace_back("--pid");
    words.push_back(std::to_string(process->pid()));
  }
  const Outcome recorded = run(pmon(words));
  ASSERT_EQ(recorded.status, 0) << recorded.err;
  const Words replay{"replay", folder_.file("r"), "--no-default-rules", "--rules", folder_.file("rules.yml")};
  const Outcome shown = run(pmon(replay));
  ASSERT_EQ(shown.status, 0) << shown.err;
  EXPECT_TRUE(is_harmless(shown.out + shown.err)) << nlohmann::json(shown.out).dump(-1, ' ', true);
  Words as_json = replay;
  as_json.insert(as_json.end(), {"--output", "json"});
  expect_names(lines_of_type(run(pmon(as_json)).out, "alert"), "replay");
}

// The words of the command line, and a file's text, come from whoever starts pmon, who may have them from elsewhere.
TEST(HostileWords, LeaveATerminalAlone) {
  const TempFolder folder;
  const std::string hostile = "\x1b[2J\x07\xff\xc2\x9b";
  const std::string file = folder.write("rules.yml", "groups:\n  - name: '" + hostile + "'\n    rulez: []\n");
  for (const Words& words :
       {Words{hostile}, Words{"watch", "--pid", hostile}, Words{"watch", "--name", hostile + "("},
        Words{"check", folder.file(hostile)}, Words{"check", file}, Words{"watch", "--pid", "1", "--rules", file},
        Words{"watch", "--", folder.file(hostile)}}) {
    const Outcome told = run(pmon(words));
    EXPECT_NE(told.status, 0);
    EXPECT_TRUE(is_harmless(told.out)) << nlohmann::json(told.out).dump(-1, ' ', true);
    const std::string err = told.err;
    EXPECT_EQ(err.find('\x1b'), std::string::npos) << words[0] << ": " << err;
  }
}

}  // namespace
}  // namespace pmon::test
