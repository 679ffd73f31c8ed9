// Which requests are answered at all. Any page that the user's browser shows can send requests to
// 127.0.0.1, and any user of the machine can connect there: who asks must hold the token, which
// stands in the address that `tarama dash` prints, and must be a page of this server. Pure.
#pragma once

#include "web/server/http_message.hpp"

#include <optional>
#include <string>

namespace tarama::web {

/// Why the request is refused; nullopt: it may be answered.
/// - Host names this machine's own loopback, else a page of another name that leads here (DNS
///   rebinding) would count as ours.
/// - Origin, where there is one, is that same host, and the browser does not call the request one
///   of another site, or of another port of this one.
/// - Below /api/ the token is right; it is compared in a time that does not tell how much of it is.
/// - GET and HEAD; POST to /api/control alone, as JSON, which no form can send.
[[nodiscard]] std::optional<Reply> refused(const Request& request, const std::string& token);

/// 32 hexadecimal digits from the kernel's random numbers.
[[nodiscard]] std::string new_token();

}  // namespace tarama::web
