#include "issuance/registry/folded.h"

#include <algorithm>

#include "pki/base/text/text.h"

namespace registry {

std::string folded_name(std::string_view name) {
  std::string out;
  for (const char c : text::fold(name)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
    if (letter) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out.empty() ? "-" : out;
}

bool is_searchable(std::string_view name) {
  return text::is_valid_utf8(name) && folded_name(name) != "-";
}

std::vector<std::string> words_of(std::string_view folded) {
  std::vector<std::string> words;
  while (!folded.empty()) {
    const auto end = std::min(folded.find(' '), folded.size());
    if (end > 0) words.emplace_back(folded.substr(0, end));
    folded.remove_prefix(std::min(end + 1, folded.size()));
  }
  return words;
}

bool same_words(std::string_view folded, std::string_view other) {
  if (folded.size() != other.size()) return false;
  auto words = words_of(folded), others = words_of(other);
  std::ranges::sort(words);
  std::ranges::sort(others);
  return words == others;
}

bool one_edit_apart(std::string_view folded, std::string_view other) {
  if (folded.size() > other.size()) std::swap(folded, other);
  if (folded == other || other.size() - folded.size() > 1) return false;
  const auto at = static_cast<std::size_t>(std::ranges::mismatch(folded, other).in1 - folded.begin());
  const std::string_view rest = folded.substr(at), other_rest = other.substr(at);
  if (folded.size() < other.size()) return rest == other_rest.substr(1);
  if (rest.substr(1) == other_rest.substr(1)) return true;
  return rest.size() >= 2 && rest[0] == other_rest[1] && rest[1] == other_rest[0] &&
         rest.substr(2) == other_rest.substr(2);
}

}  // namespace registry
