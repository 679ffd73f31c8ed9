// See page_service.hpp.
#include "cli/page/page_service.hpp"

#include "cli/orchestrator_client.hpp"
#include "cli/page/answer_cache.hpp"
#include "cli/page/page_questions.hpp"
#include "cli/refine_cost.hpp"
#include "core/sweep/errc_names.hpp"
#include "documents/status_document.hpp"
#include "web/server/page_files.hpp"
#include "web/server/request_guard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <sys/stat.h>
#include <utility>
#include <vector>

namespace tarama::cli {
namespace {

using nlohmann::ordered_json;

// Of curves that are kept: a picture of some hundred runs of 10,000 steps.
constexpr std::size_t most_curve_bytes = std::size_t{128} * 1024 * 1024;

// Documents of the sweeps that are looked at: 10,000 runs are about 2 MB.
constexpr std::size_t most_kept_answers = 16;
constexpr std::size_t most_kept_bytes = std::size_t{32} * 1024 * 1024;

int status_of(Errc code) {
  switch (code) {
    case Errc::invalid_config:
    case Errc::invalid_argument:
      return 400;
    case Errc::not_found:
      return 404;
    case Errc::refused:
      return 409;
    case Errc::timed_out:
      return 504;
    case Errc::io:
    case Errc::corrupt:
    case Errc::disk_full:
    case Errc::internal:
      return 500;
  }
  return 500;
}

web::Reply refusal_of(const Error& error) {
  return web::refusal(status_of(error.code), name_of(error.code), error.message);
}

web::Reply json_reply(const ordered_json& document) {
  web::Reply reply;
  reply.body = compact(document);
  return reply;
}

/// What the orchestrator says; without one, what the database has.
Result<ordered_json> page_status(const Context& context, const db::ReadStore& store) {
  auto live = ask_orchestrator(context, {{"do", "status"}});
  if (live || live.error().code != Errc::refused) {
    return live;
  }
  auto sweeps = store.sweeps();
  if (!sweeps) {
    return sweeps.error();
  }
  std::vector<StoredStatus> stored;
  for (db::SweepInfo& sweep : *sweeps) {
    stored.push_back({std::move(sweep), std::nullopt});
  }
  using Document = Result<ordered_json>;
  return Document(Document::in_place_value, status_json_of(stored));
}

/// With what is usual beside what the page says.
std::optional<ordered_json> refine_order_in(const ordered_json& given) {
  RefineWish wish;
  if (given.contains("until") && given["until"].is_number()) {
    wish.until = given["until"].get<double>();
  }
  if (given.contains("budget") && given["budget"].is_number_integer()) {
    wish.budget = given["budget"].get<std::int64_t>();
  }
  const auto asked = asked_by(wish);
  if (!asked) {
    return std::nullopt;
  }
  ordered_json order = {
      {"do", "refine"}, {"sweep", given["sweep"]}, {"first", asked->first}, {"most", asked->most}};
  if (asked->until) {
    order["until"] = *asked->until;
  } else {
    order["budget"] = wish.budget;
  }
  return order;
}

/// The order that a page gave, without anything else that it may have sent; nullopt: it is none.
std::optional<ordered_json> order_in(const std::string& body) {
  const ordered_json given = ordered_json::parse(body, nullptr, false);
  if (!given.is_object() || !given.contains("do") || !given["do"].is_string() ||
      !given.contains("sweep") || !given["sweep"].is_number_integer()) {
    return std::nullopt;
  }
  constexpr std::array<std::string_view, 4> orders = {"pause", "resume", "cancel", "retry"};
  const auto word = given["do"].get<std::string>();
  if (word == "refine") {
    return refine_order_in(given);
  }
  if (std::ranges::find(orders, word) == orders.end()) {
    return std::nullopt;
  }
  ordered_json order = {{"do", word}, {"sweep", given["sweep"]}};
  if (given.contains("run") && given["run"].is_number_integer()) {
    order["run"] = given["run"];
  }
  if (word == "retry" && !order.contains("run")) {
    order["failed_only"] = true;
  }
  return order;
}

/// The same for the same question.
std::string key_of(const web::Request& request) {
  std::string key = request.path;
  for (const auto& [name, value] : request.query) {
    key += fmt::format("&{}={}", name, value);
  }
  return key;
}

std::string event_of(const db::ChangeRow& change) {
  std::string data = change.json;
  std::erase_if(data, [](char c) { return c == '\n' || c == '\r'; });
  return fmt::format("id: {}\nevent: {}\ndata: {}\n\n", change.seq, change.kind, data);
}

/// Which file a name leads to.
using FileIdentity = std::pair<dev_t, ino_t>;

std::optional<FileIdentity> identity_of(const std::filesystem::path& file) {
  struct stat found {};

  return ::stat(file.c_str(), &found) == 0 ? std::optional(FileIdentity(found.st_dev, found.st_ino))
                                           : std::nullopt;
}

/// A worker's connection, and the file that it was opened on.
struct OpenStore {
  std::optional<db::ReadStore> store;
  std::optional<FileIdentity> file;
};

}  // namespace

struct PageService::Parts {
  Context context;
  PageControl control;
  CurveReader curves{most_curve_bytes};
  AnswerCache answers{most_kept_answers, most_kept_bytes};
  std::vector<OpenStore> stores;                     // by worker
  std::string mark = web::new_token().substr(0, 8);  // of this process, within ETags

  /// Of this worker, opened when it is first asked for, and again when another file has come to
  /// stand in its place (a backup that was put back): the old one would answer for ever.
  Result<const db::ReadStore*> store(std::size_t worker) {
    OpenStore& mine = stores.at(worker);
    const auto file = identity_of(context.folder().database());
    if (mine.store && mine.file == file) {
      return &*mine.store;
    }
    if (mine.store) {
      curves.forget();
      mine.store.reset();
    }
    auto opened = db::ReadStore::open(context.folder().database());
    if (!opened) {
      return opened.error();
    }
    mine = {std::move(*opened), file};
    return &*mine.store;
  }

  web::Reply about(const db::ReadStore& store) const {
    const auto feed = store.changes(0, 0);
    return json_reply({{"store", context.store().string()},
                       {"version", TARAMA_VERSION},
                       {"control", control == PageControl::allowed},
                       {"last", feed ? feed->last : 0}});
  }

  web::Reply give_order(const web::Request& request) const {
    if (control == PageControl::none) {
      return web::refusal(
          403, "refused", "this dashboard only shows: `tarama dash --control` may steer too");
    }
    const auto order = order_in(request.body);
    if (!order) {
      return web::refusal(
          400,
          "invalid_argument",
          "expected {\"do\": pause, resume, cancel or retry, \"sweep\": NUMBER}, or "
          "{\"do\": \"refine\", \"sweep\": NUMBER, \"until\": D or "
          "\"budget\": RUNS}");
    }
    const auto reply = ask_orchestrator(context, *order);
    return reply ? json_reply(*reply) : refusal_of(reply.error());
  }

  web::Reply ask(const PageQuestion& question, const web::Request& request, std::size_t worker) {
    const db::ReadStore& store = *stores.at(worker).store;
    web::Reply reply;
    reply.content_type = question.content_type;
    if (question.follows_changes) {
      const auto feed = store.changes(0, 0);
      const ino_t file = stores.at(worker).file.value_or(FileIdentity()).second;
      reply.etag = feed ? fmt::format("{}-{}-{}", mark, file, feed->last) : "";
      if (!reply.etag.empty() && request.if_none_match == fmt::format("\"{}\"", reply.etag)) {
        return reply;  // the server makes it a 304; nothing needs to be worked out
      }
    }
    const std::string key = key_of(request);
    if (const auto kept = reply.etag.empty() ? nullptr : answers.find(key, reply.etag)) {
      reply.body = *kept;
      return reply;
    }
    auto text = question.answer({context, store, curves}, request);
    if (!text) {
      return refusal_of(text.error());
    }
    reply.body = std::move(*text);
    if (!reply.etag.empty()) {
      answers.keep(key, reply.etag, reply.body);
    }
    return reply;
  }
};

PageService::PageService(Context context, PageControl control, std::size_t workers)
    : parts_(std::make_unique<Parts>(std::move(context), control)) {
  parts_->stores.resize(workers);
}

PageService::~PageService() = default;

web::Reply PageService::answer(const web::Request& request, std::size_t worker) {
  if (auto file = web::page_file(request.path)) {
    return std::move(*file);
  }
  if (request.path == "/api/control") {
    return parts_->give_order(request);
  }
  const auto store = parts_->store(worker);
  if (!store) {
    return refusal_of(store.error());
  }
  if (request.path == "/api/store") {
    return parts_->about(**store);
  }
  if (request.path == "/api/status") {
    const auto status = page_status(parts_->context, **store);
    return status ? json_reply(*status) : refusal_of(status.error());
  }
  const PageQuestion* const question = find_page_question(request.path);
  return question == nullptr ? web::refusal(404, "not_found", "there is nothing at this address")
                             : parts_->ask(*question, request, worker);
}

std::string PageService::changes(std::int64_t& cursor, std::size_t worker) {
  constexpr std::int64_t most_at_once = 500;
  const auto store = parts_->store(worker);
  const auto feed = store ? (*store)->changes(cursor, most_at_once) : store.error();
  if (!feed) {
    return "";  // asked again at once; a page's own questions get the reason
  }
  if (feed->must_reload) {
    cursor = feed->last;
    return fmt::format("id: {}\nevent: reload\ndata: {{}}\n\n", feed->last);
  }
  std::string text;
  for (const db::ChangeRow& change : feed->changes) {
    text += event_of(change);
    cursor = change.seq;
  }
  return text;
}

}  // namespace tarama::cli
