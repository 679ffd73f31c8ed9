// See orchestrator_client.hpp.
#include "cli/orchestrator_client.hpp"

#include "cli/text/number_text.hpp"
#include "core/sweep/errc_names.hpp"
#include "transport/control_client.hpp"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <utility>

namespace tarama::cli {
namespace {

using nlohmann::ordered_json;

// Submitting 100,000 runs is one transaction of some seconds; a minute without an answer is a
// hung orchestrator, not a busy one.
constexpr std::chrono::seconds longest_answer{60};

Result<ordered_json> parse_reply(const std::string& text) {
  ordered_json reply = ordered_json::parse(text, nullptr, false);
  if (!reply.is_object()) {
    return Error{Errc::corrupt, "the orchestrator answered with something that is not a document"};
  }
  const auto error = reply.find("error");
  if (error == reply.end()) {
    // Spelled out: a document can be made of anything, so that the short form is ambiguous.
    return Result<ordered_json>(Result<ordered_json>::in_place_value, std::move(reply));
  }
  const std::string code = error->is_object() ? error->value("code", "internal") : "internal";
  const std::string message =
      error->is_object() ? error->value("message", "no reason given") : error->dump();
  return Error{errc_named(code).value_or(Errc::internal), message};
}

Result<std::string> ask_text(const Context& context, const ordered_json& request) {
  const std::string text = request.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  return transport::ask(context.folder().control_socket(), text, longest_answer);
}

/// Asks again while the socket accepts and closes at once: so does that of a process that is just
/// being killed, until the kernel has taken it down.
Result<std::string> ping(const Context& context) {
  constexpr int most_tries = 100;  // 2 s; a killed process was seen to need 50 ms
  for (int tries = 1;; ++tries) {
    auto text = ask_text(context, {{"do", "ping"}});
    if (text || text.error().code != Errc::io || tries == most_tries) {
      return text;
    }
    poll(nullptr, 0, 20);
  }
}

}  // namespace

Error no_orchestrator(const Context& context) {
  return {Errc::refused,
          fmt::format("no orchestrator runs on the store {}; start one with `tarama serve --store "
                      "{}`, or name another store by --store",
                      context.store().string(),
                      shell_word(context.store().string()))};
}

Result<ordered_json> ask_orchestrator(const Context& context, const ordered_json& request) {
  const auto text = ask_text(context, request);
  if (!text) {
    return text.error().code == Errc::not_found ? no_orchestrator(context) : text.error();
  }
  return parse_reply(*text);
}

Result<std::optional<Peer>> find_orchestrator(const Context& context) {
  const auto text = ping(context);
  if (!text) {
    if (text.error().code == Errc::not_found) {
      return std::optional<Peer>();
    }
    return text.error();
  }
  const auto reply = parse_reply(*text);
  if (!reply) {
    return reply.error();
  }
  return std::optional(Peer{reply->value("pid", std::int64_t{0}),
                            reply->value("version", ""),
                            reply->value("trainer", "")});
}

}  // namespace tarama::cli
