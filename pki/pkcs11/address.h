#pragma once
// Where a key stands in a token: the PKCS #11 URI (RFC 7512), as far as it is used here.

#include <string>
#include <string_view>

namespace pkcs11 {

struct Address {
  std::string token;    // the token's label
  std::string object;   // the key's label; empty: the token as a whole
  std::string module;   // the module's file; empty: every module that p11-kit knows
  bool backup = false;  // of a key that is to be made: it may leave the token wrapped (Leaving::WrappedOnly)
};

bool is_address(std::string_view text);  // begins with "pkcs11:"

// pkcs11:token=LABEL[;object=LABEL][?module-path=FILE][&x-backup=wrapped], percent-encoded. Any other attribute is
// refused: an address that says more than is looked at would open another key than was meant. Throws
// Error{UsedWrongly}.
Address parse_address(std::string_view address);
// The same for one key: Error{UsedWrongly} when it names the token as a whole.
Address parse_key_address(std::string_view address);
// What a new key may be called. Error{UsedWrongly}.
void require_label(const std::string& label);

}  // namespace pkcs11
