#include "tests/judge/full_chip.h"

#include <gtest/gtest.h>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/openssl/handles.h"
#include "smartcard/document/mrz.h"
#include "smartcard/lds/dg3.h"
#include "smartcard/simulator/crypto.h"
#include "tests/judge/sample_card.h"
#include "tests/simulator/card_side.h"

namespace full_chip {

using lds::Agreement;
using lds::Cipher;
using lds::FileId;
using lds::Mapping;
using simulator::State;
namespace card_side = simulator::testing;

apdu::Response InProcessCard::transmit(const apdu::Command& command) {
  last = apdu::decode_response(chip_.transmit(apdu::encode(command))).value();
  return last;
}

std::string mrz_information() {
  return document::parse_mrz(sample::mrz()).fields.value().bac_information;
}

const nlohmann::json& chain(const char* family) {
  static const nlohmann::json json = vectors::load("ca_ta.json");
  return json["generated_chain"][family];
}

// --- the terminal's certificates and key ---

base::Bytes sign_digest(base::ByteView digest, const char* name) {
  asn1::TlvWriter fields;
  fields.integer(1).octet_string(vectors::hex(chain().at(name).at("private_key")));
  fields.put(0xA0, asn1::TlvWriter{}.oid(asn1::Oid("1.2.840.10045.3.1.7")));
  const base::Bytes der = asn1::TlvWriter{}.sequence(fields).take();
  const unsigned char* at = der.data();
  const crypto::openssl::PkeyPtr key(d2i_PrivateKey(EVP_PKEY_EC, nullptr, &at, static_cast<long>(der.size())));
  const crypto::openssl::PkeyCtxPtr context(EVP_PKEY_CTX_new(key.get(), nullptr));
  base::Bytes signature(100);
  std::size_t size = signature.size();
  base::ensure(EVP_PKEY_sign_init(context.get()) == 1 &&
                   EVP_PKEY_sign(context.get(), signature.data(), &size, digest.data(), digest.size()) == 1,
               "the vectors' key signs");
  signature.resize(size);
  asn1::TlvReader outer(signature);
  asn1::TlvReader numbers(outer.need(0x30));
  base::Bytes plain;
  for (int i = 0; i < 2; ++i) {
    base::ByteView number = numbers.need(0x02);
    if (number.size() > 32) number = number.last(32);
    base::append(plain, base::Bytes(32 - number.size()));
    base::append(plain, number);
  }
  return plain;
}

cvc::format::Certificate certificate(const char* name) {
  return cvc::format::parse_certificate(vectors::hex(chain().at(name).at("der")));
}

chip_access::InspectionCredentials inspection_system(const char* name) {
  return {certificate(name),
          {certificate("dv"), certificate("cvca2"), certificate("link_1_2")},
          [](base::ByteView digest) { return sign_digest(digest); }};
}

// --- the chip ---

lds::PaceInfo pace_info(std::int64_t parameters, Mapping mapping, Cipher cipher) {
  return {parameters < 8 ? Agreement::Dh : Agreement::Ecdh, mapping, cipher, 2, parameters};
}

lds::SecurityInfos dg14_infos(const lds::PaceInfo& pace, Cipher cipher, const base::Bytes& chip_key) {
  lds::SecurityInfos infos;
  infos.pace = {pace};
  infos.chip_authentication = {{pace.agreement, cipher, 1, 1}};
  infos.chip_keys = {{pace.agreement, chip_key, 1}};
  infos.terminal_authentication = {{}};
  return infos;
}

base::Bytes card_access(const lds::PaceInfo& pace) {
  lds::SecurityInfos infos;
  infos.pace = {pace};
  return encode_security_infos(infos);
}

namespace {

const base::Bytes kNewKey = base::hex("303132333435363738393A3B3C3D3E3F");

const lds::PaceInfo kUsual = pace_info(kBrainpoolP256r1, Mapping::Generic, Cipher::Aes128);

// A host that makes one card by the card manager's commands, from the blank chip to the lock.
class Maker {
 public:
  State make() {
    EXPECT_EQ(host_.open(), 0x9000);
    EXPECT_EQ(
        host_.send(card_side::put_key(card_side::kTransportKey, 0x30, 0x31, {kNewKey, kNewKey, kNewKey})).sw.value,
        0x9000);
    host_.use_keys(kNewKey, kNewKey, kNewKey);
    EXPECT_EQ(host_.open(), 0x9000);
    EXPECT_EQ(host_.send(card_side::install_application()).sw.value, 0x9000);
    EXPECT_EQ(host_.send(card_side::install_for_personalization()).sw.value, 0x9000);
    const base::Bytes chip_key = store(0x09, card_side::dgi(0x8F11, base::hex("010D")));
    const base::Bytes numbers = store(0x09, card_side::dgi(0x8F10, base::hex("01")));
    store_secrets();
    store(0x08, card_side::dgi(0x011C, card_access(kUsual)));
    store(0x08, card_side::dgi(0x8F12, vectors::hex(chain().at("cvca1").at("der"))));
    store(0x08, card_side::dgi(0x8F13, base::hex("020500010001")));
    for (const auto& [id, content] : files(chip_key, numbers)) {
      store(0x08, card_side::dgi(static_cast<std::uint16_t>(id), content));
    }
    store(0x88, card_side::dgi(0x8F20, base::hex("01")));
    EXPECT_EQ(host_.send(card_side::lock()).sw.value, 0x9000);
    return simulator::decode_state(store_.load(), "test");
  }

 private:
  base::Bytes store(std::uint8_t p1, base::Bytes data) {
    const apdu::Response answer = host_.send(card_side::store_data(p1, block_++, std::move(data)));
    EXPECT_EQ(answer.sw.value, 0x9000) << "block " << block_ - 1;
    return answer.data;
  }
  void store_secrets() {
    const chip_access::BacKeys bac = chip_access::derive_bac_keys(mrz_information());
    store(0x68, card_side::encrypted_dgi(0x8F01, base::concat({bac.enc.reveal(), bac.mac.reveal()}), kNewKey));
    asn1::TlvWriter passwords;
    passwords.put(0x83, base::hex("01")).put(0x84, simulator::sha1(base::view_of(mrz_information())));
    passwords.put(0x83, base::hex("02")).put(0x84, base::view_of(kCan));
    store(0x68, card_side::encrypted_dgi(0x8F02, passwords.view(), kNewKey));
  }
  static lds::Files files(const base::Bytes& chip_key, const base::Bytes& aa_numbers) {
    lds::Files files = sample::card();
    files[FileId::Com] = lds::encode_com({1, 2, 3, 13, 14, 15});
    files[FileId::Dg3] = lds::encode_dg3({}, base::hex("0102030405060708"));
    files[FileId::Dg14] = encode_dg14(dg14_infos(kUsual, Cipher::Aes128, chip_key));
    asn1::TlvReader outer(aa_numbers);
    asn1::TlvReader numbers(outer.need(0x7F49));
    asn1::TlvWriter key, algorithm, spki;
    const base::ByteView modulus = numbers.need(0x81);
    key.unsigned_integer(modulus).unsigned_integer(numbers.need(0x82));
    algorithm.oid(asn1::oid::kRsaEncryption).null();
    spki.sequence(algorithm).bit_string(asn1::TlvWriter{}.sequence(key).view());
    files[FileId::Dg15] = lds::encode_dg15(asn1::TlvWriter{}.sequence(spki).view());
    return sample::sign_again(std::move(files));
  }

  simulator::MemoryStore store_{card_side::blank()};
  base::SeededRandom random_{21};
  simulator::Chip chip_{store_, random_};
  card_side::Host host_{chip_};
  std::uint8_t block_ = 0;
};

}  // namespace

State made() {
  static const std::string text = encode_state(Maker{}.make());
  return simulator::decode_state(text, "test");
}

void sign_again(State& state) {
  lds::Files files;
  for (const auto& [id, content] : state.files) files[static_cast<FileId>(id)] = content;
  state.files[static_cast<std::uint16_t>(FileId::Sod)] = sample::sign_again(std::move(files))[FileId::Sod];
}

// A portrait of about 15 kB: the sample's, with a comment in it.
State with_a_large_portrait() {
  constexpr std::size_t kComment = 12'000;
  State state = made();
  base::Bytes& dg2 = state.files.at(static_cast<std::uint16_t>(FileId::Dg2));
  base::Bytes image = vectors::load_binary("synth/face.jpg");
  base::Bytes comment = base::hex("FFFE2EE2");  // its length counts the two octets that tell it
  comment.resize(comment.size() + kComment, 0x20);
  image.insert(image.begin() + 2, comment.begin(), comment.end());
  dg2 = lds::encode_dg2(lds::face_image(image).value());
  sign_again(state);
  return state;
}

}  // namespace full_chip
