// See refinement_json.hpp.
#include "core/sweep/refinement_json.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

namespace tarama {
namespace {

template <class T>
std::optional<T> number_at(const nlohmann::json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number() ? std::optional(found->get<T>()) : std::nullopt;
}

Result<Refinement> checked(const Refinement& asked) {
  constexpr std::int64_t most_seeds = 10'000;
  constexpr std::int64_t most_runs_more = 1'000'000;
  if (asked.until.has_value() == asked.budget.has_value()) {
    return Error{Errc::invalid_argument, "refine: expected either `until` or `budget`"};
  }
  if (asked.until && !(std::isfinite(*asked.until) && *asked.until > 0)) {
    return Error{Errc::invalid_argument,
                 fmt::format("refine: until is {}; expected a difference above 0", *asked.until)};
  }
  if (asked.budget && (*asked.budget < 1 || *asked.budget > most_runs_more)) {
    return Error{
        Errc::invalid_argument,
        fmt::format("refine: budget is {}; expected 1 to {} runs", *asked.budget, most_runs_more)};
  }
  if (asked.first < 2 || asked.most < asked.first || asked.most > most_seeds) {
    return Error{Errc::invalid_argument,
                 fmt::format("refine: first is {} and most {}; expected 2 <= first <= most <= {}",
                             asked.first,
                             asked.most,
                             most_seeds)};
  }
  return asked;
}

}  // namespace

std::string to_json(const Refinement& asked) {
  nlohmann::json json = {{"first", asked.first}, {"most", asked.most}};
  if (asked.until) {
    json["until"] = *asked.until;
  }
  if (asked.budget) {
    json["budget"] = *asked.budget;
  }
  return json.dump();
}

Result<Refinement> refinement_from_json(const std::string& text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return Error{Errc::invalid_argument, "refine: expected a JSON object"};
  }
  Refinement asked{.until = number_at<double>(json, "until"),
                   .budget = number_at<std::int64_t>(json, "budget")};
  asked.first = number_at<std::int64_t>(json, "first").value_or(asked.first);
  asked.most = number_at<std::int64_t>(json, "most").value_or(asked.most);
  return checked(asked);
}

}  // namespace tarama
