// SPDX-License-Identifier: Apache-2.0
#include "monitor/targets_match.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "collect/proc_stat.h"
#include "collect/proc_status.h"

namespace pmon::monitor {

namespace {

// The last component of where /proc/PID/exe points.
std::string_view executable_name(std::string_view exe) {
  constexpr std::string_view kDeleted = " (deleted)";
  if (exe.ends_with(kDeleted)) exe.remove_suffix(kDeleted.size());
  return exe.substr(exe.rfind('/') + 1);
}

std::unexpected<Error> no_such_process(std::int32_t pid) {
  return fail(ErrorKind::kUsage, fmt::format("no process has pid {}", pid),
              "see 'ps -e'; to wait for a program by its name use --name with --wait");
}

// Where the innermost '(' that nothing closes stands; npos where there is none.
std::size_t unclosed_parenthesis(const std::string& text) {
  std::vector<std::size_t> open;
  bool in_class = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      ++i;
    } else if (in_class) {
      in_class = c != ']';
    } else if (c == '[') {
      in_class = true;
    } else if (c == '(') {
      open.push_back(i);
    } else if (c == ')' && !open.empty()) {
      open.pop_back();
    }
  }
  return open.empty() ? std::string::npos : open.back();
}

// What is wrong with a regular expression, with a caret under the place. RE2 names the wrong part, but
// for a missing parenthesis only the whole.
std::string regex_error(const std::string& text, const re2::RE2& regex) {
  std::string message = "--name: " + regex.error();
  const bool part = !regex.error_arg().empty() && regex.error_arg() != text;
  std::size_t at = part ? text.find(regex.error_arg()) : std::string::npos;
  if (regex.error_code() == re2::RE2::ErrorMissingParen) at = unclosed_parenthesis(text);
  if (at == std::string::npos) return message;
  return fmt::format("{}\n  {}\n  {:>{}}", message, text, '^', at + 1);
}

}  // namespace

Result<TargetMatch> TargetMatch::of_pid(std::int32_t pid, proc::Directory& proc) {
  std::string_view text;
  const proc::ReadStatus read = proc.read(pid, "stat", text);
  if (read == proc::ReadStatus::kDenied) {
    return fail(ErrorKind::kUsage, fmt::format("process {} may not be looked at", pid), "run as root");
  }
  const auto stat = read == proc::ReadStatus::kOk ? proc::parse_stat(text) : std::nullopt;
  if (!stat) return no_such_process(pid);
  const std::string comm(stat->comm);
  if (stat->kernel_thread()) {
    return fail(ErrorKind::kUsage, fmt::format("{} is a kernel thread ({}), not a process", pid, comm));
  }
  // /proc/TID can be opened for every thread, though it is not listed.
  const auto status = proc.read(pid, "status", text) == proc::ReadStatus::kOk ? proc::parse_status(text) : std::nullopt;
  if (!status) return no_such_process(pid);
  if (status->tgid != pid) {
    return fail(ErrorKind::kUsage, fmt::format("{} is a thread ({}) of process {}", pid, comm, status->tgid),
                fmt::format("use --pid {}", status->tgid));
  }
  if (stat->ended()) {
    return fail(ErrorKind::kUsage, fmt::format("process {} ({}) has ended; only its zombie is left", pid, comm));
  }
  TargetMatch match;
  match.label_ = fmt::format("pid {}", pid);
  match.key_ = ProcessKey{pid, stat->start_ticks};
  return match;
}

Result<TargetMatch> TargetMatch::of_name(const std::string& regex) {
  if (regex.empty()) return fail(ErrorKind::kUsage, "--name: an empty expression means every process");
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto compiled = std::make_shared<const re2::RE2>(regex, options);
  if (!compiled->ok()) {
    return fail(
        ErrorKind::kUsage, regex_error(regex, *compiled),
        "syntax as in https://github.com/google/re2/wiki/Syntax; a backslash before a character takes it as it is");
  }
  TargetMatch match;
  match.label_ = "name " + regex;
  match.option_ = fmt::format("--name '{}'", regex);
  match.regex_ = std::move(compiled);
  return match;
}

// What can be told without the host.
Result<std::vector<TargetMatch>> TargetMatch::make_recorded(const TargetSpec& spec) {
  std::vector<TargetMatch> all;
  for (const std::string& name : spec.names) {
    auto match = of_name(name);
    if (!match) return std::unexpected(match.error());
    all.push_back(std::move(*match));
  }
  return all;
}

Result<std::vector<TargetMatch>> TargetMatch::make(const TargetSpec& spec, const proc::HostPaths& paths) {
  if (spec.recorded) return make_recorded(spec);
  auto proc = proc::Directory::open(paths.proc);
  if (!proc) return std::unexpected(proc.error());
  std::vector<TargetMatch> all;
  std::optional<Error> error;
  const auto add = [&](Result<TargetMatch> match) {
    if (match) {
      all.push_back(std::move(*match));
    } else if (!error) {
      error = match.error();
    }
  };
  const auto add_cgroup = [&](Result<CgroupMatch> cgroup, const char* option) {
    if (!cgroup) return add(std::unexpected(cgroup.error()));
    TargetMatch match;
    const std::string& name = cgroup->unit().empty() ? cgroup->path() : cgroup->unit();
    match.label_ = fmt::format("{} {}", option, name);
    match.option_ = fmt::format("--{} {}", option, name);
    match.cgroup_ = std::move(*cgroup);
    add(std::move(match));
  };
  for (const std::int32_t pid : spec.pids) add(of_pid(pid, *proc));
  for (const std::string& name : spec.names) add(of_name(name));
  for (const std::string& unit : spec.units) add_cgroup(CgroupMatch::of_unit(unit, paths, spec.wait), "unit");
  for (const std::string& path : spec.cgroups) add_cgroup(CgroupMatch::of_path(path, paths, spec.wait), "cgroup");
  if (spec.command_pid != 0) {
    auto command = of_pid(spec.command_pid, *proc);
    if (command) command->label_ = "command " + spec.command;
    add(std::move(command));
  }
  if (error) return std::unexpected(*error);
  if (all.empty() && !spec.everything) {
    return fail(ErrorKind::kUsage, "no target given", "name one by --pid, --name, --unit, --cgroup or -- COMMAND");
  }
  if (spec.wait) return all;
  TargetFacts facts(std::move(*proc));
  if (auto present = check_present(all, spec, facts); !present) return std::unexpected(present.error());
  return all;
}

// Each that is not a pid must mean some process of the host.
Result<void> TargetMatch::check_present(const std::vector<TargetMatch>& all, const TargetSpec& spec,
                                        TargetFacts& facts) {
  std::vector<const TargetMatch*> missing;
  for (const TargetMatch& match : all) {
    if (match.lasting()) missing.push_back(&match);
  }
  std::vector<std::int32_t> pids;
  if (auto listed = facts.directory().list_pids(pids); !listed) return listed;
  for (const std::int32_t pid : pids) {
    if (missing.empty()) return {};
    std::string_view text;
    if (pid == spec.self_pid || facts.directory().read(pid, "stat", text) != proc::ReadStatus::kOk) continue;
    const auto stat = proc::parse_stat(text);
    if (!stat || stat->kernel_thread() || stat->ended()) continue;
    const std::string comm(stat->comm);
    const ProcessKey key{pid, stat->start_ticks};
    std::erase_if(missing, [&](const TargetMatch* match) { return facts.matches(*match, key, comm); });
  }
  if (missing.empty()) return {};
  return fail(ErrorKind::kUsage, fmt::format("no process matches {}", missing.front()->option_),
              "start it first, or add --wait to wait for it");
}

bool TargetMatch::lives() const { return key_ && (kill(key_->pid, 0) == 0 || errno == EPERM); }

bool TargetMatch::matches_name(std::string_view name) const {
  return regex_ != nullptr && re2::RE2::PartialMatch(re2::StringPiece(name.data(), name.size()), *regex_);
}

bool TargetMatch::matches_cgroup(std::string_view proc_cgroup) const {
  return cgroup_ && cgroup_->matches(proc_cgroup);
}

bool TargetFacts::matches(const TargetMatch& match, const ProcessKey& key, std::string_view comm) {
  if (match.matches_key(key)) return true;
  if (match.needs_exe()) {
    // comm is cut at 15 characters, and a process may change it.
    if (match.matches_name(comm)) return true;
    return proc_ && proc_->read_link(key.pid, "exe", exe_) && match.matches_name(executable_name(exe_));
  }
  std::string_view text;
  return proc_ && match.needs_cgroup() && proc_->read(key.pid, "cgroup", text) == proc::ReadStatus::kOk &&
         match.matches_cgroup(text);
}

}  // namespace pmon::monitor
