// See pickle.hpp. One pass over the opcodes, with a stack and a memo of indices into an arena of
// values. Opcodes are those of Python's pickletools, protocols 2 to 5.
#include "input/model/pickle.hpp"

#include "input/model/pickle_calls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>
#include <unordered_map>
#include <utility>

namespace tarama::input {
namespace {

// The pickle of the largest BERT has about 10 000; each takes some 100 bytes here, and all together
// 50 ms. Items of lists
// and bytes of copied texts count as well: a pickle may name a long one over and over.
constexpr std::size_t most_pickled_values = 250'000;
constexpr std::size_t text_bytes_per_value = 64;
constexpr std::size_t longest_name_shown = 120;

Error bad_pickle(std::string what) {
  return Error{Errc::invalid_config, std::move(what)};
}

Error cut_short() {
  return bad_pickle("its pickle is cut short");
}

/// Printable ASCII as it is, all else as '?': names come from anywhere.
std::string shown_name(std::string_view name) {
  std::string shown(name.substr(0, longest_name_shown));
  std::ranges::replace_if(
      shown, [](char letter) { return letter < ' ' || letter > '~'; }, '?');
  return name.size() > longest_name_shown ? shown + "…" : shown;
}

Error forbidden_name(std::string_view name) {
  const bool is_module = name.starts_with("transformers.") || name.starts_with("torch.nn.");
  return bad_pickle(fmt::format(
      "its pickle names '{}', which the tensors of a model do not need; nothing of it was "
      "executed. {}",
      shown_name(name),
      is_module ? "It seems to hold a whole model object: save model.state_dict() instead"
                : "Do not load it in Python unless you trust where it comes from"));
}

class PickleReader {
 public:
  explicit PickleReader(std::string_view bytes) : bytes_(bytes) {}

  Result<Pickle> read() {
    while (at_ < bytes_.size()) {
      const auto opcode = static_cast<unsigned char>(bytes_[at_++]);
      if (opcode == '.') {
        return finish();
      }
      if (!(take_plain(opcode) || take_text(opcode) || take_container(opcode) ||
            take_items(opcode) || take_memo(opcode) || take_call(opcode))) {
        return bad_pickle(
            fmt::format("its pickle uses opcode 0x{:02x} at byte {}, which torch.save never writes",
                        opcode,
                        at_ - 1));
      }
      if (problem_) {
        return *problem_;
      }
      if (weight_ > most_pickled_values || stack_.size() + marks_.size() > most_pickled_values) {
        return bad_pickle(fmt::format("its pickle makes more than {} values", most_pickled_values));
      }
    }
    return cut_short();
  }

 private:
  Result<Pickle> finish() {
    if (stack_.size() != 1 || !marks_.empty()) {
      return bad_pickle("its pickle does not end with one value");
    }
    pickle_.root = stack_.back();
    pickle_.bytes = at_;
    return std::move(pickle_);
  }

  // --- what the opcodes below are made of; each sets problem_ instead of failing

  void fail(Error why) {
    if (!problem_) {
      problem_ = std::move(why);
    }
  }

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - at_) {
      fail(cut_short());
      return {};
    }
    const std::string_view taken = bytes_.substr(at_, count);
    at_ += count;
    return taken;
  }

  std::uint64_t take_number(std::size_t width) {
    std::uint64_t number = 0;
    const std::string_view raw = take(width);
    for (std::size_t i = 0; i < raw.size(); ++i) {
      number |= std::uint64_t{static_cast<unsigned char>(raw[i])} << (8 * i);
    }
    return number;
  }

  std::string_view take_line() {
    const std::size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) {
      fail(cut_short());
      return {};
    }
    const std::string_view line = bytes_.substr(at_, end - at_);
    at_ = end + 1;
    return line;
  }

  void push(PickleValue value) {
    weight_ += 1 + value.items.size() + value.text.size() / text_bytes_per_value;
    stack_.push_back(static_cast<std::uint32_t>(pickle_.values.size()));
    pickle_.values.push_back(std::move(value));
  }

  void push_kind(PickleKind kind, std::int64_t number = 0) { push({kind, number, {}, {}}); }

  void push_text(PickleKind kind, std::string_view text) { push({kind, 0, std::string(text), {}}); }

  /// The top of the stack; values below the last mark are out of reach, as in Python.
  std::optional<std::uint32_t> pop() {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) {
      fail(bad_pickle("its pickle takes a value where there is none"));
      return std::nullopt;
    }
    const std::uint32_t top = stack_.back();
    stack_.pop_back();
    return top;
  }

  std::vector<std::uint32_t> pop_to_mark() {
    if (marks_.empty()) {
      fail(bad_pickle("its pickle ends a list that it never began"));
      return {};
    }
    const auto from = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<std::uint32_t> items(from, stack_.end());
    stack_.erase(from, stack_.end());
    marks_.pop_back();
    return items;
  }

  /// Whether the top of the stack is of this kind, so that items may be added to it.
  PickleValue* top_of(PickleKind kind) {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back()) ||
        pickle_.values[stack_.back()].kind != kind) {
      fail(bad_pickle("its pickle adds items to what is no list and no dict"));
      return nullptr;
    }
    return &pickle_.values[stack_.back()];
  }

  void append_to_top(PickleKind kind, const std::vector<std::uint32_t>& items) {
    PickleValue* const top = problem_ ? nullptr : top_of(kind);
    if (top == nullptr) {
      return;
    }
    if (kind == PickleKind::dict && items.size() % 2 != 0) {
      return fail(bad_pickle("its pickle has a key without a value"));
    }
    weight_ += items.size();
    top->items.insert(top->items.end(), items.begin(), items.end());
  }

  void push_tuple_of_top(std::size_t count) {
    PickleValue tuple{PickleKind::tuple, 0, {}, {}};
    for (std::size_t i = 0; i < count; ++i) {
      tuple.items.push_back(pop().value_or(0));
    }
    std::ranges::reverse(tuple.items);
    push(std::move(tuple));
  }

  /// Two's complement, of any length. What 64 bits do not hold counts as 0: torch's magic number
  /// is such a one, and no size or offset may be.
  void push_long(std::uint64_t width) {
    const std::string_view raw = take(width);
    std::int64_t number = 0;
    if (!raw.empty() && raw.size() <= sizeof number) {
      const bool is_negative = (static_cast<unsigned char>(raw.back()) & 0x80U) != 0;
      std::uint64_t bits = is_negative ? ~std::uint64_t{0} : 0;
      for (std::size_t i = raw.size(); i > 0; --i) {
        bits = (bits << 8U) | static_cast<unsigned char>(raw[i - 1]);
      }
      number = static_cast<std::int64_t>(bits);
    }
    push_kind(raw.size() <= sizeof number ? PickleKind::integer : PickleKind::real, number);
  }

  void push_name(std::string_view module, std::string_view name) {
    const std::string whole = fmt::format("{}.{}", module, name);
    if (!problem_ && !is_known_to_pickles(whole)) {
      return fail(forbidden_name(whole));
    }
    push_text(PickleKind::name, whole);
  }

  void push_result(Result<PickleValue> made) {
    if (!made) {
      return fail(made.error());
    }
    push(std::move(*made));
  }

  // --- the opcodes by families: whether this one is of the family

  bool take_plain(unsigned char opcode) {
    switch (opcode) {
      case 0x80:  // PROTO
        take(1);
        return true;
      case 0x95:  // FRAME
        take(8);
        return true;
      case 'N':
        push_kind(PickleKind::none);
        return true;
      case 0x88:  // NEWTRUE
      case 0x89:  // NEWFALSE
        push_kind(PickleKind::boolean, opcode == 0x88 ? 1 : 0);
        return true;
      case 'J':  // BININT
        push_kind(PickleKind::integer, static_cast<std::int32_t>(take_number(4)));
        return true;
      case 'K':  // BININT1
        push_kind(PickleKind::integer, static_cast<std::int64_t>(take_number(1)));
        return true;
      case 'M':  // BININT2
        push_kind(PickleKind::integer, static_cast<std::int64_t>(take_number(2)));
        return true;
      case 0x8A:  // LONG1
        push_long(take_number(1));
        return true;
      case 0x8B:  // LONG4
        push_long(take_number(4));
        return true;
      case 'G':  // BINFLOAT: no tensor needs its value
        take(8);
        push_kind(PickleKind::real);
        return true;
      default:
        return false;
    }
  }

  bool take_text(unsigned char opcode) {
    switch (opcode) {
      case 'X':  // BINUNICODE, BINSTRING, BINBYTES
      case 'T':
      case 'B':
        push_text(PickleKind::text, take(take_number(4)));
        return true;
      case 0x8C:  // SHORT_BINUNICODE, SHORT_BINSTRING, SHORT_BINBYTES
      case 'U':
      case 'C':
        push_text(PickleKind::text, take(take_number(1)));
        return true;
      case 0x8D:  // BINUNICODE8, BINBYTES8
      case 0x8E:
        push_text(PickleKind::text, take(take_number(8)));
        return true;
      default:
        return false;
    }
  }

  bool take_container(unsigned char opcode) {
    switch (opcode) {
      case '(':
        marks_.push_back(stack_.size());
        return true;
      case ']':
        push_kind(PickleKind::list);
        return true;
      case '}':
        push_kind(PickleKind::dict);
        return true;
      case ')':
        push_kind(PickleKind::tuple);
        return true;
      case 0x85:  // TUPLE1, TUPLE2, TUPLE3
      case 0x86:
      case 0x87:
        push_tuple_of_top(opcode - 0x84U);
        return true;
      case 't':
        push({PickleKind::tuple, 0, {}, pop_to_mark()});
        return true;
      case 'l':
        push({PickleKind::list, 0, {}, pop_to_mark()});
        return true;
      case '0':  // POP
        pop();
        return true;
      case '1':  // POP_MARK
        pop_to_mark();
        return true;
      default:
        return false;
    }
  }

  bool take_items(unsigned char opcode) {
    switch (opcode) {
      case 'd': {  // DICT
        const std::vector<std::uint32_t> items = pop_to_mark();
        push_kind(PickleKind::dict);
        append_to_top(PickleKind::dict, items);
        return true;
      }
      case 'a':  // APPEND
        append_to_top(PickleKind::list, {pop().value_or(0)});
        return true;
      case 'e':  // APPENDS
        append_to_top(PickleKind::list, pop_to_mark());
        return true;
      case 's': {  // SETITEM
        const std::uint32_t value = pop().value_or(0);
        append_to_top(PickleKind::dict, {pop().value_or(0), value});
        return true;
      }
      case 'u':  // SETITEMS
        append_to_top(PickleKind::dict, pop_to_mark());
        return true;
      default:
        return false;
    }
  }

  bool take_memo(unsigned char opcode) {
    switch (opcode) {
      case 'q':  // BINPUT
        return remember(take_number(1));
      case 'r':  // LONG_BINPUT
        return remember(take_number(4));
      case 0x94:  // MEMOIZE
        return remember(memo_.size());
      case 'h':  // BINGET
        return recall(take_number(1));
      case 'j':  // LONG_BINGET
        return recall(take_number(4));
      default:
        return false;
    }
  }

  bool remember(std::uint64_t key) {
    const std::optional<std::uint32_t> top = pop();
    if (top) {
      stack_.push_back(*top);
      memo_[key] = *top;
    }
    return true;
  }

  bool recall(std::uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) {
      fail(bad_pickle("its pickle recalls a value that it never made"));
    } else {
      stack_.push_back(found->second);
    }
    return true;
  }

  bool take_call(unsigned char opcode) {
    switch (opcode) {
      case 'c': {  // GLOBAL
        const std::string_view module = take_line();
        push_name(module, take_line());
        return true;
      }
      case 0x93: {  // STACK_GLOBAL
        const std::uint32_t name = pop().value_or(0);
        const std::uint32_t module = pop().value_or(0);
        if (!problem_) {
          push_name(pickle_.values[module].text, pickle_.values[name].text);
        }
        return true;
      }
      case 'R': {  // REDUCE
        const std::uint32_t arguments = pop().value_or(0);
        const std::uint32_t function = pop().value_or(0);
        if (!problem_) {
          reduce(function, arguments);
        }
        return true;
      }
      case 'b':  // BUILD: attributes, of an ordered dict its `_metadata`; no tensor needs them
        pop();
        return true;
      case 'Q': {  // BINPERSID
        const std::uint32_t id = pop().value_or(0);
        if (!problem_) {
          push_result(storage_in_pickle(pickle_, pickle_.values[id]));
        }
        return true;
      }
      default:
        return false;
    }
  }

  void reduce(std::uint32_t function, std::uint32_t arguments) {
    if (pickle_.values[function].kind != PickleKind::name ||
        pickle_.values[arguments].kind != PickleKind::tuple) {
      return fail(bad_pickle("its pickle calls what is no function"));
    }
    const std::string name = pickle_.values[function].text;
    const PickleValue taken = pickle_.values[arguments];  // a call may move the values
    push_result(call_in_pickle(pickle_, name, taken));
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::vector<std::uint32_t> stack_;
  std::vector<std::size_t> marks_;
  std::size_t weight_ = 0;  // of what was made: values, items, texts
  std::unordered_map<std::uint64_t, std::uint32_t> memo_;
  std::optional<Error> problem_;
  Pickle pickle_;
};

}  // namespace

Result<Pickle> read_pickle(std::string_view bytes) {
  return PickleReader(bytes).read();
}

}  // namespace tarama::input
