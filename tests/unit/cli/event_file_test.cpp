// The bytes are what TensorBoard 2.21's own message classes and RecordWriter gave for the same
// events (pip install tensorboard; tensorboard.compat.proto, tensorboard.plugins.hparams).
#include "cli/export/event_file.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace tarama::cli {
namespace {

const std::string head =
    "1800000000000000a37f4b22090000000000448f401a0d627261696e2e4576656e743a32aba33345";

std::string hex(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return text;
}

TEST(EventFile, BeginsWithItsVersion) {
  std::ostringstream out;

  const EventFile file(out, 1000.5);

  EXPECT_EQ(hex(out.str()), head);
}

TEST(EventFile, HasNumbersAsTensorBoardWritesThem) {
  std::ostringstream out;
  EventFile file(out, 1000.5);

  file.scalars(300, 1001.25, {{"train/loss", 0.25}, {"train/lr", 2e-5}});

  EXPECT_EQ(hex(out.str()),
            head +
                "3200000000000000241956ec0900000000004a8f4010ac022a240a110a0a747261696e2f6c6f7373"
                "150000803e0a0f0a08747261696e2f6c7215acc5a737c2ab6152");
}

TEST(EventFile, EndsASessionAsHParamsWritesIt) {
  std::ostringstream out;
  EventFile file(out, 1000.5);

  file.session_end(SessionStatus::success, 1002);

  EXPECT_EQ(hex(out.str()),
            head +
                "4d000000000000003d63d4a6090000000000508f402a420a400a1a5f68706172616d735f2f736573"
                "73696f6e5f656e645f696e666f42060801120212004a1a0a180a0768706172616d73120d220b0801"
                "110000000000508f405bf70954");
}

}  // namespace
}  // namespace tarama::cli
