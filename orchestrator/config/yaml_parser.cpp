// The listener of yaml-cpp's events that builds the tree. The event interface is used, and not
// YAML::Node, because it shows every key as often as it stands there, every alias as an alias,
// and whether a scalar was quoted.
#include "orchestrator/config/yaml_parser.hpp"

#include "orchestrator/config/lookalikes.hpp"
#include "orchestrator/config/scalars.hpp"
#include "orchestrator/config/source_text.hpp"
#include "orchestrator/config/variables.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <array>
#include <map>
#include <sstream>
#include <string_view>
#include <utility>

namespace tarama::config {

namespace {

// A sweep file needs 5; far below the depth at which the parser's own recursion is a danger.
constexpr std::size_t deepest_nesting = 32;

/// Ends the parsing at a place; caught in parse_yaml.
struct ParsingEnds {
  PlacedProblem problem;
};

/// A list or map whose end has not come yet.
struct OpenNode {
  std::shared_ptr<YamlNode> node;
  Position position;         // where it is reported: its key, or itself
  std::size_t anchor = 0;    // 0: none
  bool is_key = false;       // stands where a key was expected: refused when it is closed
  bool expects_key = true;   // of a map: whether the next event is a key
  bool drops_value = false;  // of a map: the key was refused, its value is not kept
  YamlEntry entry;           // of a map: the key whose value comes next
  std::map<std::string, int> lines_of_keys;
};

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const SourceText& source, const EnvironmentLookup& environment)
      : source_(source), environment_(environment) {}

  [[nodiscard]] YamlNodePointer root() const { return root_; }

  [[nodiscard]] std::vector<PlacedProblem>& problems() { return problems_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root_ != nullptr) {
      end_parsing(place_of(mark),
                  "a second YAML document starts here; a sweep file is one document (or this line "
                  "is not indented as the lines before it)");
    }
  }

  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto node = std::make_shared<YamlNode>();
    if (is_key_expected()) {
      remember(anchor, node);
      refuse_key(place_of(mark), "a key is missing before ':'");
      return;
    }
    add(mark, anchor, node);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (is_key_expected()) {
      refuse_key(place_of(mark), "an alias cannot be a key; write the key out");
      return;
    }
    for (const OpenNode& open : open_) {
      if (open.anchor == anchor) {
        report(place_of_value(mark), "this alias stands inside its own anchor; it would never end");
        add(mark, 0, broken());
        return;
      }
    }
    add(mark, 0, anchors_.at(anchor));
  }

  void OnScalar(const YAML::Mark& mark,
                const std::string& tag,
                YAML::anchor_t anchor,
                const std::string& value) override {
    check_end_of_quotes(mark);
    const bool is_plain = tag == "?" || (keeps_variables() && is_tag_of_plain_words(tag));
    if (is_key_expected()) {
      const ScalarStyle style = is_plain ? ScalarStyle::plain : ScalarStyle::quoted;
      const std::string key = unshield(value);
      remember(anchor, std::make_shared<YamlNode>(YamlNode{YamlKind::scalar, key, style, {}, {}}));
      take_key(place_of(mark), key, style);
      return;
    }
    if (!is_plain && tag != "!" && !(keeps_variables() && tag == "tag:yaml.org,2002:str")) {
      refuse_tag(mark, tag);
      add(mark, anchor, broken());
      return;
    }
    add(mark, anchor, scalar(place_of_value(mark), value, is_plain));
  }

  void OnSequenceStart(const YAML::Mark& mark,
                       const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, YamlKind::list);
  }

  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark,
                  const std::string& tag,
                  YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, YamlKind::map);
  }

  void OnMapEnd() override { close(); }

 private:
  [[nodiscard]] Position place_of(const YAML::Mark& mark) const {
    return source_.position_at(static_cast<std::size_t>(mark.line),
                               static_cast<std::size_t>(mark.column));
  }

  /// Problems of a value stand at its key, or at the value where it has none.
  [[nodiscard]] Position place_of_value(const YAML::Mark& mark) const {
    const bool has_key = !open_.empty() && open_.back().node->kind == YamlKind::map;
    return has_key ? open_.back().entry.position : place_of(mark);
  }

  [[nodiscard]] bool is_key_expected() const {
    return !open_.empty() && open_.back().node->kind == YamlKind::map && open_.back().expects_key;
  }

  static YamlNodePointer broken() {
    return std::make_shared<YamlNode>(YamlNode{YamlKind::broken, {}, {}, {}, {}});
  }

  void report(const Position& position, std::string message) {
    problems_.push_back({position, std::move(message)});
  }

  [[noreturn]] static void end_parsing(const Position& position, std::string message) {
    throw ParsingEnds{{position, std::move(message)}};
  }

  void take_key(const Position& position, const std::string& key, ScalarStyle style) {
    OpenNode& map = open_.back();
    if (key == "<<" && style == ScalarStyle::plain) {
      refuse_key(position, "merge keys (<<) are not supported; write the keys out");
      return;
    }
    const auto [first, is_new] = map.lines_of_keys.emplace(key, position.line);
    if (!is_new) {
      refuse_key(position,
                 fmt::format("the key '{}' stands here for the second time, first in line {}; keep "
                             "one",
                             shown(key),
                             first->second));
      return;
    }
    map.entry = YamlEntry{key, position, nullptr};
    map.expects_key = false;
  }

  void refuse_key(const Position& position, std::string message) {
    report(position, std::move(message));
    OpenNode& map = open_.back();
    map.entry = YamlEntry{"", position, nullptr};
    map.expects_key = false;
    map.drops_value = true;
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    report(place_of_value(mark),
           fmt::format("the YAML tag '{}' is not supported; leave it out", shown(tag)));
  }

  /// Of a file for another program, which reads it by YAML's rules alone.
  [[nodiscard]] bool keeps_variables() const { return environment_ == nullptr; }

  static bool is_tag_of_plain_words(std::string_view tag) {
    return tag == "tag:yaml.org,2002:float" || tag == "tag:yaml.org,2002:int" ||
           tag == "tag:yaml.org,2002:bool";
  }

  /// Whether this is within the top's 'command', which is a key of other programs alone: their
  /// ${program} is no variable of the environment.
  [[nodiscard]] bool is_in_foreign_command() const {
    return !open_.empty() && open_.front().node->kind == YamlKind::map &&
           open_.front().entry.key == "command";
  }

  YamlNodePointer scalar(const Position& position, const std::string& value, bool is_plain) {
    if (keeps_variables()) {
      const ScalarStyle style = is_plain ? ScalarStyle::plain : ScalarStyle::quoted;
      return std::make_shared<YamlNode>(YamlNode{YamlKind::scalar, unshield(value), style, {}, {}});
    }
    if (is_in_foreign_command()) {
      return std::make_shared<YamlNode>(
          YamlNode{YamlKind::scalar, unshield(value), ScalarStyle::quoted, {}, {}});
    }
    if (const auto lookalike = is_plain ? lookalike_at_edge(value) : std::nullopt) {
      report(position, *lookalike);
      return broken();
    }
    auto replaced = replace_variables(value, environment_);
    if (const auto* const message = std::get_if<std::string>(&replaced)) {
      report(position, *message);
      return broken();
    }
    auto& [text, has_variable] = std::get<ReplacedText>(replaced);
    auto node = std::make_shared<YamlNode>();
    node->kind = YamlKind::scalar;
    node->text = std::move(text);
    node->style = !is_plain      ? ScalarStyle::quoted
                  : has_variable ? ScalarStyle::from_variable
                                 : ScalarStyle::plain;
    return node;
  }

  /// yaml-cpp takes the end of the file for the end of a quoted scalar.
  void check_end_of_quotes(const YAML::Mark& mark) const {
    const auto start = static_cast<std::size_t>(mark.pos);
    const std::string_view text = source_.text();
    if (start >= text.size() || (text[start] != '"' && text[start] != '\'')) {
      return;
    }
    const char quote = text[start];
    const char escape = quote == '"' ? '\\' : '\'';
    std::size_t at = start + 1;
    while (at < text.size() && (text[at] != quote || text.substr(at, 2) == "''")) {
      const bool is_escape = text[at] == escape;
      at += is_escape ? 2 : 1;
    }
    if (at >= text.size()) {
      end_parsing(place_of(mark), fmt::format("the quote {} that opens here is not closed", quote));
    }
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlKind kind) {
    if (open_.size() == deepest_nesting) {
      end_parsing(place_of(mark),
                  fmt::format("lists and maps are nested more than {} deep", deepest_nesting));
    }
    if (tag != "?" && tag != "!" && !tag.empty()) {
      refuse_tag(mark, tag);
    }
    OpenNode node;
    node.is_key = is_key_expected();
    node.position = node.is_key ? place_of(mark) : place_of_value(mark);
    node.node = std::make_shared<YamlNode>();
    node.node->kind = kind;
    node.anchor = anchor;
    open_.push_back(std::move(node));
  }

  void close() {
    const OpenNode closed = std::move(open_.back());
    open_.pop_back();
    if (closed.is_key) {
      // Not at once: if a syntax error comes before its end, that says more.
      remember(closed.anchor, closed.node);
      refuse_key(closed.position, "a list or map cannot be a key; expected the name of a setting");
      return;
    }
    add_at(closed.position, closed.anchor, closed.node);
  }

  void remember(YAML::anchor_t anchor, const YamlNodePointer& node) {
    if (anchor != 0) {
      anchors_[anchor] = node;
    }
  }

  void add(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNodePointer node) {
    add_at(place_of_value(mark), anchor, std::move(node));
  }

  void add_at(const Position& position, YAML::anchor_t anchor, YamlNodePointer node) {
    remember(anchor, node);
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    OpenNode& parent = open_.back();
    if (parent.node->kind == YamlKind::list) {
      parent.node->items.push_back({position, std::move(node)});
      return;
    }
    if (!parent.drops_value) {
      parent.entry.value = std::move(node);
      parent.node->entries.push_back(std::move(parent.entry));
    }
    parent.expects_key = true;
    parent.drops_value = false;
  }

  const SourceText& source_;
  const EnvironmentLookup& environment_;
  std::vector<PlacedProblem> problems_;
  std::vector<OpenNode> open_;
  std::map<YAML::anchor_t, YamlNodePointer> anchors_;
  YamlNodePointer root_;
};

struct SyntaxHint {
  std::string_view error;  // as yaml-cpp says it
  std::string_view words;
};

constexpr std::array syntax_hints = {
    SyntaxHint{"illegal map value",
               "a ':' does not fit here; look for other indentation than in the lines before, a "
               "line without ':', or text that needs quotes"},
    SyntaxHint{"illegal flow end", "this closes no open bracket of its kind"},
    SyntaxHint{"end of map not found",
               "the map cannot go on like this; look for other indentation than in the lines "
               "before, or text after a closing quote or bracket"},
    SyntaxHint{"end of map flow not found", "expected ',' or the closing '}' of a map before this"},
    SyntaxHint{"end of sequence flow not found",
               "expected ',' or the closing ']' of a list before this"},
    SyntaxHint{"end of sequence not found",
               "the list cannot go on like this; expected '- ' as in the lines before"},
    SyntaxHint{"unknown token", "text cannot start with this character; put it into quotes"},
};

/// yaml-cpp's message in words that say where to look; itself if we have none.
std::string in_words(const std::string& error) {
  for (const SyntaxHint& hint : syntax_hints) {
    if (hint.error == error) {
      return std::string(hint.words);
    }
  }
  return error;
}

PlacedProblem syntax_problem(const SourceText& source, const YAML::ParserException& error) {
  const bool has_mark = !error.mark.is_null();
  const Position position = has_mark
                                ? source.position_at(static_cast<std::size_t>(error.mark.line),
                                                     static_cast<std::size_t>(error.mark.column))
                                : source.position_at(0);
  const std::string_view line = source.line(position.line);
  const auto indentation = line.substr(0, line.find_first_not_of(" \t"));
  const bool has_tab = indentation.find('\t') != std::string_view::npos;
  return {position,
          fmt::format("this is not valid YAML: {}{}",
                      in_words(error.msg),
                      has_tab ? "; the line is indented by a tab, use spaces" : "")};
}

std::string why_bad(std::string_view text, std::size_t at) {
  const bool is_utf_16 = text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") ||
                         (text.size() > 1 && (text[0] == '\0' || text[1] == '\0'));
  return is_utf_16 ? "the file is UTF-16, expected UTF-8; convert it with: iconv -f UTF-16 -t UTF-8"
                   : fmt::format("the byte 0x{:02x} cannot stand here; expected UTF-8 text",
                                 static_cast<unsigned>(static_cast<unsigned char>(text[at])));
}

/// As files of old Macs: to YAML it may be one line, and what it says of it helps nobody.
bool ends_lines_at_cr(std::string_view text) {
  return text.find('\n') == std::string_view::npos && text.find('\r') < text.find_last_not_of('\r');
}

}  // namespace

ParsedYaml parse_yaml(const std::string& text,
                      std::size_t source,
                      const EnvironmentLookup& environment) {
  const SourceText original(text, source);
  if (const auto bad = original.first_bad_byte()) {
    return {nullptr, {{original.position_at(*bad), why_bad(original.text(), *bad)}}};
  }
  if (ends_lines_at_cr(original.text())) {
    return {nullptr,
            {{original.position_at(0),
              "the lines end at CR alone, expected LF or CRLF; convert the file with: tr '\\r' "
              "'\\n' < FILE > NEW_FILE"}}};
  }
  const std::string shielded = shield(std::string(original.text()));
  const SourceText shielded_source(shielded, source);
  TreeBuilder builder(shielded_source, environment);
  try {
    std::istringstream stream(shielded);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (ParsingEnds& end) {
    return {nullptr, {std::move(end.problem)}};
  } catch (const YAML::ParserException& error) {
    return {nullptr, {syntax_problem(shielded_source, error)}};
  }
  YamlNodePointer root = builder.root();
  return {root != nullptr ? root : std::make_shared<YamlNode>(), std::move(builder.problems())};
}

}  // namespace tarama::config
