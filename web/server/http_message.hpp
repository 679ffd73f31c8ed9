// A request to the page's server and its reply, without sockets.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tarama::web {

struct Request {
  std::string method;                        // "GET", "HEAD", "POST"
  std::string path;                          // "/api/runs"; decoded, without the query
  std::map<std::string, std::string> query;  // decoded
  std::string body;
  // Headers; empty: not there.
  std::string host;
  std::string origin;
  std::string fetch_site;  // Sec-Fetch-Site
  std::string content_type;
  std::string token;  // X-Tarama-Token
  std::string if_none_match;
};

struct Reply {
  int status = 200;
  std::string content_type = "application/json";
  std::string body{};
  std::string etag{};                     // without quotes; empty: not kept by browsers
  std::string content_security_policy{};  // of pages alone
};

/// {"error": {"code", "message"}}; `message` is for a person.
[[nodiscard]] Reply refusal(int status, std::string_view code, std::string_view message);

/// Sets path and query of `target`, as it stands in the request line; false: it is not one.
[[nodiscard]] bool split_target(std::string_view target, Request& request);

/// The whole number that `query` has under `name`; nullopt: none, or something else.
[[nodiscard]] std::optional<std::int64_t> whole_number_in(const Request& request,
                                                          const std::string& name);
[[nodiscard]] std::optional<double> number_in(const Request& request, const std::string& name);

}  // namespace tarama::web
