#pragma once
// The file in which a key travels from one token to another: docs/formats/key-backup.md.

#include <string>

#include "pki/keystore/pkcs11_backup.h"

namespace admin {

std::string encode_backup(const keystore::WrappedKey& backup);  // JSON, with its line end
// file: named in messages. Error{FixConfiguration} when it is no backup of this form, whole and with nothing more.
keystore::WrappedKey parse_backup(const std::string& text, const std::string& file);

}  // namespace admin
