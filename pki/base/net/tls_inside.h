#pragma once
// OpenSSL's side of TLS, for the two ends in this room: what is behind an identity, the contexts of server and client,
// and the judgement of what a client showed.

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pki/base/core/clock.h"
#include "pki/base/net/http.h"
#include "pki/base/net/tls_identity.h"

namespace net {

template <auto Free>
struct TlsFree {
  template <class T>
  void operator()(T* handle) const noexcept {
    Free(handle);
  }
};
using X509Handle = std::unique_ptr<X509, TlsFree<X509_free>>;
using StoreHandle = std::unique_ptr<X509_STORE, TlsFree<X509_STORE_free>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, TlsFree<EVP_PKEY_free>>;
using ContextHandle = std::unique_ptr<SSL_CTX, TlsFree<SSL_CTX_free>>;

struct TlsIdentity::Inside {
  X509Handle own;
  std::vector<X509Handle> between;
  KeyHandle key;
};

struct TlsAuthorities::Inside {
  std::vector<X509Handle> certificates;
  StoreHandle store;
};

// OpenSSL's pending errors as one text.
std::string tls_errors();

// TLS 1.2 with forward secrecy and AEAD, or 1.3; no renegotiation, no session kept (each handshake is judged anew);
// ALPN http/1.1. The server's asks for a certificate and takes what it gets.
ContextHandle server_context(const TlsIdentity& identity, const TlsAuthorities& clients);
ContextHandle client_context(const std::optional<TlsIdentity>& identity, const TlsAuthorities& servers);

// Before a client's handshake: the server has to show `host`, a name or an address, and be in its time at `now`.
void expect_server(SSL* ssl, const std::string& host, base::Moment now);

// What a client showed, and when it may be believed.
struct ClientStanding {
  PeerCertificate certificate;  // shown: Nothing, NotTrusted, or Trusted for a chain that is right apart from its time
  base::Moment not_before, not_after;  // of the whole chain

  PeerCertificate at(base::Moment now) const;
};
ClientStanding judge_client(const SSL* ssl, const TlsAuthorities& clients);

}  // namespace net
