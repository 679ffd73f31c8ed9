// See own_orchestrator.hpp.
#include "cli/own_orchestrator.hpp"

#include "cli/await_sweep.hpp"
#include "cli/min_free.hpp"
#include "cli/orchestrator_client.hpp"
#include "cli/service_log.hpp"
#include "cli/service_settings.hpp"
#include "cli/slow_work.hpp"
#include "cli/stop_mark.hpp"
#include "cli/text/number_text.hpp"
#include "db/similar_store.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <poll.h>
#include <utility>

namespace tarama::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Service = Result<std::unique_ptr<LocalService>>;

/// Where a store of nearly the same name is meant, a new one would hide its results.
void say_if_store_is_new(const Context& context) {
  std::error_code ignored;
  if (std::filesystem::exists(context.folder().database(), ignored)) {
    return;
  }
  if (const auto similar = db::similar_store(context.store())) {
    context.note(fmt::format(
        "{} is a new store; beside it there is {}", context.store().string(), similar->string()));
  }
}

Service try_join_or_start(const Context& context,
                          const OrchestratorOptions& options,
                          const std::stop_token& stop) {
  const auto running = find_orchestrator(context);
  if (!running) {
    return running.error();
  }
  if (running->has_value()) {
    context.note(fmt::format(
        "joining the orchestrator of {} (pid {})", context.store().string(), (*running)->pid));
    return std::unique_ptr<LocalService>();
  }
  auto service = service_options(context, options);
  if (!service) {
    return service.error();
  }
  say_if_store_is_new(context);
  set_up_service_log(context, LogPlace::background);
  service->stop = stop;
  return LocalService::start(std::move(*service));
}

/// Answers signals on behalf of a service that is to end.
class Farewell {
 public:
  Farewell(const Context& context, LocalService& service, Interrupts& interrupts, int answered)
      : context_(context), service_(service), interrupts_(interrupts), answered_(answered) {}

  void answer_signals() {
    if (interrupts_.count() <= answered_) {
      return;
    }
    answered_ = interrupts_.count();
    // The shell and the kernel may both tell of one hang-up.
    constexpr std::chrono::milliseconds same_event{200};
    const bool is_echo =
        interrupts_.last_signal() == SIGHUP && Clock::now() - asked_at_ < same_event;
    if (is_asked_ && !is_echo) {
      service_.stop_now(128 + interrupts_.last_signal());
    } else if (!is_asked_) {
      ask();
    }
  }

  void ask() {
    is_asked_ = true;
    asked_at_ = Clock::now();
    context_.note(
        service_.sweep_of_on_end()
            ? "stopping: on_end is asked to end, and comes again at the next start; the next "
              "signal "
              "ends it at once"
            : "stopping: running runs save a checkpoint; the next signal ends them at once");
    service_.drain();
  }

  void say_what_is_awaited() {
    const auto sweep = service_.sweep_of_on_end();
    if (sweep && sweep != said_ && !is_asked_) {
      context_.note(fmt::format("waiting for on_end of sweep {}; Ctrl-C ends it", *sweep));
      said_ = sweep;
    }
  }

 private:
  const Context& context_;
  LocalService& service_;
  Interrupts& interrupts_;
  int answered_;
  bool is_asked_ = false;
  Clock::time_point asked_at_;
  std::optional<SweepId> said_;
};

Result<void> wait_for_end(LocalService& service, Interrupts& interrupts, Farewell& farewell) {
  while (!service.has_ended(std::chrono::milliseconds(1))) {
    farewell.answer_signals();
    farewell.say_what_is_awaited();
    interrupts.wait(std::chrono::milliseconds(200));  // woken at the end
  }
  return service.outcome();
}

/// Ctrl-C: our own orchestrator stops resumably (a second one: at once), a foreign one goes on.
ExitCode stop_early(const Context& context,
                    LocalService* service,
                    const Errand& errand,
                    Interrupts& interrupts) {
  if (service == nullptr) {
    context.note(
        fmt::format("detached; sweep {} goes on. `tarama watch {}` shows it, `tarama "
                    "cancel {}` ends it",
                    errand.sweep,
                    errand.sweep,
                    errand.sweep));
    return ExitCode::interrupted;
  }
  Farewell farewell(context, *service, interrupts, interrupts.count());
  farewell.ask();
  if (const auto outcome = wait_for_end(*service, interrupts, farewell); !outcome) {
    return context.fail(outcome.error());
  }
  context.note(fmt::format("stopped; this goes on: {}", errand.command));
  return ExitCode::interrupted;
}

}  // namespace

/// Another `tarama run` may take the store between our question and our start, and one that ends
/// holds the lock a moment longer than the socket: so the question is asked again for a while.
Service join_or_start(const Context& context,
                      const OrchestratorOptions& options,
                      const std::stop_token& stop) {
  constexpr int tries = 20;
  for (int i = 1;; ++i) {
    auto service = try_join_or_start(context, options, stop);
    const bool is_taken = !service && service.error().code == Errc::refused;
    if (!is_taken || i == tries || stop.stop_requested()) {
      return service;
    }
    poll(nullptr, 0, 100);
  }
}

std::optional<Service> join_or_start_interruptibly(const Context& context,
                                                   const OrchestratorOptions& options,
                                                   Interrupts& interrupts) {
  return unless_interrupted<Service>(interrupts, [&](const std::stop_token& stop) {
    return join_or_start(context, options, stop);
  });
}

namespace {

// For a daemon that somebody or something starts again; nothing is lost but that time.
constexpr std::chrono::seconds patience_with_others{10};

Result<AwaitEnd> await_errand(const Context& context,
                              const LocalService* service,
                              const Errand& errand,
                              Interrupts& interrupts) {
  AwaitRequest request{
      .sweep = errand.sweep,
      .progress = context.is_quiet() ? Progress::hidden : Progress::shown,
      .limit = {},
      .patience = service != nullptr ? std::chrono::seconds(0) : patience_with_others,
      .since = 0,
      .on_finished = {}};
  return await_sweep(context, request, interrupts);
}

/// Whether nobody holds the store, and nobody wanted that.
bool is_left_alone(const Context& context) {
  const auto peer = find_orchestrator(context);
  return peer && !*peer && !is_marked_as_stopped(context);
}

}  // namespace

ExitCode see_through(const Context& context,
                     LocalService* service,
                     const Errand& errand,
                     Interrupts& interrupts) {
  std::unique_ptr<LocalService> successor;
  auto end = await_errand(context, service, errand, interrupts);
  while (!end && service == nullptr && is_left_alone(context)) {
    context.note(
        fmt::format("no other has come: this command goes on with sweep {} itself, and "
                    "with all others of the store",
                    errand.sweep));
    auto started = join_or_start_interruptibly(context, errand.orchestrator, interrupts);
    if (!started) {
      return ExitCode::interrupted;
    }
    if (!*started) {
      return context.fail(started->error());
    }
    successor = std::move(**started);
    service = successor.get();
    end = await_errand(context, service, errand, interrupts);
  }
  if (end && *end == AwaitEnd::interrupted) {
    return stop_early(context, service, errand, interrupts);
  }
  if (service != nullptr) {
    const int answered = interrupts.count();
    service->finish();
    if (const auto outcome = see_off(context, *service, interrupts, answered); !outcome) {
      return context.fail(outcome.error());
    }
    if (end && interrupts.count() > answered) {
      context.note(
          fmt::format("stopped behind the end of sweep {}: `tarama levels {}` has its result",
                      errand.sweep,
                      errand.sweep));
      return ExitCode::interrupted;
    }
  }
  return end ? ExitCode::done : context.fail(end.error());
}

ExitCode leave_with(const Context& context,
                    LocalService* service,
                    const Error& error,
                    Interrupts& interrupts) {
  if (service != nullptr) {
    const int answered = interrupts.count();
    service->drain();
    static_cast<void>(see_off(context, *service, interrupts, answered));  // the first error counts
  }
  return context.fail(error);
}

std::string command_that_goes_on(const Context& context, SweepId sweep) {
  return fmt::format("tarama serve --store {}, with sweep {} and all others of the store",
                     shell_word(context.store().string()),
                     sweep);
}

void declare_orchestrator(CLI::App& app, OrchestratorOptions& options) {
  app.add_option(
         "--worker",
         options.worker,
         "The worker program; default: $TARAMA_WORKER, else the tarama-worker beside tarama")
      ->type_name("PROGRAM");
  app.add_option(
         "--return-time",
         options.return_time,
         "How long workers of an orchestrator that died may take to come back, before their "
         "runs go to others; default: $TARAMA_RETURN_TIME, else 30s")
      ->type_name("DURATION");
  app.add_option("--worker-grace",
                 options.grace,
                 "How long a worker lives on without an orchestrator, once its run is over; "
                 "default: $TARAMA_WORKER_GRACE, else 10m")
      ->type_name("DURATION");
  app.add_option("--min-free", options.min_free, min_free_help)->type_name("SIZE");
  app.add_option("--cache-age",
                 options.cache_age,
                 "Remove tokenized data at the start that nobody used for so long; default: "
                 "$TARAMA_CACHE_AGE, else 720h")
      ->type_name("DURATION");
}

Result<void> see_off(const Context& context,
                     LocalService& service,
                     Interrupts& interrupts,
                     int answered) {
  Farewell farewell(context, service, interrupts, answered);
  return wait_for_end(service, interrupts, farewell);
}

}  // namespace tarama::cli
