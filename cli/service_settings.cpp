// What was said, else the environment, else the usual.
#include "cli/service_settings.hpp"

#include "cli/local_service.hpp"
#include "cli/min_free.hpp"
#include "cli/text/number_text.hpp"

#include <fmt/format.h>

#include <chrono>

namespace tarama::cli {
namespace {

Result<std::chrono::milliseconds> duration_of(const char* option,
                                              const std::string& text,
                                              std::chrono::milliseconds otherwise) {
  if (text.empty()) {
    return otherwise;
  }
  const auto duration = parse_duration(text);
  if (!duration) {
    return Error{
        Errc::invalid_argument,
        fmt::format("{}: '{}' is not a duration; expected one like 90s, 5m, 2h", option, text)};
  }
  return *duration;
}

}  // namespace

Result<orchestrator::ServiceOptions> service_options(const Context& context,
                                                     const OrchestratorOptions& options) {
  const auto or_environment = [&](const std::string& text, const char* name) {
    return text.empty() ? context.environment(name).value_or("") : text;
  };
  const auto program = find_worker_program(context, options.worker);
  if (!program) {
    return program.error();
  }
  const auto min_free = min_free_of(context, options.min_free);
  if (!min_free) {
    return min_free.error();
  }
  orchestrator::ServiceOptions service{
      .store = context.store(), .worker_program = *program, .min_free = *min_free};
  const auto return_time = duration_of("--return-time",
                                       or_environment(options.return_time, "TARAMA_RETURN_TIME"),
                                       service.return_time);
  const auto grace = duration_of(
      "--worker-grace", or_environment(options.grace, "TARAMA_WORKER_GRACE"), service.worker_grace);
  const auto cache_age = duration_of(
      "--cache-age", or_environment(options.cache_age, "TARAMA_CACHE_AGE"), service.cache_age);
  // Nobody but a test has reason to change it.
  const auto look = duration_of("TARAMA_SHARING_LOOK",
                                context.environment("TARAMA_SHARING_LOOK").value_or(""),
                                service.sharing_look);
  if (!look) {
    return look.error();
  }
  service.sharing_look = *look;
  if (!return_time || !grace) {
    return return_time ? grace.error() : return_time.error();
  }
  if (!cache_age) {
    return cache_age.error();
  }
  service.cache_age = *cache_age;
  service.return_time = *return_time;
  service.worker_grace = *grace;
  return service;
}

}  // namespace tarama::cli
