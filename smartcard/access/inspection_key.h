#pragma once
// The inspection system's side of terminal authentication: its key, in an encrypted file that OpenSSL opens or in a
// token, and its certificates on disk.

#include <filesystem>
#include <string>
#include <vector>

#include "pki/base/core/secret.h"
#include "smartcard/access/terminal_authentication.h"

namespace chip_access {

// key: the encrypted PKCS#8 file of `cccd-pki is request`, or a key's address in a token (pkcs11:token=…;object=…),
// whose PIN the password then is: Error as open_inspection_token() too. certificates: one CV certificate a file, DER,
// in any order: the inspection system's, its DV's and link certificates. Of several inspection systems' the key says
// which is meant; of several for that key the one that is valid longest is used. Error{FixConfiguration}, with what to
// mend, when
//   a file cannot be read or is no CV certificate, the key file is not encrypted PKCS#8 or the password is wrong;
//   no certificate is an inspection system's (9303-12 §7.2.2.5), or none of these is for this key.
// Whether a chip believes them is the chip's to say.
InspectionCredentials load_inspection_system(const std::string& key, const base::Secret& password,
                                             const std::vector<std::filesystem::path>& certificates);

}  // namespace chip_access
