#pragma once
// Terminal authentication's signature algorithms (9303-11 §7.1.5, TR-03110-3 A.6.4). The identifier in a certificate's
// public key says how the holder of that key signs: the next certificate down, a request, or a chip's challenge.

#include <array>

#include "pki/asn1/oid.h"

namespace cvc::format {

enum class Scheme { RsaPkcs1, RsaPss, Ecdsa };
enum class Hash { Sha1, Sha224, Sha256, Sha384, Sha512 };

struct Algorithm {
  asn1::Oid oid;
  Scheme scheme;
  Hash hash;
  const char* name;
};

inline const std::array kAlgorithms{
    Algorithm{asn1::Oid("0.4.0.127.0.7.2.2.2.1.1"), Scheme::RsaPkcs1, Hash::Sha1, "RSA v1.5 with SHA-1"},
    Algorithm{asn1::Oid("0.4.0.127.0.7.2.2.2.1.2"), Scheme::RsaPkcs1, Hash::Sha256, "RSA v1.5 with SHA-256"},
    Algorithm{asn1::Oid("0.4.0.127.0.7.2.2.2.1.3"), Scheme::RsaPss, Hash::Sha1, "RSA PSS with SHA-1"},
    Algorithm{asn1::Oid("0.4.0.127.0.7.2.2.2.1.4"), Scheme::RsaPss, Hash::Sha256, "RSA PSS with SHA-256"},
    Algorithm{asn1::Oid("0.4.0.127.0.7.2.2.2.1.5"), Scheme::RsaPkcs1, Hash::Sha512, "RSA v1.5 with SHA-512"},
    Algorithm{asn1::Oid("0.4.0.127.0.7.2.2.2.1.6"), Scheme::RsaPss, Hash::Sha512, "RSA PSS with SHA-512"},
    Algorithm{asn1::Oid("0.4.0.127.0.7.2.2.2.2.1"), Scheme::Ecdsa, Hash::Sha1, "ECDSA with SHA-1"},
    Algorithm{asn1::Oid("0.4.0.127.0.7.2.2.2.2.2"), Scheme::Ecdsa, Hash::Sha224, "ECDSA with SHA-224"},
    Algorithm{asn1::Oid("0.4.0.127.0.7.2.2.2.2.3"), Scheme::Ecdsa, Hash::Sha256, "ECDSA with SHA-256"},
    Algorithm{asn1::Oid("0.4.0.127.0.7.2.2.2.2.4"), Scheme::Ecdsa, Hash::Sha384, "ECDSA with SHA-384"},
    Algorithm{asn1::Oid("0.4.0.127.0.7.2.2.2.2.5"), Scheme::Ecdsa, Hash::Sha512, "ECDSA with SHA-512"},
};

// nullptr: an identifier outside the list.
const Algorithm* algorithm_of(const asn1::Oid& oid);

}  // namespace cvc::format
