// JSON, written beside its place and renamed. Not synced: a power cut ends the program as well.
#include "worker/program/read_mark.hpp"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <system_error>

namespace tarama::program {

namespace {

namespace fs = std::filesystem;
using MarkJson = nlohmann::json;

MarkJson json_of(const ReadMark& mark) {
  MarkJson json = {{"offset", mark.offset},
                   {"is_within_line", mark.is_within_line},
                   {"next_step", mark.before.next_step},
                   {"names", mark.before.names},
                   {"files", mark.files}};
  if (mark.before.last_named_step) {
    json["last_named_step"] = *mark.before.last_named_step;
  }
  return json;
}

ReadMark mark_of(const MarkJson& json) {
  ReadMark mark;
  mark.offset = json.at("offset").get_ref<const std::int64_t&>();
  mark.is_within_line = json.at("is_within_line").get<bool>();
  mark.before.next_step = json.at("next_step").get_ref<const std::int64_t&>();
  for (const auto& name : json.at("names")) {
    mark.before.names.insert(name.get<std::string>());
  }
  mark.files = json.at("files").get<std::map<std::string, std::int64_t>>();
  if (json.contains("last_named_step")) {
    mark.before.last_named_step = json.at("last_named_step").get_ref<const std::int64_t&>();
  }
  return mark;
}

}  // namespace

Result<void> write_mark(const fs::path& path, const ReadMark& mark) {
  fs::path unfinished = path;
  unfinished += ".tmp";
  // Names of files may be no UTF-8: such a file is read from its beginning then.
  const std::string text = json_of(mark).dump(-1, ' ', false, MarkJson::error_handler_t::replace);
  std::ofstream file(unfinished, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  std::error_code failure;
  if (file) {
    fs::rename(unfinished, path, failure);
  }
  if (!file || failure) {
    std::error_code ignored;  // the other error is the reason
    fs::remove(unfinished, ignored);
    return Error{Errc::io, fmt::format("cannot write {}", path.native())};
  }
  return {};
}

Result<ReadMark> read_mark(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Error{Errc::not_found, fmt::format("there is no {}", path.native())};
  }
  std::ostringstream text;
  text << file.rdbuf();
  try {
    return mark_of(MarkJson::parse(text.str()));
  } catch (const MarkJson::exception& error) {
    return Error{Errc::corrupt, fmt::format("{}: {}", path.native(), error.what())};
  }
}

}  // namespace tarama::program
