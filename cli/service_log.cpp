// See service_log.hpp.
#include "cli/service_log.hpp"

#include <memory>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace tarama::cli {
namespace {

spdlog::level::level_enum level_of(const Context& context, LogPlace place) {
  if (context.options.verbosity == Verbosity::verbose) {
    return spdlog::level::debug;
  }
  if (place == LogPlace::foreground) {
    return context.is_quiet() ? spdlog::level::warn : spdlog::level::info;
  }
  return context.streams.err_is_terminal || context.is_quiet() ? spdlog::level::off
                                                               : spdlog::level::warn;
}

}  // namespace

void set_up_service_log(const Context& context, LogPlace place) {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  auto logger = std::make_shared<spdlog::logger>("tarama", std::move(sink));
  logger->set_level(level_of(context, place));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace tarama::cli
