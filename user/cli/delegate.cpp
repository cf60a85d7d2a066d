// SPDX-License-Identifier: Apache-2.0
#include "cli/delegate.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace pmon::cli {
namespace {

constexpr const char* kProgram = "pmon-daemon";
constexpr const char* kInstalled = "../libexec/pmon";  // from the folder of pmon

Result<int> become_daemon_program(const char* command, const Words& words) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return fail_errno(error.value(), "find this program: read /proc/self/exe");
  std::vector<const char*> arguments = {"pmon", command};
  for (const std::string& word : words) arguments.push_back(word.c_str());
  arguments.push_back(nullptr);

  const std::filesystem::path folder = self.parent_path();
  const std::filesystem::path beside = folder / kProgram;  // in a build folder
  const std::filesystem::path installed = (folder / kInstalled / kProgram).lexically_normal();
  for (const auto& program : {beside, installed}) {
    ::execv(program.c_str(), const_cast<char**>(arguments.data()));
    if (errno != ENOENT) return fail_errno(errno, "start " + program.string());
  }
  return fail(ErrorKind::kFailed,
              std::string(kProgram) + " is neither " + beside.string() + " nor " + installed.string(),
              "install pmon as a whole: 'pmon run' and 'pmon check' are in that program");
}

}  // namespace

Result<int> delegate_run(const Words& words) { return become_daemon_program("run", words); }
Result<int> delegate_check(const Words& words) { return become_daemon_program("check", words); }

}  // namespace pmon::cli
