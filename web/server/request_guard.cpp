// See request_guard.hpp.
#include "web/server/request_guard.hpp"

#include <fmt/format.h>

#include <random>
#include <string_view>

namespace tarama::web {
namespace {

/// "localhost:8080" -> "localhost"; "[::1]:8080" -> "[::1]".
std::string_view without_port(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  if (colon == std::string_view::npos || host.ends_with(']')) {
    return host;
  }
  return host.substr(0, colon);
}

bool is_loopback_name(std::string_view host) {
  const std::string_view name = without_port(host);
  return name == "127.0.0.1" || name == "localhost" || name == "[::1]";
}

bool is_same(std::string_view given, std::string_view wanted) {
  unsigned difference = given.size() == wanted.size() ? 0 : 1;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const char c = i < given.size() ? given[i] : '\0';
    difference |= static_cast<unsigned char>(c) ^ static_cast<unsigned char>(wanted[i]);
  }
  return difference == 0;
}

std::optional<Reply> refused_by_place(const Request& request) {
  if (!is_loopback_name(request.host)) {
    return refusal(421, "refused", "this server answers as 127.0.0.1 and localhost alone");
  }
  if (!request.origin.empty() && request.origin != "http://" + request.host) {
    return refusal(403, "refused", "the request comes from another page");
  }
  // A click on a link from elsewhere may fetch the page itself, which holds no data.
  const bool is_own = request.fetch_site.empty() || request.fetch_site == "same-origin" ||
                      request.fetch_site == "none";
  if (!is_own && request.path.starts_with("/api/")) {
    return refusal(403, "refused", "the request comes from another page");
  }
  return std::nullopt;
}

std::optional<Reply> refused_by_method(const Request& request) {
  if (request.method == "GET" || request.method == "HEAD") {
    return std::nullopt;
  }
  if (request.method != "POST" || request.path != "/api/control") {
    return refusal(405, "refused", "only GET is answered here");
  }
  if (!request.content_type.starts_with("application/json")) {
    return refusal(415, "invalid_argument", "expected Content-Type: application/json");
  }
  return std::nullopt;
}

}  // namespace

std::optional<Reply> refused(const Request& request, const std::string& token) {
  if (auto reply = refused_by_place(request)) {
    return reply;
  }
  if (auto reply = refused_by_method(request)) {
    return reply;
  }
  if (request.path.starts_with("/api/") && !is_same(request.token, token)) {
    return refusal(401,
                   "refused",
                   "the token is missing or wrong: open the address that `tarama dash` printed");
  }
  return std::nullopt;
}

std::string new_token() {
  std::random_device random;  // getrandom() here
  std::string token;
  for (int i = 0; i < 4; ++i) {
    token += fmt::format("{:08x}", random());
  }
  return token;
}

}  // namespace tarama::web
