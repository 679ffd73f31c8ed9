// XXH3 behind a project type, so that its header stays in this file.
#include "core/sweep/fingerprint.hpp"

#include <fmt/format.h>

// Header-only, so that there is one library less to find at run time.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace tarama {

struct Fingerprint::State {
  XXH3_state_t hash{};
};

Fingerprint::Fingerprint() : state_(std::make_unique<State>()) {
  XXH3_128bits_reset(&state_->hash);
}

Fingerprint::~Fingerprint() = default;
Fingerprint::Fingerprint(Fingerprint&&) noexcept = default;
Fingerprint& Fingerprint::operator=(Fingerprint&&) noexcept = default;

Fingerprint& Fingerprint::update(std::span<const std::byte> bytes) {
  XXH3_128bits_update(&state_->hash, bytes.data(), bytes.size());
  return *this;
}

Fingerprint& Fingerprint::update(std::string_view text) {
  return update(std::as_bytes(std::span(text)));
}

Fingerprint& Fingerprint::field(std::string_view text) {
  return update(fmt::format("{}:", text.size())).update(text);
}

Fingerprint& Fingerprint::field(std::int64_t number) {
  return update(fmt::format("{};", number));
}

std::string Fingerprint::hex() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->hash);
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace tarama
