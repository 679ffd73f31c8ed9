// One table of keys and counts, read both ways.
#include "documents/account_document.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace tarama {
namespace {

constexpr std::array<std::pair<const char*, std::int64_t Account::*>, 8> keys = {{
    {"planned", &Account::planned},
    {"pending", &Account::pending},
    {"leased", &Account::leased},
    {"running", &Account::running},
    {"succeeded", &Account::succeeded},
    {"stopped", &Account::stopped},
    {"failed", &Account::failed},
    {"cancelled", &Account::cancelled},
}};

}  // namespace

nlohmann::ordered_json account_json(const Account& account) {
  nlohmann::ordered_json document;
  for (const auto& [key, count] : keys) {
    document[key] = account.*count;
  }
  return document;
}

Account account_from_json(const nlohmann::ordered_json& document) {
  Account account;
  for (const auto& [key, count] : keys) {
    account.*count = document.value(key, std::int64_t{0});
  }
  return account;
}

std::int64_t runs_over(const Account& account) {
  return account.succeeded + account.stopped + account.failed + account.cancelled;
}

}  // namespace tarama
