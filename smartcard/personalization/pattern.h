#pragma once
// What a chip profile says is sent, as data: hexadecimal octets, names in braces that stand for what the card is given,
// and parentheses that put the length of what they hold before it (ISO 7816-4 §5.2.2.2, BER). "5F1F
// ({document_number})" is the tag, one octet of length, the number.

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pki/base/core/bytes.h"
#include "pki/base/core/secret.h"

namespace personalization {

// By name. A value may be secret, so each is.
using Values = std::map<std::string, base::Secret, std::less<>>;

class Pattern {
 public:
  Pattern() = default;  // sends nothing
  // One sentence says why a text is no pattern; a name outside `known` is a reason too.
  static std::variant<Pattern, std::string> parse(std::string_view text, std::span<const std::string_view> known);

  // The names that stand in it, each as often as it does.
  std::vector<std::string> names() const;
  bool fillable(const Values& values) const;
  // Every name has a value (ensure).
  base::Secret fill(const Values& values) const;

 private:
  struct Piece {
    enum class Kind { Octets, Name, Open, Close } kind = Kind::Octets;
    base::Bytes octets;
    std::string name;
  };
  std::vector<Piece> pieces_;
};

}  // namespace personalization
