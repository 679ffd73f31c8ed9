// See merged_tokens.hpp.
#include "input/model/merged_tokens.hpp"

#include "input/text/wordpiece.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace tarama::input {
namespace {

class TokenMerge {
 public:
  explicit TokenMerge(const std::vector<std::string>& pieces) : pieces_(pieces) {
    for (std::size_t id = 0; id < pieces.size(); ++id) {
      ids_[pieces[id]] = static_cast<std::int32_t>(id);
    }
    next_ = static_cast<std::int32_t>(pieces.size());
  }

  Result<void> add(const AddedToken& token) {
    if (token.content.empty()) {
      return {};
    }
    const auto known = ids_.find(token.content);
    if (known != ids_.end() && known->second != token.id) {
      return Error{Errc::invalid_config,
                   fmt::format("the added token '{}' has the id {} in one file and {} in another",
                               token.content,
                               token.id,
                               known->second)};
    }
    const auto place = static_cast<std::size_t>(token.id);
    const std::string* holder = nullptr;
    if (place < pieces_.size() && !pieces_[place].empty()) {
      holder = &pieces_[place];
    } else if (const auto other = tokens_.find(token.id); other != tokens_.end()) {
      holder = &other->second.content;
    }
    if (holder != nullptr && *holder != token.content) {
      return Error{Errc::invalid_config,
                   fmt::format("the added token '{}' has the id {}, which is that of '{}'",
                               token.content,
                               token.id,
                               *holder)};
    }
    ids_[token.content] = token.id;
    next_ = std::max(next_, token.id + 1);
    if (!is_special_piece(token.content)) {
      tokens_.emplace(token.id, token);
    }
    return {};
  }

  void add_special(const std::string& content) {
    const auto known = ids_.find(content);
    AddedToken token;
    token.content = content;
    token.special = true;
    token.id = known == ids_.end() ? next_ : known->second;
    (void)add(token);  // its id is free, or its own
  }

  std::vector<AddedToken> take() {
    std::vector<AddedToken> tokens;
    for (auto& [id, token] : tokens_) {
      tokens.push_back(std::move(token));
    }
    return tokens;
  }

 private:
  const std::vector<std::string>& pieces_;
  StringMap<std::int32_t> ids_;
  std::map<std::int32_t, AddedToken> tokens_;
  std::int32_t next_ = 0;
};

}  // namespace

Result<std::vector<AddedToken>> merge_added_tokens(const std::vector<std::string>& pieces,
                                                   const std::vector<AddedToken>& with_ids,
                                                   const std::vector<std::string>& special) {
  TokenMerge merge(pieces);
  for (const AddedToken& token : with_ids) {
    if (const Result<void> added = merge.add(token); !added) {
      return added.error();
    }
  }
  for (const std::string& content : special) {
    merge.add_special(content);
  }
  return merge.take();
}

}  // namespace tarama::input
