// See completion.hpp. The parser's own declarations say what takes what: the name of a positional
// argument or an option's type (SWEEP, RUN, FILE, ...), and the set of values in braces.
#include "cli/completion.hpp"

#include "cli/text/text_width.hpp"
#include "core/sweep/run_state.hpp"
#include "db/sqlite/read_store.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>

namespace tarama::cli {
namespace {

/// The word as the program would get it: without quotes and backslashes of the shell.
std::string unquoted(std::string_view word) {
  std::string plain;
  char quote = '\0';
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char letter = word[i];
    if (quote == '\0' && (letter == '\'' || letter == '"')) {
      quote = letter;
    } else if (letter == quote) {
      quote = '\0';
    } else if (letter == '\\' && quote != '\'' && i + 1 < word.size()) {
      plain += word[++i];
    } else {
      plain += letter;
    }
  }
  return plain;
}

/// Where the cursor stands.
struct Place {
  const CLI::App* command = nullptr;    // nullptr: no command yet
  const CLI::Option* option = nullptr;  // whose value is to come
  std::size_t positionals = 0;          // of the command, before the cursor
  bool is_behind_options = false;       // behind "--"
  std::string store{};                  // as the words name it
};

const CLI::Option* option_named(const CLI::App& app, const std::string& name) {
  return app.get_option_no_throw(name);
}

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

bool looks_like_option(const Place& place, std::string_view word) {
  return !place.is_behind_options && word.size() > 1 && word.front() == '-';
}

void pass_option(Place& place, const CLI::App& now, const std::string& word) {
  const std::size_t equals = word.find('=');
  const CLI::Option* const option = option_named(now, word.substr(0, equals));
  if (option == nullptr) {
    return;
  }
  if (equals == std::string::npos) {
    place.option = takes_value(*option) ? option : nullptr;
  } else if (option->check_lname("store")) {
    place.store = word.substr(equals + 1);
  }
}

/// false: no command of this name, so that nothing can be said of what follows.
bool pass_argument(Place& place, const CLI::App& app, const std::string& word) {
  if (place.command != nullptr) {
    ++place.positionals;
    return true;
  }
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  const auto found = std::ranges::find_if(
      commands, [&](const CLI::App* command) { return command->get_name() == word; });
  place.command = found == commands.end() ? nullptr : *found;
  return place.command != nullptr;
}

/// nullopt: the words before the cursor are no command line.
std::optional<Place> place_of(const CLI::App& app, const std::vector<std::string>& words) {
  Place place;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    const CLI::App& now = place.command == nullptr ? app : *place.command;
    if (place.option != nullptr) {
      if (word == "=") {
        continue;  // bash makes three words of --format=csv
      }
      place.store = place.option->check_lname("store") ? word : place.store;
      place.option = nullptr;
    } else if (!place.is_behind_options && word == "--") {
      place.is_behind_options = true;
    } else if (looks_like_option(place, word)) {
      pass_option(place, now, word);
    } else if (!pass_argument(place, app, word)) {
      return std::nullopt;
    }
  }
  return place;
}

// ---- values -----------------------------------------------------------------------------------

/// Candidates of which `word` is a beginning.
class Offer {
 public:
  explicit Offer(std::string word) : word_(std::move(word)) {}

  void add(const std::string& candidate, std::string meaning = "") {
    // What would have to be shown as an escape cannot be typed either.
    if (candidate.starts_with(word_) && printable(candidate) == candidate) {
      completion_.candidates.push_back({candidate, printable(meaning)});
    }
  }

  void add_files() { completion_.wants_files = true; }

  [[nodiscard]] const std::string& word() const { return word_; }

  [[nodiscard]] Completion completion() && { return std::move(completion_); }

 private:
  std::string word_;
  Completion completion_;
};

void add_sweeps(Offer& offer, const db::ReadStore& store) {
  const auto sweeps = store.sweeps();
  if (!sweeps || sweeps->empty()) {
    return;
  }
  offer.add("last", "the newest sweep");
  const bool wants_ids =
      !offer.word().empty() && offer.word().front() >= '0' && offer.word().front() <= '9';
  std::set<std::string> names;  // of several with one name the newest is meant
  for (auto sweep = sweeps->rbegin(); sweep != sweeps->rend(); ++sweep) {
    const std::string meaning = fmt::format("sweep {}, {}, {}/{} runs",
                                            sweep->sweep,
                                            name_of(sweep->state),
                                            sweep->account.succeeded,
                                            sweep->account.planned);
    if (wants_ids) {
      offer.add(fmt::format("{}", sweep->sweep), sweep->name + ": " + meaning);
    } else if (names.insert(sweep->name).second) {
      offer.add(sweep->name, meaning);
    }
  }
}

/// "SWEEP/best" and "SWEEP/NUMBER" of the sweep that the word names.
void add_runs_of(Offer& offer, const db::ReadStore& store) {
  const std::size_t slash = offer.word().rfind('/');
  const std::string sweep = offer.word().substr(0, slash);
  const auto id = store.find_sweep(sweep);
  const auto runs = id ? store.runs(*id) : id.error();
  if (!runs) {
    return;
  }
  offer.add(sweep + "/best", "the first run of the best level");
  constexpr std::size_t most = 200;  // more than anybody reads
  for (std::size_t i = 0; i < std::min(most, runs->size()); ++i) {
    offer.add(fmt::format("{}/{}", sweep, (*runs)[i].run),
              std::string(name_of((*runs)[i].standing.state)));
  }
}

/// The values of a set: "FORMAT:{csv,jsonl}".
void add_members(Offer& offer, const std::string& type) {
  const std::size_t open = type.find('{');
  const std::size_t close = type.rfind('}');
  if (open == std::string::npos || close == std::string::npos) {
    return;
  }
  std::string_view rest = std::string_view(type).substr(open + 1, close - open - 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    offer.add(std::string(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

std::string kind_of(const CLI::Option& option) {
  if (option.get_positional()) {
    return option.get_name(true);
  }
  const std::string type = option.get_type_name();
  return type.substr(0, type.find(':'));
}

Completion values_of(const CLI::Option& option,
                     const std::string& word,
                     const std::optional<db::ReadStore>& store) {
  Offer offer(word);
  add_members(offer, option.get_type_name());
  const std::string kind = kind_of(option);
  constexpr std::array files = {"FILE", "PATH", "DIR", "MODEL_DIR", "PROGRAM"};
  if (std::ranges::find(files, kind) != files.end()) {
    offer.add_files();
  }
  if (kind == "LEVEL") {
    offer.add("best");
  }
  const bool names_runs = kind == "RUN" || kind == "SWEEP[/RUN]";
  if (store && (kind == "SWEEP" || names_runs)) {
    if (names_runs && word.find('/') != std::string::npos) {
      add_runs_of(offer, *store);
    } else {
      add_sweeps(offer, *store);
      if (kind == "RUN") {
        offer.add("last/best", "the best run of the newest sweep");
      }
    }
  }
  return std::move(offer).completion();
}

Completion options_of(const CLI::App& app, const std::string& word) {
  Offer offer(word);
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      offer.add("--" + name, option->get_description());
    }
  }
  return std::move(offer).completion();
}

Completion commands_of(const CLI::App& app, const std::string& word) {
  Offer offer(word);
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    offer.add(command->get_name(), command->get_description());
  }
  return std::move(offer).completion();
}

const CLI::Option* positional_at(const CLI::App& command, std::size_t place) {
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional() && place-- == 0) {
      return option;
    }
  }
  return nullptr;
}

/// The store of the words, else the context's, if it can be read.
std::optional<db::ReadStore> store_at(const Place& place, Context context) {
  if (!place.store.empty()) {
    const bool is_at_home = place.store.starts_with("~/");
    context.options.store =
        is_at_home ? context.environment("HOME").value_or("") + place.store.substr(1) : place.store;
  }
  auto store = db::ReadStore::open(context.folder().database());
  return store ? std::optional(std::move(*store)) : std::nullopt;
}

/// Of "--format=c": the values, each behind the option's name, which is part of the word.
Completion values_in_word(const CLI::App& app,
                          const std::string& word,
                          const std::optional<db::ReadStore>& store) {
  const std::size_t equals = word.find('=');
  const CLI::Option* const option = option_named(app, word.substr(0, equals));
  if (option == nullptr || !takes_value(*option)) {
    return {};
  }
  Completion completion = values_of(*option, word.substr(equals + 1), store);
  for (Candidate& candidate : completion.candidates) {
    candidate.word.insert(0, word.substr(0, equals + 1));
  }
  return completion;
}

}  // namespace

Completion completion_of(const CLI::App& app,
                         const std::vector<std::string>& words,
                         const Context& context) {
  std::vector<std::string> plain;
  std::ranges::transform(words, std::back_inserter(plain), unquoted);
  if (plain.empty()) {
    plain.emplace_back();
  }
  const auto place = place_of(app, plain);
  if (!place) {
    return {};
  }
  const std::string& word = plain.back();
  const CLI::App& now = place->command == nullptr ? app : *place->command;
  if (place->option != nullptr) {
    return values_of(*place->option, word == "=" ? "" : word, store_at(*place, context));
  }
  if (!place->is_behind_options && word.starts_with('-')) {
    return word.find('=') == std::string::npos
               ? options_of(now, word)
               : values_in_word(now, word, store_at(*place, context));
  }
  if (place->command == nullptr) {
    return commands_of(app, word);
  }
  const CLI::Option* const positional = positional_at(now, place->positionals);
  return positional == nullptr ? Completion{}
                               : values_of(*positional, word, store_at(*place, context));
}

void print_completion(std::ostream& out, const Completion& completion) {
  for (const Candidate& candidate : completion.candidates) {
    out << candidate.word << (candidate.meaning.empty() ? "" : "\t") << candidate.meaning << '\n';
  }
  if (completion.wants_files) {
    out << ":files\n";
  }
}

}  // namespace tarama::cli
