// Which request is of which family, and what is said of one that is of none.
#include "orchestrator/requests/requests.hpp"

#include "core/bytes/json_extent.hpp"
#include "core/sweep/errc_names.hpp"
#include "protocol/messages.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <unistd.h>
#include <utility>

namespace tarama::orchestrator {
namespace {

using json = nlohmann::ordered_json;

/// The requests that any version may make: they are as old as the frozen frames.
bool is_for_all_versions(const std::string& what) {
  return what == "ping" || what == "drain" || what == "stop_now";
}

Error other_version(std::uint16_t version) {
  return {Errc::refused,
          fmt::format("this orchestrator is tarama {} and speaks protocol version {}, this command "
                      "version {}; use the same version of tarama, or end the orchestrator with "
                      "`tarama stop` first",
                      TARAMA_VERSION,
                      protocol::version,
                      version)};
}

}  // namespace

json error_document(const Error& error) {
  return {{"error", {{"code", name_of(error.code)}, {"message", error.message}}}};
}

void Requests::answer(const std::string& text, std::uint16_t version, Orchestrator::Answer answer) {
  // Texts may hold bytes that are no UTF-8 (a worker's message, a file name): replaced, so that
  // the answer is always JSON.
  const Reply reply = [answer = std::move(answer)](const json& document) {
    answer(document.dump(-1, ' ', false, json::error_handler_t::replace));
  };
  if (const auto flaw = beyond(ordered_json_limits, text)) {
    return reply(error_document(
        {Errc::invalid_argument, fmt::format("the request is too much: {}", *flaw)}));
  }
  try {
    const json request = json::parse(text);
    const auto what = request.at("do").get<std::string>();
    if (version != protocol::version && !is_for_all_versions(what)) {
      reply(error_document(other_version(version)));
    } else if (what == "ping") {
      reply({{"pid", getpid()}, {"version", TARAMA_VERSION}, {"trainer", orchestrator_.trainer()}});
    } else if (what == "status") {
      status_request(orchestrator_, request, reply);
    } else if (what == "submit") {
      submit_request(orchestrator_, request, reply);
    } else if (what == "extend") {
      extend_request(orchestrator_, request, reply);
    } else if (what == "refine") {
      refine_request(orchestrator_, request, reply);
    } else if (what == "priority") {
      priority_request(orchestrator_, request, reply);
    } else if (what == "drain") {
      reply(json::object());
      orchestrator_.drain();
    } else if (what == "stop_now") {
      reply(json::object());
      stop_now_();
    } else {
      steer_request(orchestrator_, request, reply);
    }
  } catch (const json::exception& error) {
    reply(error_document(
        {Errc::invalid_argument, fmt::format("the request does not decode: {}", error.what())}));
  }
}

}  // namespace tarama::orchestrator
