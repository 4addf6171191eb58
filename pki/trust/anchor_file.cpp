#include <fmt/format.h>
#include <openssl/pem.h>

#include <algorithm>

#include "pki/crypto/openssl/certificate.h"
#include "pki/trust/anchor.h"

namespace trust {

namespace {

constexpr std::string_view kBegin = "-----BEGIN ", kEnd = "-----END ", kDashes = "-----";

// ContentInfo begins with an object identifier, a certificate with another SEQUENCE. Lengths may be BER's.
bool looks_like_message(base::ByteView file) {
  constexpr std::uint8_t kSequence = 0x30, kObjectIdentifier = 0x06, kLongForm = 0x80;
  if (file.size() < 2 || file[0] != kSequence) return false;
  const std::size_t more = (file[1] & kLongForm) != 0 ? file[1] & 0x7FU : 0;
  return file.size() > 2 + more && file[2 + more] == kObjectIdentifier;
}

// The length of the certificate that stands at the front; 0: none.
std::size_t certificate_at_front(base::ByteView der) {
  const unsigned char* at = der.data();
  const crypto::openssl::X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  crypto::openssl::drain_errors();
  return certificate ? static_cast<std::size_t>(at - der.data()) : 0;
}

bool is_list(base::ByteView der) {
  const unsigned char* at = der.data();
  const std::unique_ptr<X509_CRL, crypto::openssl::FreeWith<X509_CRL_free>> list(
      d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
  crypto::openssl::drain_errors();
  return list && at == der.data() + der.size();
}

bool all_zero(base::ByteView octets) {
  return std::ranges::all_of(octets, [](std::uint8_t octet) { return octet == 0; });
}

void take_der(base::ByteView der, const std::string& where, OfferedFile& out) {
  if (looks_like_message(der)) {
    out.messages.emplace_back(der.begin(), der.end());
    return;
  }
  if (is_list(der)) {
    out.lists.emplace_back(der.begin(), der.end());
    return;
  }
  std::size_t count = 0;
  while (!der.empty()) {
    const std::size_t size = certificate_at_front(der);
    if (size == 0) break;
    out.certificates.emplace_back(der.begin(), der.begin() + static_cast<std::ptrdiff_t>(size));
    der = der.subspan(size);
    ++count;
  }
  if (count > 1) {
    out.findings.note("ANCHOR_SEVERAL", where, fmt::format("{} certificates stand one behind the other.", count));
  }
  if (count == 0) {
    out.findings.fail("ANCHOR_UNREADABLE", where, "It is no certificate, neither DER nor PEM.");
  } else if (!der.empty() && all_zero(der)) {
    out.findings.warn("ANCHOR_TRAILING_BYTES", where,
                      fmt::format("{} zero octets follow the certificate.", der.size()));
  } else if (!der.empty()) {
    out.findings.fail("ANCHOR_UNREADABLE", where,
                      fmt::format("{} octets follow the certificate that are no certificate.", der.size()));
  }
}

std::optional<base::Bytes> decode_block(std::string_view block) {
  const crypto::openssl::BioPtr in(BIO_new_mem_buf(block.data(), static_cast<int>(block.size())));
  char *label = nullptr, *header = nullptr;
  unsigned char* content = nullptr;
  long size = 0;
  const bool read = in && PEM_read_bio(in.get(), &label, &header, &content, &size) == 1;
  crypto::openssl::drain_errors();
  if (!read) return std::nullopt;
  base::Bytes octets(content, content + size);
  OPENSSL_free(label);
  OPENSSL_free(header);
  OPENSSL_clear_free(content, static_cast<std::size_t>(size));
  return octets;
}

void take_block(std::string_view label, std::string_view block, const std::string& where, OfferedFile& out) {
  const bool certificate = label == "CERTIFICATE" || label == "X509 CERTIFICATE";
  if (label == "X509 CRL") {
    if (auto list = decode_block(block); list && is_list(*list)) {
      out.lists.push_back(std::move(*list));
      return;
    }
  }
  if (!certificate && label != "CMS" && label != "PKCS7") {
    out.findings.note("ANCHOR_FOREIGN_BLOCK", where, "The block holds no certificate and is left aside.");
    return;
  }
  const auto octets = decode_block(block);
  if (!octets || (certificate && certificate_at_front(*octets) != octets->size())) {
    out.findings.fail("ANCHOR_UNREADABLE", where, "The block is damaged: it is no certificate.");
  } else if (certificate) {
    out.certificates.push_back(*octets);
  } else {
    out.messages.push_back(*octets);
  }
}

// A block that does not end before the next one begins is damaged, and takes nothing along.
void take_pem(std::string_view text, const std::string& origin, OfferedFile& out) {
  std::size_t number = 0;
  for (std::size_t at = text.find(kBegin); at != std::string_view::npos;) {
    const std::string where = fmt::format("{}, block {}", origin, ++number);
    const std::size_t next = text.find(kBegin, at + kBegin.size());
    const std::string_view block = text.substr(at, next == std::string_view::npos ? next : next - at);
    const std::size_t label_end = block.find(kDashes, kBegin.size());
    const std::size_t end = block.find(kEnd);
    if (label_end == std::string_view::npos || end == std::string_view::npos || label_end > end) {
      out.findings.fail("ANCHOR_UNREADABLE", where, "The block has no end.");
    } else {
      take_block(block.substr(kBegin.size(), label_end - kBegin.size()), block, where, out);
    }
    at = next;
  }
}

// Base64 and white space alone: somebody left the lines of PEM away.
std::optional<base::Bytes> bare_base64(std::string_view text) {
  std::string packed;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '=') continue;
    packed += c == '+' ? '-' : c == '/' ? '_' : c;
  }
  return packed.empty() ? std::nullopt : base::parse_base64url(packed);
}

}  // namespace

OfferedFile take_apart(base::ByteView file, const std::string& origin) {
  OfferedFile out;
  const bool der = !file.empty() && file.front() == 0x30 && certificate_at_front(file) > 0;
  if (der || looks_like_message(file)) {
    take_der(file, origin, out);
    return out;
  }
  const std::string text = base::text_of(file);
  if (text.find(kBegin) != std::string::npos) {
    take_pem(text, origin, out);
    if (out.certificates.empty() && out.messages.empty() && out.lists.empty() && !out.findings.failed()) {
      out.findings.fail("ANCHOR_UNREADABLE", origin, "It is no certificate: no PEM block in it holds one.");
    }
  } else if (const auto octets = bare_base64(text)) {
    take_der(*octets, origin, out);
    if (!out.certificates.empty() || !out.messages.empty() || !out.lists.empty()) {
      out.findings.warn("ANCHOR_NO_PEM_LINES", origin, "It is base64 without the lines of PEM around it.");
    }
  } else {
    take_der(file, origin, out);
  }
  return out;
}

}  // namespace trust
