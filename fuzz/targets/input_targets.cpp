// Files of users: data, models, vocabularies, sweeps.
#include "core/sweep/assert.hpp"
#include "fuzz/targets.hpp"
#include "input/data/data_cache.hpp"
#include "input/data/table.hpp"
#include "input/files/text_file.hpp"
#include "input/model/folder_config.hpp"
#include "input/model/pickle.hpp"
#include "input/model/safetensors.hpp"
#include "input/model/tokenizer_config.hpp"
#include "input/text/vocab_file.hpp"
#include "orchestrator/config/sweep_file.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace tarama::fuzz {
namespace {

/// A folder of this process, with one file of these bytes; gone with the process.
class ScratchFolder {
 public:
  ScratchFolder()
      : path_(std::filesystem::temp_directory_path() /
              ("tarama-fuzz-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
  }

  ~ScratchFolder() {
    std::error_code ignored;  // a folder that stays harms nobody
    std::filesystem::remove_all(path_, ignored);
  }

  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::filesystem::path with(const char* name, std::string_view bytes) const {
    std::ofstream(path_ / name, std::ios::binary | std::ios::trunc) << bytes;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

const ScratchFolder& scratch() {
  static const ScratchFolder folder;
  return folder;
}

}  // namespace

void data_cache(std::string_view bytes) {
  const auto inputs = input::from_cache_bytes(bytes);
  if (inputs) {
    TARAMA_ASSERT(input::from_cache_bytes(input::to_cache_bytes(*inputs)) == inputs,
                  "what is read is written, and read again");
  }
}

void safetensors(std::string_view bytes) {
  const auto tensors = input::parse_safetensors_header(bytes, bytes.size());
  if (!tensors) {
    return;
  }
  for (const auto& [name, tensor] : *tensors) {
    TARAMA_ASSERT(tensor.begin <= tensor.end && tensor.end <= bytes.size(),
                  "a tensor lies within its file");
  }
}

void pickle(std::string_view bytes) {
  static_cast<void>(input::read_pickle(bytes));
}

void model_config(std::string_view bytes) {
  const auto folder = scratch().with("config.json", bytes).parent_path();
  scratch().with("tokenizer_config.json", bytes);
  static_cast<void>(input::read_folder_config(folder));
  static_cast<void>(input::read_tokenizer_config(folder));
}

void vocabulary(std::string_view bytes) {
  static_cast<void>(input::read_vocab_file(scratch().with("vocab.txt", bytes)));
}

void table(std::string_view bytes) {
  if (bytes.empty()) {
    return;
  }
  const auto format =
      static_cast<input::TableFormat>(static_cast<unsigned char>(bytes.front()) % 3);
  const std::string text = input::text_of(std::string(bytes.substr(1))).text;
  input::TableRequest request;
  request.name = "file";
  if (format == input::TableFormat::jsonl) {
    request.columns = {{std::string("text"), input::CellKind::text},
                       {std::string("label"), input::CellKind::label}};
  } else {
    request.columns = {{std::int64_t{0}, input::CellKind::text},
                       {std::int64_t{1}, input::CellKind::label}};
    request.header = bytes.size() % 2 == 0 ? input::Header::present : input::Header::absent;
  }
  const input::Table read = input::read_table(format, text, request);
  for (const input::TableRow& row : read.rows) {
    TARAMA_ASSERT(!read.errors.empty() || row.cells.size() == 2, "a row has the cells asked for");
  }
}

void sweep_yaml(std::string_view bytes) {
  const auto outcome =
      config::read_sweep_file({.path = scratch().with("sweep.yaml", bytes),
                               .overrides = {},
                               .environment = [](const std::string&) { return std::nullopt; },
                               .named_files = config::NamedFiles::may_be_missing});
  TARAMA_ASSERT(outcome.file.has_value() == outcome.problems.empty(),
                "a sweep file is right, or it has problems");
}

}  // namespace tarama::fuzz
