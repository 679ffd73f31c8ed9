// `tarama dash`: the page to watch, served to the browsers of this machine by a process of its own.
#include "cli/command.hpp"
#include "cli/interrupts.hpp"
#include "cli/page/page_service.hpp"
#include "cli/text/text_width.hpp"
#include "db/sqlite/read_store.hpp"
#include "web/server/http_server.hpp"
#include "web/server/request_guard.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <spawn.h>
#include <string>
#include <unistd.h>

extern char** environ;  // NOLINT: what POSIX calls it

namespace tarama::cli {
namespace {

// Tried where none is named, so that an address in the browser's history leads somewhere; of no
// known program.
constexpr std::uint16_t usual_port = 4680;
constexpr std::size_t answering_threads = 2;  // a long question, and all others

struct DashOptions {
  std::optional<std::uint16_t> port;
  bool wants_browser = false;
  bool has_control = false;
};

std::string address_of(const web::HttpServer& server, const std::string& token) {
  // Behind the #, the token is never sent and stands in no log.
  return fmt::format("http://127.0.0.1:{}/#token={}", server.port(), token);
}

/// "HOST" of whoever came here by ssh.
std::string own_host() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "THIS-MACHINE";
}

/// The system's own program for that; one that fails leaves the address on the terminal.
void open_browser(const Context& context, const std::string& address) {
  std::string program = "xdg-open";
  std::string argument = address;
  std::array<char*, 3> command = {program.data(), argument.data(), nullptr};
  pid_t child = 0;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  const int failed =
      posix_spawnp(&child, program.c_str(), &actions, nullptr, command.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    context.note("no browser could be started (xdg-open); open the address by hand");
  }
}

void print_address(const Context& context,
                   const web::HttpServer& server,
                   const std::string& token) {
  const std::string address = address_of(server, token);
  if (context.wants_json()) {
    context.print_json({{"url", address}, {"port", server.port()}, {"pid", getpid()}});
  } else {
    context.streams.out << address << '\n';
  }
  context.streams.out.flush();
  if (!context.environment("SSH_CONNECTION").value_or("").empty()) {
    context.note(
        fmt::format("from your own machine: ssh -L {0}:127.0.0.1:{0} {1}, then open it there",
                    server.port(),
                    printable(own_host())));
  }
}

Result<std::unique_ptr<web::HttpServer>> start_server(const DashOptions& options,
                                                      web::ServerOptions server) {
  server.port = options.port.value_or(usual_port);
  auto started = web::HttpServer::start(server);
  if (!started && !options.port) {
    server.port = 0;
    started = web::HttpServer::start(server);
  }
  return started;
}

ExitCode dash(const Context& context, const DashOptions& options) {
  if (const auto store = db::ReadStore::open(context.folder().database()); !store) {
    return context.fail(store.error());
  }
  Interrupts interrupts;
  PageService service(
      context, options.has_control ? PageControl::allowed : PageControl::none, answering_threads);
  const std::string token = web::new_token();
  const auto server =
      start_server(options,
                   {.port = 0,
                    .token = token,
                    .handler = [&](const web::Request& request,
                                   std::size_t worker) { return service.answer(request, worker); },
                    .changes = [&](std::int64_t& cursor,
                                   std::size_t worker) { return service.changes(cursor, worker); },
                    .workers = answering_threads});
  if (!server) {
    return context.fail(server.error());
  }
  print_address(context, **server, token);
  context.note(fmt::format("showing the store {}{}; Ctrl-C ends it",
                           printable(context.store().string()),
                           options.has_control ? ", and steering it" : ""));
  if (options.wants_browser) {
    open_browser(context, address_of(**server, token));
  }
  while (interrupts.count() == 0) {
    interrupts.wait(std::chrono::hours(1));
  }
  return interrupts.last_signal() == SIGINT ? ExitCode::interrupted : ExitCode::done;
}

}  // namespace

Command dash_command() {
  return {"dash",
          "Show the store in a browser: answers, curves, runs, live; on this machine alone",
          "tarama dash --open",
          [](CLI::App& app) -> Action {
            const auto options = std::make_shared<DashOptions>();
            app.add_option("--port",
                           options->port,
                           fmt::format("Of 127.0.0.1; default: {}, or a free one where that is "
                                       "taken; 0: a free one",
                                       usual_port))
                ->type_name("PORT");
            app.add_flag("--open", options->wants_browser, "Open the page in the browser");
            app.add_flag("--control",
                         options->has_control,
                         "Let the page pause, resume and cancel sweeps, and retry their runs");
            return [options](const Context& context) { return dash(context, *options); };
          }};
}

}  // namespace tarama::cli
