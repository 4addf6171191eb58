#pragma once
// A certificate of a master list as fields to be shown and compared. Shows what stands there and judges nothing.

#include <map>
#include <string>

#include "pki/masterlist/judge/master_list.h"

namespace masterlist::judge {

struct EntryFields {
  std::string country;  // of the subject, two capital letters
  // The fields by name: subject, issuer, serial, not_before, not_after, public_key, public_key_sha256,
  // signature_algorithm, sha256 (of the certificate), and each extension by its OID ("2.5.29.15": critical or not, and
  // the octets). Texts of foreign certificates are UTF-8, with what is none escaped.
  std::map<std::string, std::string> fields;
  bool self_issued = false;  // issuer and subject are one name
};

EntryFields fields_of(const Entry& entry);  // one that could be read (ensure)
std::string name_of(const Entry& entry);    // "C=DE,O=bund,CN=csca-germany, 0A1B": subject and serial number

}  // namespace masterlist::judge
