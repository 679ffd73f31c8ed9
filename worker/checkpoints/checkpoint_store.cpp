// Checkpoint files: written beside, synced, renamed; the newest sound one is read.
#include "worker/checkpoints/checkpoint_store.hpp"

#include "core/sweep/fingerprint.hpp"
#include "failpoints/failpoint.hpp"
#include "files/folders.hpp"
#include "files/whole_file.hpp"
#include "worker/checkpoints/checkpoint_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <span>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tarama {

namespace {

namespace fs = std::filesystem;
namespace format = checkpoint_format;

static_assert(std::endian::native == std::endian::little,
              "arrays are stored as they lie in memory");

constexpr std::string_view name_prefix = "checkpoint-";
constexpr std::string_view name_suffix = ".bin";
constexpr std::string_view unfinished_prefix = "attempt-";
constexpr std::string_view unfinished_suffix = ".tmp";
constexpr std::size_t checkpoints_kept = 2;  // one, and one to fall back to

/// A descriptor that closes itself.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}

  ~File() {
    if (is_open()) {
      ::close(descriptor_);
    }
  }

  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

/// A finished checkpoint; the sequence number rises with every one written.
struct Entry {
  std::int64_t sequence = 0;
  fs::path path;
};

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code ignored;  // a folder that cannot be read holds no checkpoints for us
  for (fs::directory_iterator it(folder, ignored), end; it != end; it.increment(ignored)) {
    files.push_back(it->path());
  }
  return files;
}

/// The number between prefix and suffix; nullopt: the name is none of these.
std::optional<std::int64_t> number_in(const std::string& name,
                                      std::string_view prefix,
                                      std::string_view suffix) {
  if (name.size() < prefix.size() + suffix.size() || !name.starts_with(prefix) ||
      !name.ends_with(suffix)) {
    return std::nullopt;
  }
  const char* first = name.data() + prefix.size();
  const char* last = name.data() + name.size() - suffix.size();
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(first, last, number);
  return code == std::errc{} && end == last ? std::optional(number) : std::nullopt;
}

/// Newest first.
std::vector<Entry> entries_in(const fs::path& folder) {
  std::vector<Entry> entries;
  for (const fs::path& path : files_in(folder)) {
    if (const auto sequence = number_in(path.filename().string(), name_prefix, name_suffix)) {
      entries.push_back({*sequence, path});
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& left, const Entry& right) {
    return left.sequence > right.sequence;
  });
  return entries;
}

/// Fewer bytes than asked for only at the end of the file, or where it cannot be read.
std::size_t read_all(const File& file, std::span<std::byte> bytes) {
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const auto rest = bytes.subspan(filled);
    const auto got = ::read(file.descriptor(), rest.data(), rest.size());
    if (got == 0 || (got < 0 && errno != EINTR)) {
      break;
    }
    filled += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
  }
  return filled;
}

/// Writes and syncs `path`; a failure leaves no file.
Result<void> write_checkpoint(const fs::path& path,
                              std::span<const std::byte> table,
                              const TrainerState& state) {
  format::Header header{.table_bytes = table.size(), .array_bytes = 0, .checksum = {}};
  Fingerprint fingerprint;
  fingerprint.update(table);
  std::vector<std::span<const std::byte>> parts = {{}, table};  // the header comes first
  for (const auto& [name, array] : state.arrays) {
    parts.push_back(std::as_bytes(std::span<const float>(array.values)));
    header.array_bytes += parts.back().size();
    fingerprint.update(parts.back());
  }
  header.checksum = fingerprint.hex();
  const auto head = format::encode_header(header);
  parts.front() = head;
  return files::write_whole(path, parts, files::Sync::yes);
}

/// Whose unfinished file this is; nullopt: it is none.
std::optional<Attempt> writer_of(const fs::path& path) {
  const auto number = number_in(path.filename().string(), unfinished_prefix, unfinished_suffix);
  return number ? std::optional(Attempt{*number}) : std::nullopt;
}

/// Whether a newer attempt writes here at this moment: then ours is over, whatever we think.
bool is_overtaken(const fs::path& folder, Attempt attempt) {
  const std::vector<fs::path> files = files_in(folder);
  return std::any_of(files.begin(), files.end(), [&](const fs::path& path) {
    const auto writer = writer_of(path);
    return writer && *writer > attempt;
  });
}

/// Removes all but the newest checkpoints, and what older attempts left unfinished. What a newer
/// one writes is not ours to remove: we may be a worker that was given up on and woke late.
void prune(const fs::path& folder, Attempt attempt) {
  std::error_code ignored;  // a file too many does no harm; the next checkpoint tries again
  const std::vector<Entry> entries = entries_in(folder);
  for (std::size_t i = checkpoints_kept; i < entries.size(); ++i) {
    fs::remove(entries[i].path, ignored);
  }
  for (const fs::path& path : files_in(folder)) {
    if (const auto writer = writer_of(path); writer && *writer <= attempt) {
      fs::remove(path, ignored);
    }
  }
}

/// The arrays of a table that has been read, checked against the header's checksum.
Result<void> read_arrays(const File& file,
                         const format::Header& header,
                         Fingerprint& fingerprint,
                         TrainerState& state) {
  for (auto& [name, array] : state.arrays) {
    const auto bytes = std::as_writable_bytes(std::span(array.values.edit()));
    if (read_all(file, bytes) != bytes.size()) {
      return Error{Errc::corrupt, fmt::format("it ends within the array '{}'", name)};
    }
    fingerprint.update(bytes);
  }
  if (fingerprint.hex() != header.checksum) {
    return Error{Errc::corrupt, "its checksum is wrong"};
  }
  return {};
}

Result<format::Table> read_checkpoint(const fs::path& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    return files::failure_at(path, "cannot be opened", errno);
  }
  std::vector<std::byte> head(format::header_bytes);
  head.resize(read_all(file, head));
  const auto header = format::decode_header(head);
  if (!header) {
    return header.error();
  }
  // Before anything is allocated: a damaged size must not ask for all memory.
  std::error_code code;
  const std::uint64_t size = fs::file_size(path, code);
  const std::uint64_t content =
      code || size < format::header_bytes ? 0 : size - format::header_bytes;
  if (header->table_bytes > content || header->array_bytes != content - header->table_bytes) {
    return Error{Errc::corrupt, "it is longer or shorter than its header says"};
  }
  std::vector<std::byte> bytes(header->table_bytes);
  if (read_all(file, bytes) != bytes.size()) {
    return Error{Errc::corrupt, "it cannot be read to its end"};
  }
  auto table = format::decode_table(bytes, header->array_bytes);
  if (!table) {
    return table;
  }
  Fingerprint fingerprint;
  fingerprint.update(bytes);
  if (auto read = read_arrays(file, *header, fingerprint, table->state); !read) {
    return read.error();
  }
  return table;
}

std::optional<std::string> misfit_of(const Result<format::Table>& table,
                                     const std::string& run_key,
                                     const FindMisfit& find_misfit) {
  if (!table) {
    return table.error().message;
  }
  if (table->run_key != run_key) {
    return "it is of another run";
  }
  return find_misfit(table->state);
}

}  // namespace

Result<void> save_checkpoint(const fs::path& folder,
                             const std::string& run_key,
                             Attempt attempt,
                             const TrainerState& state) {
  if (const std::error_code code = files::make_folder(folder)) {
    return files::failure_at(folder, "cannot be made", code.value());
  }
  if (is_overtaken(folder, attempt)) {
    return Error{Errc::refused, "a newer attempt of the run writes its own"};
  }
  const std::vector<Entry> entries = entries_in(folder);
  const std::int64_t sequence = entries.empty() ? 1 : entries.front().sequence + 1;
  // Named by the attempt: a worker that was given up on may still be writing its own.
  const fs::path unfinished =
      folder / fmt::format("{}{}{}", unfinished_prefix, attempt, unfinished_suffix);
  const fs::path finished = folder / fmt::format("{}{:06}{}", name_prefix, sequence, name_suffix);
  const auto table = checkpoint_format::encode_table(run_key, attempt, state);
  if (auto written = write_checkpoint(unfinished, table, state); !written) {
    return written;
  }
  // Refused where another attempt took that number meanwhile: what is there stays.
  if (auto named = files::rename_to(unfinished, finished, files::IfThere::refuse); !named) {
    std::error_code ignored;  // the next checkpoint writes over it
    fs::remove(unfinished, ignored);
    return named;
  }
  // Only when the new name is durable may the older checkpoints go.
  if (auto synced = files::sync_folder(folder); !synced) {
    return synced;
  }
  prune(folder, attempt);
  return {};
}

LoadedCheckpoint load_newest_checkpoint(const fs::path& folder,
                                        const std::string& run_key,
                                        const FindMisfit& find_misfit) {
  LoadedCheckpoint loaded;
  for (const Entry& entry : entries_in(folder)) {
    auto table = read_checkpoint(entry.path);
    const auto why = misfit_of(table, run_key, find_misfit);
    if (!why) {
      loaded.state = std::move(table->state);
      break;
    }
    loaded.remarks.push_back(
        fmt::format("the checkpoint {} cannot be used: {}", entry.path.native(), *why));
  }
  if (!loaded.remarks.empty()) {
    loaded.remarks.push_back(
        loaded.state
            ? fmt::format("going on from an older checkpoint, at step {}", loaded.state->steps_done)
            : "no older checkpoint: starting at step 0");
  }
  return loaded;
}

}  // namespace tarama
