// A part of a file at a time, each stored before the next is read: memory stays bounded.
#include "orchestrator/workers/spool_intake.hpp"

#include "failpoints/failpoint.hpp"
#include "orchestrator/loop/errands.hpp"
#include "protocol/spool.hpp"

#include <deque>
#include <optional>
#include <spdlog/spdlog.h>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace tarama::orchestrator {
namespace {

namespace fs = std::filesystem;

// Some of the store's transactions; a message is at most 64 MiB, and mostly 64 rows.
constexpr std::size_t messages_at_once = 256;

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code ignored;  // no folder: no spools
  for (fs::directory_iterator it(folder, ignored), end; it != end; it.increment(ignored)) {
    files.push_back(it->path());
  }
  return files;
}

/// What an attempt may have said of itself; anything else in its spool is none of its words.
bool is_of(const protocol::SpoolName& name, const protocol::Message& message) {
  return std::visit(
      [&]<class M>(const M& said) {
        if constexpr (std::is_same_v<M, protocol::Started> ||
                      std::is_same_v<M, protocol::Metrics> ||
                      std::is_same_v<M, protocol::Predictions> ||
                      std::is_same_v<M, protocol::Finished>) {
          return said.run == name.run && said.attempt == name.attempt;
        } else {
          return false;
        }
      },
      message);
}

void remove_file(const fs::path& file) {
  std::error_code ignored;  // what stays is taken in once more, which changes nothing
  fs::remove(file, ignored);
}

}  // namespace

struct SpoolIntake::Reading {
  WorkerId worker;
  std::string session;
  std::function<void()> then;

  // Of the errands' thread, while one is under way:
  bool has_looked = false;
  std::deque<fs::path> files;  // the first one is being read
  std::optional<protocol::SpoolReader> reader;
  protocol::SpoolName name;
  std::vector<protocol::Message> messages;
  bool is_over = false;

  void look(const fs::path& folder) {
    has_looked = true;
    for (const fs::path& file : files_in(folder)) {
      const auto whose = protocol::spool_name_in(file.filename().string());
      if (whose && whose->session == session) {
        files.push_back(file);
      }
    }
  }

  /// The next part; what was given before is stored.
  void read(const fs::path& folder) {
    if (!has_looked) {
      look(folder);
    }
    messages.clear();
    while (messages.empty() && !files.empty()) {
      if (!reader) {
        open();
      }
      read_part();
      if (messages.empty()) {
        close();
      }
    }
    is_over = files.empty();
  }

 private:
  void open() {
    auto opened = protocol::SpoolReader::open(files.front());
    name =
        protocol::spool_name_in(files.front().filename().string()).value_or(protocol::SpoolName{});
    if (opened) {
      reader.emplace(std::move(*opened));
    }
  }

  void read_part() {
    while (reader && messages.size() < messages_at_once) {
      auto message = reader->next();
      if (!message) {
        return;
      }
      if (is_of(name, *message)) {
        messages.push_back(std::move(*message));
      }
    }
  }

  void close() {
    if (reader && !reader->problem().empty()) {
      spdlog::warn("the spool {} ends early: {}", files.front().string(), reader->problem());
    }
    reader.reset();
    TARAMA_FAILPOINT("intake.before_removal");
    remove_file(files.front());
    TARAMA_FAILPOINT("intake.removed");
    files.pop_front();
  }
};

SpoolIntake::SpoolIntake(SpoolIntakeParts parts) : parts_(std::move(parts)) {}

void SpoolIntake::take_in(WorkerId worker, const std::string& session, std::function<void()> then) {
  const auto reading = std::make_shared<Reading>();
  reading->worker = worker;
  reading->session = session;
  reading->then = std::move(then);
  read_on(reading);
}

void SpoolIntake::read_on(const std::shared_ptr<Reading>& reading) {
  parts_.errands.run([reading, folder = parts_.folder] { reading->read(folder); },
                     [this, reading] {
                       if (reading->is_over) {
                         return reading->then();
                       }
                       TARAMA_FAILPOINT("intake.read");
                       for (const protocol::Message& message : reading->messages) {
                         parts_.take(reading->worker, message);
                       }
                       TARAMA_FAILPOINT("intake.taken");
                       parts_.when_stored([this, reading] {
                         TARAMA_FAILPOINT("intake.stored");
                         read_on(reading);
                       });
                     });
}

void SpoolIntake::remove_strangers(std::set<std::string> known) {
  parts_.errands.run(
      [folder = parts_.folder, known = std::move(known)] {
        for (const fs::path& file : files_in(folder)) {
          const auto whose = protocol::spool_name_in(file.filename().string());
          if (whose && !known.contains(whose->session)) {
            remove_file(file);
          }
        }
      },
      [] {});
}

}  // namespace tarama::orchestrator
