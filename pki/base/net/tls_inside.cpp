#include "pki/base/net/tls_inside.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <ctime>

#include "pki/base/core/bytes.h"
#include "pki/base/core/error.h"

namespace net {

namespace {

using StoreCtxHandle = std::unique_ptr<X509_STORE_CTX, TlsFree<X509_STORE_CTX_free>>;

constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};  // RFC 7301 §3.1
constexpr const char* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr long kLargestChain = 16 << 10;  // octets of certificates that a peer may show
constexpr int kSecurityBits = 2;          // OpenSSL's level: 112 bits and more

void demand(bool done, std::string_view what) {
  if (done) return;
  throw base::Error(base::Fault::FixConfiguration, "preparing TLS", fmt::format("{}: {}", what, tls_errors()));
}

void show(SSL_CTX* context, const TlsIdentity::Inside& identity) {
  demand(SSL_CTX_use_certificate(context, identity.own.get()) == 1, "our certificate");
  for (const auto& certificate : identity.between) {
    demand(SSL_CTX_add1_chain_cert(context, certificate.get()) == 1, "a certificate between ours and the authority");
  }
  demand(SSL_CTX_use_PrivateKey(context, identity.key.get()) == 1, "our key");
}

ContextHandle new_context(const SSL_METHOD* method) {
  ContextHandle context(SSL_CTX_new(method));
  demand(context != nullptr, "a TLS context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_security_level(context.get(), kSecurityBits);
  demand(SSL_CTX_set_cipher_list(context.get(), kTls12Ciphers) == 1, "the cipher list");
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_cert_list(context.get(), kLargestChain);
  // A connection that waits holds no buffers of OpenSSL's.
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  return context;
}

int choose_http11(SSL*, const unsigned char** out, unsigned char* length, const unsigned char* offered,
                  unsigned offered_length, void*) {
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, length, kHttp11, sizeof kHttp11, offered, offered_length);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// The handshake proves that the client has the key of what it shows; whether that counts is judged afterwards.
int take_any(X509_STORE_CTX*, void*) {
  return 1;
}

std::optional<base::Moment> moment_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return base::Moment(std::chrono::seconds(::timegm(&parts)));
}

// The subject's only common name, if there is exactly one and it is a plain line.
std::string common_name_of(const X509* certificate) {
  const X509_NAME* const name = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(name, NID_commonName, at) >= 0) return {};
  unsigned char* text = nullptr;
  const int length = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  if (length < 0) return {};
  std::string out(reinterpret_cast<const char*>(text), static_cast<std::size_t>(length));
  OPENSSL_free(text);
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return std::ranges::any_of(out, is_control) ? std::string{} : out;
}

std::string fingerprint_of(const X509* certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  base::ensure(X509_digest(certificate, EVP_sha256(), digest, &length) == 1, "OpenSSL digests a certificate");
  std::string hex = base::to_hex({digest, length});
  std::ranges::transform(hex, hex.begin(), [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  return hex;
}

}  // namespace

ContextHandle server_context(const TlsIdentity& identity, const TlsAuthorities& clients) {
  ContextHandle context = new_context(TLS_server_method());
  show(context.get(), identity.inside());
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_http11, nullptr);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context.get(), take_any, nullptr);
  for (const auto& authority : clients.inside().certificates) {
    demand(SSL_CTX_add_client_CA(context.get(), authority.get()) == 1, "the name of an authority for clients");
  }
  return context;
}

ContextHandle client_context(const std::optional<TlsIdentity>& identity, const TlsAuthorities& servers) {
  ContextHandle context = new_context(TLS_client_method());
  if (identity) show(context.get(), identity->inside());
  demand(SSL_CTX_set_alpn_protos(context.get(), kHttp11, sizeof kHttp11) == 0, "the protocol's name");
  SSL_CTX_set1_cert_store(context.get(), servers.inside().store.get());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  return context;
}

void expect_server(SSL* ssl, const std::string& host, base::Moment now) {
  X509_VERIFY_PARAM* const param = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_time(param, now.time_since_epoch().count());
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1) return;
  demand(X509_VERIFY_PARAM_set1_host(param, host.c_str(), host.size()) == 1, "the server's name");
  // The macro SSL_set_tlsext_host_name, without its C cast.
  demand(SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str())) == 1,
         "the server's name");
}

PeerCertificate ClientStanding::at(base::Moment now) const {
  PeerCertificate out = certificate;
  if (out.shown == Shown::Trusted && (now < not_before || now > not_after)) out.shown = Shown::Expired;
  return out;
}

ClientStanding judge_client(const SSL* ssl, const TlsAuthorities& clients) {
  ClientStanding standing{};
  X509* const leaf = SSL_get0_peer_certificate(ssl);
  if (leaf == nullptr) return standing;
  standing.certificate = {Shown::NotTrusted, common_name_of(leaf), fingerprint_of(leaf)};
  const StoreCtxHandle judge(X509_STORE_CTX_new());
  base::ensure(
      judge && X509_STORE_CTX_init(judge.get(), clients.inside().store.get(), leaf, SSL_get_peer_cert_chain(ssl)) == 1,
      "OpenSSL prepares to verify a chain");
  X509_VERIFY_PARAM* const param = X509_STORE_CTX_get0_param(judge.get());
  X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_CLIENT);
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME);
  X509_VERIFY_PARAM_set_auth_level(param, kSecurityBits);
  if (X509_verify_cert(judge.get()) != 1) {
    ERR_clear_error();
    return standing;
  }
  const STACK_OF(X509)* const chain = X509_STORE_CTX_get0_chain(judge.get());
  standing.not_before = base::Moment::min();
  standing.not_after = base::Moment::max();
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const auto from = moment_of(X509_get0_notBefore(sk_X509_value(chain, i)));
    const auto to = moment_of(X509_get0_notAfter(sk_X509_value(chain, i)));
    if (!from || !to) return standing;
    standing.not_before = std::max(standing.not_before, *from);
    standing.not_after = std::min(standing.not_after, *to);
  }
  standing.certificate.shown = Shown::Trusted;
  return standing;
}

}  // namespace net
