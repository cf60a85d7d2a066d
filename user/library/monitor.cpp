// SPDX-License-Identifier: Apache-2.0
#include "pmon/monitor.h"

#include <unistd.h>

#include <exception>
#include <new>
#include <utility>

#include "library/instance.h"

namespace pmon {

// An instance, in the process that it watches.
class Monitor::Handle {
 public:
  explicit Handle(std::shared_ptr<library::Instance> instance) : instance_(std::move(instance)) {}
  ~Handle() {
    if (here()) {
      instance_->abandon();
    } else {
      // A child has the memory of the instance and not its threads: nothing of it can be ended or freed.
      (void)new (std::nothrow) std::shared_ptr<library::Instance>(std::move(instance_));
    }
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  [[nodiscard]] bool here() const { return getpid() == pid_; }
  [[nodiscard]] library::Instance& instance() const { return *instance_; }

 private:
  pid_t pid_ = getpid();
  std::shared_ptr<library::Instance> instance_;
};

namespace {

// The words are lost where there is no memory even for them.
std::unexpected<Error> failed(const char* words) noexcept {
  Error error;
  try {
    error.message = words;
  } catch (const std::exception&) {
    error.message.clear();
  }
  return std::unexpected(std::move(error));
}

// What `work` returns; whatever is thrown, by a copy of a callback perhaps, is an error.
template <typename Work>
auto guarded(Work work) noexcept -> decltype(work()) {
  try {
    return work();
  } catch (const std::exception& e) {
    return failed(e.what());
  } catch (...) {
    return failed("something was thrown that is no std::exception");
  }
}

}  // namespace

Monitor::Monitor(std::unique_ptr<Handle> handle) noexcept : handle_(std::move(handle)) {}
Monitor::Monitor(Monitor&& other) noexcept = default;
Monitor& Monitor::operator=(Monitor&& other) noexcept = default;
Monitor::~Monitor() = default;

Result<Monitor> Monitor::start(MonitorOptions options) noexcept {
  return guarded([&]() -> Result<Monitor> {
    auto instance = library::Instance::start(std::move(options));
    if (!instance) return std::unexpected(instance.error());
    return Monitor(std::make_unique<Handle>(std::move(*instance)));
  });
}

void Monitor::stop() noexcept {
  if (handle_ && handle_->here()) handle_->instance().stop();
}

bool Monitor::running() const noexcept { return handle_ && handle_->here() && handle_->instance().running(); }

std::string Monitor::health() const noexcept {
  if (!handle_ || !handle_->here()) return R"({"alive":false,"status":"stopped","ready":false})";
  try {
    return handle_->instance().health();
  } catch (const std::exception&) {
    return {};
  }
}

Result<std::vector<MonitorAlert>> Monitor::alerts() const noexcept {
  return guarded([&]() -> Result<std::vector<MonitorAlert>> {
    if (!running()) return fail(ErrorKind::kFailed, "the monitor does not run");
    return handle_->instance().alerts();
  });
}

int Monitor::http_port() const noexcept { return handle_ && handle_->here() ? handle_->instance().http_port() : 0; }

}  // namespace pmon
