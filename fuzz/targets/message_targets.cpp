// Bytes of peers, and of what we wrote ourselves and a disk or another version may have changed.
#include "core/bytes/json_extent.hpp"
#include "core/sweep/assert.hpp"
#include "core/sweep/job_spec.hpp"
#include "core/sweep/level_settings_json.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "fuzz/targets.hpp"
#include "protocol/messages.hpp"
#include "worker/checkpoints/checkpoint_format.hpp"

#include <algorithm>
#include <span>
#include <string>

namespace tarama::fuzz {

void frame(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  if (bytes.size() < protocol::header_bytes) {
    return;
  }
  const auto header = protocol::decode_header(bytes.first(protocol::header_bytes));
  if (!header) {
    return;
  }
  const auto message = protocol::decode_body(*header, bytes.subspan(protocol::header_bytes));
  if (message && header->version == protocol::version) {
    const auto again = protocol::encode(*message);
    TARAMA_ASSERT(again && std::ranges::equal(*again, bytes),
                  "what decodes is exactly one message, and encodes to the same bytes");
  }
}

void request(std::string_view text) {
  if (beyond(ordered_json_limits, text)) {
    return;
  }
  const Result<SweepSpec> spec = sweep_spec_from_json(std::string(text));
  if (spec) {
    TARAMA_ASSERT(sweep_spec_from_json(to_json(*spec)), "what is read is written, and read again");
  }
}

void job(std::string_view text) {
  if (beyond(ordered_json_limits, text)) {
    return;
  }
  const Result<JobSpec> read = job_spec_from_json(std::string(text));
  if (read) {
    TARAMA_ASSERT(job_spec_from_json(to_json(*read)), "what is read is written, and read again");
  }
  static_cast<void>(level_settings_from_json(std::string(text)));
}

void checkpoint(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  if (bytes.size() < checkpoint_format::header_bytes) {
    return;
  }
  static_cast<void>(checkpoint_format::decode_header(bytes.first(checkpoint_format::header_bytes)));
  // As large as a fuzzer's machine can be asked for; the header of a file says it otherwise.
  static_cast<void>(checkpoint_format::decode_table(bytes.subspan(checkpoint_format::header_bytes),
                                                    std::uint64_t{1} << 20));
}

}  // namespace tarama::fuzz
