#include "tests/interop/libeac.h"

#include <eac/ca.h>
#include <eac/cv_cert.h>
#include <eac/objects.h>
#include <eac/pace.h>
#include <eac/ta.h>

#include <fmt/format.h>

#include <mutex>
#include <stdexcept>

// Exported by the library without a header: version 1 of Chip Authentication has no public step of its own.
extern "C" {
BUF_MEM* KA_CTX_generate_key(const KA_CTX* agreement, BN_CTX* numbers);
int KA_CTX_compute_key(KA_CTX* agreement, const BUF_MEM* other, BN_CTX* numbers);
int KA_CTX_derive_keys(KA_CTX* agreement, const BUF_MEM* nonce, EVP_MD_CTX* digest);
}

namespace libeac {

namespace {

using Buffer = std::unique_ptr<BUF_MEM, void (*)(BUF_MEM*)>;

void need(bool good, const char* what) {
  if (!good) throw std::runtime_error(fmt::format("libeac: {}", what));
}

Buffer buffer(base::ByteView bytes) {
  Buffer out(BUF_MEM_new(), BUF_MEM_free);
  need(out && BUF_MEM_grow(out.get(), bytes.size()) == bytes.size(), "no memory");
  std::copy(bytes.begin(), bytes.end(), out->data);
  return out;
}

base::Bytes bytes_of(const BUF_MEM* memory, const char* what) {
  need(memory != nullptr, what);
  const base::ByteView view = base::view_of(std::string_view(memory->data, memory->length));
  return {view.begin(), view.end()};
}

base::Bytes take(BUF_MEM* memory, const char* what) {
  const Buffer owner(memory, BUF_MEM_free);
  return bytes_of(owner.get(), what);
}

EAC_CTX* new_context() {
  static std::once_flag once;
  std::call_once(once, EAC_init);
  EAC_CTX* const context = EAC_CTX_new();
  need(context != nullptr, "no context");
  return context;
}

secure_messaging::SessionKeys keys_of(const KA_CTX* agreement) {
  return {base::Secret(bytes_of(agreement->k_enc, "no key")), base::Secret(bytes_of(agreement->k_mac, "no key"))};
}

int protocol_of(const lds::PaceInfo& info) {
  const bool ecdh = info.agreement == lds::Agreement::Ecdh;
  switch (info.cipher) {
    case lds::Cipher::TripleDes:
      return ecdh ? NID_id_PACE_ECDH_GM_3DES_CBC_CBC : NID_id_PACE_DH_GM_3DES_CBC_CBC;
    case lds::Cipher::Aes128:
      return ecdh ? NID_id_PACE_ECDH_GM_AES_CBC_CMAC_128 : NID_id_PACE_DH_GM_AES_CBC_CMAC_128;
    case lds::Cipher::Aes192:
      return ecdh ? NID_id_PACE_ECDH_GM_AES_CBC_CMAC_192 : NID_id_PACE_DH_GM_AES_CBC_CMAC_192;
    default:
      return ecdh ? NID_id_PACE_ECDH_GM_AES_CBC_CMAC_256 : NID_id_PACE_DH_GM_AES_CBC_CMAC_256;
  }
}

int protocol_of(const lds::ChipAuthenticationInfo& info) {
  const bool ecdh = info.agreement == lds::Agreement::Ecdh;
  switch (info.cipher) {
    case lds::Cipher::TripleDes:
      return ecdh ? NID_id_CA_ECDH_3DES_CBC_CBC : NID_id_CA_DH_3DES_CBC_CBC;
    case lds::Cipher::Aes128:
      return ecdh ? NID_id_CA_ECDH_AES_CBC_CMAC_128 : NID_id_CA_DH_AES_CBC_CMAC_128;
    case lds::Cipher::Aes192:
      return ecdh ? NID_id_CA_ECDH_AES_CBC_CMAC_192 : NID_id_CA_DH_AES_CBC_CMAC_192;
    default:
      return ecdh ? NID_id_CA_ECDH_AES_CBC_CMAC_256 : NID_id_CA_DH_AES_CBC_CMAC_256;
  }
}

// Octets of a number of the MODP group; 0 for a curve, whose octets are always all there.
std::size_t number_size(std::int64_t domain_parameters) {
  return domain_parameters >= 8 ? 0 : domain_parameters == 0 ? 128 : 256;
}
base::Bytes whole(base::Bytes number, std::size_t size) {
  if (number.size() < size) throw ShortNumber{};
  return number;
}
void need_whole_secret(const KA_CTX* agreement, std::size_t size) {
  if (agreement->shared_secret != nullptr && agreement->shared_secret->length < size) throw ShortNumber{};
}

// libeac asks for a CVCA's certificate by its name: the one that the chip holds.
base::Bytes& the_trust_point() {
  static base::Bytes certificate;
  return certificate;
}

CVC_CERT* look_up(const unsigned char*, std::size_t) {
  const unsigned char* at = the_trust_point().data();
  CVC_CERT* certificate = nullptr;
  return CVC_d2i_CVC_CERT(&certificate, &at, static_cast<long>(the_trust_point().size()));
}

}  // namespace

Pace::Pace(const lds::PaceInfo& info, std::string_view can)
    : context_(new_context()),
      password_(PACE_SEC_new(can.data(), can.size(), PACE_CAN), PACE_SEC_clear_free),
      number_size_(number_size(*info.parameter_id)) {
  context_->tr_version = EAC_TR_VERSION_2_02;
  need(EAC_CTX_init_pace(context_.get(), protocol_of(info), static_cast<int>(*info.parameter_id)) == 1, "PACE");
}
base::Bytes Pace::encrypted_nonce() {
  return take(PACE_STEP1_enc_nonce(context_.get(), password_.get()), "nonce");
}
void Pace::take_nonce(base::ByteView encrypted) {
  need(PACE_STEP2_dec_nonce(context_.get(), password_.get(), buffer(encrypted).get()) == 1, "nonce");
}
base::Bytes Pace::mapping_key() {
  return whole(take(PACE_STEP3A_generate_mapping_data(context_.get()), "mapping"), number_size_);
}
void Pace::map(base::ByteView other) {
  need(PACE_STEP3A_map_generator(context_.get(), buffer(other).get()) == 1, "mapping");
}
base::Bytes Pace::key() {
  return whole(take(PACE_STEP3B_generate_ephemeral_key(context_.get()), "key"), number_size_);
}
void Pace::agree(base::ByteView other) {
  need(PACE_STEP3B_compute_shared_secret(context_.get(), buffer(other).get()) == 1, "agreement");
  need_whole_secret(context_->pace_ctx->ka_ctx, number_size_);
  need(PACE_STEP3C_derive_keys(context_.get()) == 1, "derivation");
}
base::Bytes Pace::token_over(base::ByteView other) {
  return take(PACE_STEP3D_compute_authentication_token(context_.get(), buffer(other).get()), "token");
}
bool Pace::verifies(base::ByteView token) {
  return PACE_STEP3D_verify_authentication_token(context_.get(), buffer(token).get()) == 1;
}
secure_messaging::SessionKeys Pace::keys() const {
  return keys_of(context_->pace_ctx->ka_ctx);
}

ChipAuthentication::ChipAuthentication(const lds::ChipAuthenticationInfo& info, std::int64_t domain_parameters)
    : context_(new_context()), number_size_(number_size(domain_parameters)) {
  need(EAC_CTX_init_ca(context_.get(), protocol_of(info), static_cast<int>(domain_parameters)) == 1, "CA");
}
base::Bytes ChipAuthentication::key() {
  return whole(take(KA_CTX_generate_key(context_->ca_ctx->ka_ctx, context_->bn_ctx), "key"), number_size_);
}
void ChipAuthentication::compute(base::ByteView other) {
  KA_CTX* const agreement = context_->ca_ctx->ka_ctx;
  need(KA_CTX_compute_key(agreement, buffer(other).get(), context_->bn_ctx) == 1, "agreement");
  need_whole_secret(agreement, number_size_);
}
void ChipAuthentication::agree(base::ByteView other) {
  compute(other);
  need(KA_CTX_derive_keys(context_->ca_ctx->ka_ctx, nullptr, context_->md_ctx) == 1, "derivation");
}
ChipAuthentication::Proof ChipAuthentication::prove(base::ByteView terminal_key) {
  compute(terminal_key);
  BUF_MEM *nonce = nullptr, *token = nullptr;
  need(CA_STEP5_derive_keys(context_.get(), buffer(terminal_key).get(), &nonce, &token) == 1, "proof");
  return {take(nonce, "nonce"), take(token, "token")};
}
bool ChipAuthentication::verifies(base::ByteView chip_key, const Proof& proof) {
  compute(chip_key);
  return CA_STEP6_derive_keys(context_.get(), buffer(proof.nonce).get(), buffer(proof.token).get()) == 1;
}
base::Bytes ChipAuthentication::compressed(base::ByteView key) {
  base::Bytes out = take(EAC_Comp(context_.get(), EAC_ID_CA, buffer(key).get()), "compression");
  if (number_size_ == 0) out.insert(out.begin(), (key.size() - 1) / 2 - out.size(), 0);  // x is as long as the field
  return out;
}
secure_messaging::SessionKeys ChipAuthentication::keys() const {
  return keys_of(context_->ca_ctx->ka_ctx);
}

TerminalAuthentication::TerminalAuthentication() : context_(new_context()) {}
TerminalAuthentication TerminalAuthentication::chip(base::ByteView trust_point) {
  TerminalAuthentication out;
  the_trust_point().assign(trust_point.begin(), trust_point.end());
  need(EAC_CTX_set_cvca_lookup(out.context_.get(), look_up) == 1, "look-up");
  need(EAC_CTX_init_ta(out.context_.get(), nullptr, 0, trust_point.data(), trust_point.size()) == 1, "trust point");
  TA_disable_checks(out.context_.get());
  return out;
}
TerminalAuthentication TerminalAuthentication::terminal(base::ByteView trust_point, base::ByteView private_key) {
  TerminalAuthentication out = chip(trust_point);
  const unsigned char* at = private_key.data();
  TA_CTX* const terminal = out.context_->ta_ctx;
  terminal->priv_key = d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(private_key.size()));
  need(terminal->priv_key != nullptr, "private key");
  terminal->protocol = NID_id_TA_ECDSA_SHA_256;
  return out;
}
bool TerminalAuthentication::import(base::ByteView certificate) {
  return TA_STEP2_import_certificate(context_.get(), certificate.data(), certificate.size()) == 1;
}
base::Bytes TerminalAuthentication::challenge() {
  return take(TA_STEP4_get_nonce(context_.get()), "challenge");
}
void TerminalAuthentication::take_challenge(base::ByteView challenge) {
  need(TA_STEP4_set_nonce(context_.get(), buffer(challenge).get()) == 1, "challenge");
}
base::Bytes TerminalAuthentication::sign(base::ByteView terminal_key, base::ByteView id_picc) {
  return take(TA_STEP5_sign(context_.get(), buffer(terminal_key).get(), buffer(id_picc).get(), nullptr), "signature");
}
bool TerminalAuthentication::verifies(base::ByteView terminal_key, base::ByteView id_picc, base::ByteView signature) {
  return TA_STEP6_verify(context_.get(), buffer(terminal_key).get(), buffer(id_picc).get(), nullptr,
                         buffer(signature).get()) == 1;
}

}  // namespace libeac
