// SPDX-License-Identifier: Apache-2.0
// Whatever root's pmon writes or reads in a folder where another user may write: nothing that this one puts there leads
// elsewhere, makes pmon wait, or is taken for pmon's own.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../support/temp_folder.h"
#include "delivery/spool.h"
#include "export/rotating_file.h"
#include "export/textfile.h"
#include "monitor/alert_memory.h"
#include "monitor/silence_file.h"
#include "monitor/state_folder.h"
#include "recording/recording_writer.h"

namespace pmon::daemon {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr uid_t kNobody = 65534;
constexpr const char* kPrecious = "{\"precious\":1}\n{half";  // what a writer of lines would cut, and go on with

// "" where it went well.
template <typename T>
std::string error_of(const Result<T>& result) {
  return result ? "" : result.error().text();
}

std::string append_line(const std::string& path) {
  auto file = RotatingFile::open({path, 1000, 1});
  return file ? error_of(file->append("{1}\n")) : error_of(file);
}

std::string record(const std::string& path) {
  return error_of(recording::RecordingWriter::open({path, 1 << 20, 1}, {}, {1000, 1000, 1000}));
}

std::string write_textfile(const std::string& path) {
  const auto writer = TextfileWriter::open(path);
  return writer ? error_of(writer->write("text\n")) : error_of(writer);
}

std::string take_lock(const std::string& path) {
  const auto lock = monitor::FileLock::try_take(path);
  if (lock) lock->note("4711");
  return error_of(lock);
}

std::string read_silences(const std::string& path) {
  return error_of(monitor::SilenceFile(std::filesystem::path(path).parent_path()).read());
}

struct Use {
  const char* name;
  std::string (*run)(const std::string& path);
  const char* file;
};
constexpr Use kAppend{"append", append_line, "pmon.jsonl"};
constexpr Use kLock{"lock", take_lock, "lock"};
constexpr Use kSilences{"silences", read_silences, "silences.json"};
constexpr Use kRecord{"record", record, "pmon.rec"};
constexpr Use kTextfile{"textfile", write_textfile, "pmon.prom"};

// Both with a folder where everybody may make files, as /tmp, and with another user's own, which the kernel's
// fs.protected_* leave alone.
class HostileFolder : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to be another user, too";
    alarm(20);  // who waits for a pipe is ended by it
    std::filesystem::create_directory(in_);
    ASSERT_EQ(::chmod(in_.c_str(), everybodys() ? 01777 : 0755), 0);
    if (!everybodys()) give(in_);
    std::ofstream(victim_) << kPrecious;
  }
  void TearDown() override {
    alarm(0);
    if (IsSkipped()) return;
    EXPECT_EQ(home_.read("victim"), kPrecious);
  }
  static bool everybodys() { return GetParam(); }
  static void give(const std::string& path) { ASSERT_EQ(::lchown(path.c_str(), kNobody, kNobody), 0) << path; }
  std::string at(const std::string& name) const { return in_ + "/" + name; }
  std::string link(const std::string& name, const std::string& to) const {
    std::filesystem::create_symlink(to, at(name));
    give(at(name));
    return at(name);
  }
  std::string pipe(const std::string& name) const {
    EXPECT_EQ(::mkfifo(at(name).c_str(), 0666), 0);
    give(at(name));
    return at(name);
  }
  std::string theirs(const std::string& name, const std::string& text) const {
    std::ofstream(at(name)) << text;
    EXPECT_EQ(::chmod(at(name).c_str(), 0666), 0);
    give(at(name));
    return at(name);
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(in_)) names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
  }

  const test::TempFolder home_;
  const std::string in_ = home_.file("in");
  const std::string victim_ = home_.file("victim");
};

TEST_P(HostileFolder, LinksLeadNowhere) {
  for (const Use& use : {kAppend, kLock, kSilences}) {
    EXPECT_THAT(use.run(link(use.file, victim_)), HasSubstr("symbolic link")) << use.name;
    std::filesystem::remove(at(use.file));
    const std::string nothing = home_.file("made by a link");
    EXPECT_THAT(use.run(link(use.file, nothing)), HasSubstr("symbolic link")) << use.name;
    EXPECT_FALSE(std::filesystem::exists(nothing)) << use.name;
  }
}

TEST_P(HostileFolder, SecondNamesOfFilesElsewhereAreNotWrittenTo) {
  for (const Use& use : {kAppend, kLock}) {
    std::filesystem::create_hard_link(victim_, at(use.file));
    EXPECT_THAT(use.run(at(use.file)), HasSubstr("second name")) << use.name;
  }
}

TEST_P(HostileFolder, NobodyWaitsForAPipe) {
  for (const Use& use : {kAppend, kLock, kSilences, kRecord, kTextfile}) {
    EXPECT_THAT(use.run(pipe(use.file)), AllOf(HasSubstr(use.file), testing::Not(HasSubstr("locked")))) << use.name;
  }
}

// In a folder of the other user's own it is what the administrator asked for.
TEST_P(HostileFolder, AFileOfAStrangersIsNotOurs) {
  for (const Use& use : {kAppend, kLock, kSilences}) {
    const std::string told =
        use.run(theirs(use.file, use.file == kSilences.file ? R"({"version":1,"silences":[]})" : ""));
    EXPECT_THAT(told, everybodys() ? HasSubstr("another user's") : HasSubstr("")) << use.name;
    EXPECT_EQ(told.empty(), !everybodys()) << told;
  }
}

TEST_P(HostileFolder, TextfilesReplaceWhatIsThere) {
  struct stat info {};
  EXPECT_EQ(write_textfile(link("pmon.prom", victim_)), "");
  ASSERT_EQ(::lstat(at("pmon.prom").c_str(), &info), 0);
  EXPECT_TRUE(S_ISREG(info.st_mode) && info.st_uid == 0);
  std::filesystem::remove(at("pmon.prom"));
  std::filesystem::create_hard_link(victim_, at("pmon.prom"));
  EXPECT_EQ(write_textfile(at("pmon.prom")), "");
  EXPECT_THAT(files(), ElementsAre("pmon.prom")) << "and nothing else stays";
}

TEST_P(HostileFolder, RecordingsAreMadeAnew) {
  EXPECT_THAT(record(link("pmon.rec", victim_)), HasSubstr("is no recording"));
  std::filesystem::remove(at("pmon.rec"));
  EXPECT_NE(record(link("pmon.rec", home_.file("made by a link"))), "");
  EXPECT_FALSE(std::filesystem::exists(home_.file("made by a link")));
  std::filesystem::remove(at("pmon.rec"));
  link("pmon.rec.1", victim_);
  EXPECT_EQ(record(at("pmon.rec")), "");
  EXPECT_EQ(record(at("pmon.rec")), "") << "the first one's place is that of the link";
  EXPECT_FALSE(std::filesystem::is_symlink(at("pmon.rec.1")));
}

TEST_P(HostileFolder, StateIsNotKeptInAStrangersFolder) {
  const auto open = [](const std::string& path) { return error_of(monitor::AlertMemory::open(path)); };
  std::filesystem::create_directory(at("state"));
  give(at("state"));
  EXPECT_EQ(open(at("state")).empty(), !everybodys());
  std::filesystem::remove_all(at("state"));
  std::filesystem::create_directory(home_.file("elsewhere"));
  const std::string through = link("state", home_.file("elsewhere"));
  if (!everybodys()) return;  // that one may lead its own administrator astray
  EXPECT_THAT(open(through), HasSubstr("another user's"));
  EXPECT_TRUE(std::filesystem::is_empty(home_.file("elsewhere")));
  EXPECT_THAT(open(in_), HasSubstr("others may write there"));
}

TEST_P(HostileFolder, StateIsNotKeptWhereAGroupOfOthersMayWrite) {
  constexpr gid_t kGroup = 54321;
  const std::string shared = home_.file("shared");
  std::filesystem::create_directory(shared);
  const auto open = [](const std::string& path) { return error_of(monitor::AlertMemory::open(path)); };
  ASSERT_EQ(chmod(shared.c_str(), 0775), 0);
  EXPECT_EQ(open(shared), "") << "of this process's own group";
  ASSERT_EQ(chown(shared.c_str(), 0, kGroup), 0);
  EXPECT_THAT(open(shared), HasSubstr("others may write there"));
  ASSERT_EQ(chmod(shared.c_str(), 0755), 0);
  EXPECT_EQ(open(shared), "") << "which may read it";
}

TEST_P(HostileFolder, NoAlertsAreTakenFromALinkOrAPipe) {
  std::vector<Notice> notices;
  auto memory = monitor::AlertMemory::open(at("state"));
  ASSERT_TRUE(memory) << memory.error().text();
  link("state/alerts.json", victim_);
  EXPECT_FALSE(memory->load({1000, 1000, 1000}, notices));
  pipe("state/alerts.json");
  EXPECT_FALSE(memory->load({1000, 1000, 1000}, notices));
  ASSERT_EQ(notices.size(), 2U);
  EXPECT_THAT(notices[0].text, HasSubstr("symbolic link"));
  EXPECT_THAT(notices[1].text, HasSubstr("not a regular file"));
}

TEST_P(HostileFolder, ASpoolIsNotKeptInAStrangersFolder) {
  std::filesystem::create_directory(at("spool"));
  give(at("spool"));
  const auto open = [&] { return error_of(delivery::Spool::open(at("spool"), 1 << 20)); };
  EXPECT_EQ(open().empty(), !everybodys());
  std::filesystem::remove_all(at("spool"));
  std::filesystem::create_directory(at("spool"));
  std::filesystem::create_hard_link(victim_, at("spool/queue.db"));
  EXPECT_THAT(open(), HasSubstr("second name"));
}

// As when the names of the last run were seen: what comes next cannot be foreseen, and is nowhere while it is written.
TEST_P(HostileFolder, TemporaryNamesAreNotForeseen) {
  const auto writer = TextfileWriter::open(at("pmon.prom"));
  ASSERT_TRUE(writer);
  for (const std::string& name :
       {"." + std::string("pmon.prom.tmp"), ".pmon.prom." + std::to_string(getpid()) + ".tmp"}) {
    link(name, victim_);
  }
  EXPECT_TRUE(writer->write("text\n"));
  EXPECT_EQ(files().size(), 3U) << "what others have there is left alone";
}

INSTANTIATE_TEST_SUITE_P(Everybodys, HostileFolder, testing::Bool(),
                         [](const auto& test) { return test.param ? "AsTmp" : "OfAnotherUser"; });

}  // namespace
}  // namespace pmon::daemon
