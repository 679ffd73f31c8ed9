// See http_message.hpp.
#include "web/server/http_message.hpp"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace tarama::web {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Percent-encoding undone; nullopt where it is broken, or gives a zero byte.
std::optional<std::string> decoded(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '%') {
      const int high = at + 2 < text.size() ? hex_digit(text[at + 1]) : -1;
      const int low = at + 2 < text.size() ? hex_digit(text[at + 2]) : -1;
      if (high < 0 || low < 0) {
        return std::nullopt;
      }
      c = static_cast<char>(high * 16 + low);
      at += 2;
    }
    if (c == '\0') {
      return std::nullopt;
    }
    result += c;
  }
  return result;
}

template <class Number>
std::optional<Number> parsed(const Request& request, const std::string& name) {
  const auto found = request.query.find(name);
  if (found == request.query.end()) {
    return std::nullopt;
  }
  const std::string& text = found->second;
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

Reply refusal(int status, std::string_view code, std::string_view message) {
  const nlohmann::ordered_json document = {{"error", {{"code", code}, {"message", message}}}};
  Reply reply;
  reply.status = status;
  reply.body = document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return reply;
}

bool split_target(std::string_view target, Request& request) {
  if (!target.starts_with('/')) {
    return false;
  }
  const std::size_t mark = target.find('?');
  const auto path = decoded(target.substr(0, mark));
  if (!path) {
    return false;
  }
  request.path = *path;
  std::string_view rest = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    const std::size_t equals = part.find('=');
    const auto name = decoded(part.substr(0, equals));
    const auto value = decoded(equals == std::string_view::npos ? "" : part.substr(equals + 1));
    if (!name || !value) {
      return false;
    }
    request.query[*name] = *value;
  }
  return true;
}

std::optional<std::int64_t> whole_number_in(const Request& request, const std::string& name) {
  return parsed<std::int64_t>(request, name);
}

std::optional<double> number_in(const Request& request, const std::string& name) {
  const auto number = parsed<double>(request, name);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

}  // namespace tarama::web
