#pragma once
// What one side of a TLS connection shows, and whom it believes: the files that `cccd-pki tls` makes
// (docs/formats/tls.md). Cheap to copy; the key stays in one place in memory and is wiped with the last copy.

#include <filesystem>
#include <memory>

#include "pki/base/core/secret.h"

namespace net {

class TlsIdentity {
 public:
  // certificate: PEM, the holder's own first, then those between it and the authority; or the holder's own as DER.
  // key: encrypted PKCS#8, PEM or DER. Throws Error{FixConfiguration} when a file cannot be read, the password is
  // wrong, the key is not encrypted, or key and certificate are no pair.
  static TlsIdentity from_files(const std::filesystem::path& certificate, const std::filesystem::path& key,
                                const base::Secret& password);

  struct Inside;  // OpenSSL's objects, for this room alone
  const Inside& inside() const { return *inside_; }

 private:
  explicit TlsIdentity(std::shared_ptr<const Inside> inside) : inside_(std::move(inside)) {}
  std::shared_ptr<const Inside> inside_;
};

// The certificates of the authorities whose signature on the other side's certificate counts.
class TlsAuthorities {
 public:
  // PEM with one certificate or several, or one as DER. Throws Error{FixConfiguration} when there is none in the file.
  static TlsAuthorities from_file(const std::filesystem::path& file);

  struct Inside;
  const Inside& inside() const { return *inside_; }

 private:
  explicit TlsAuthorities(std::shared_ptr<const Inside> inside) : inside_(std::move(inside)) {}
  std::shared_ptr<const Inside> inside_;
};

}  // namespace net
