// A 128-bit hash (XXH3) of bytes that come in pieces: of data and model files, of run keys. It
// tells files apart; it is no defence against somebody who wants two files to look alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tarama {

class Fingerprint {
 public:
  Fingerprint();
  ~Fingerprint();
  Fingerprint(Fingerprint&&) noexcept;
  Fingerprint& operator=(Fingerprint&&) noexcept;

  /// Appends bytes. Where they are cut does not matter: "ab" + "c" is "a" + "bc".
  Fingerprint& update(std::span<const std::byte> bytes);
  Fingerprint& update(std::string_view text);

  /// Appends a string with its length, or a number, so that neighbours cannot run together.
  Fingerprint& field(std::string_view text);
  Fingerprint& field(std::int64_t number);

  /// 32 lower-case hexadecimal digits of everything so far; one may go on afterwards.
  [[nodiscard]] std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tarama
