// What the dashboard's server answers: the questions below /api/, out of the store's database by
// read-only connections, and, where that is allowed, orders for the orchestrator.
#pragma once

#include "cli/context.hpp"
#include "web/server/http_message.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace tarama::cli {

enum class PageControl { none, allowed };

/// For several threads, each under its own number.
class PageService {
 public:
  PageService(Context context, PageControl control, std::size_t workers);
  ~PageService();
  PageService(const PageService&) = delete;
  PageService& operator=(const PageService&) = delete;

  [[nodiscard]] web::Reply answer(const web::Request& request, std::size_t worker);
  /// The changes behind `cursor` as server-sent events; "reload" where some are lost.
  [[nodiscard]] std::string changes(std::int64_t& cursor, std::size_t worker);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tarama::cli
