// SPDX-License-Identifier: Apache-2.0
#include "cli/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "export/utf8.h"

namespace pmon::cli {

void set_up_log(const std::string& level) {
  auto logger = std::make_shared<spdlog::logger>("pmon", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(spdlog::level::from_str(level));
  // Where both go to a terminal, the live line must make room.
  const bool over_status = isatty(STDERR_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
  logger->set_pattern(std::string(over_status ? "\r\x1b[K" : "") + "pmon: %l: %v");
  spdlog::set_default_logger(std::move(logger));
}

void log_warning(const std::string& text) { spdlog::warn("{}", harmless_lines(text)); }

void log_notice(const Notice& notice) {
  const std::string text = harmless_lines(notice.text);
  switch (notice.level) {
    case Notice::Level::kInfo: spdlog::info("{}", text); break;
    case Notice::Level::kWarning: spdlog::warn("{}", text); break;
    case Notice::Level::kError: spdlog::error("{}", text); break;
  }
}

}  // namespace pmon::cli
