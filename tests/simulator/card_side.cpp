#include "tests/simulator/card_side.h"

#include <gtest/gtest.h>

#include "pki/asn1/tlv.h"
#include "smartcard/simulator/crypto.h"

namespace simulator::testing {

namespace {

const base::Secret& shared_aa_key() {
  static const base::Secret key = [] {
    base::SeededRandom random(7);
    return AaKey::generate(random).pkcs8();
  }();
  return key;
}

base::Bytes kdf(base::ByteView key, std::uint8_t constant, std::size_t size, base::ByteView context) {
  base::Bytes out;
  const std::size_t bits = 8 * size;
  for (std::uint8_t i = 1; out.size() < size; ++i) {
    base::Bytes input(11);
    base::append(input,
                 base::Bytes{constant, 0, static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits), i});
    base::append(input, context);
    base::append(out, aes_cmac(key, input));
  }
  out.resize(size);
  return out;
}

base::Bytes big_endian(std::uint64_t number) {
  base::Bytes bytes(8);
  for (std::size_t i = 0; i < 8; ++i) bytes[7 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return bytes;
}

}  // namespace

State blank() {
  KeySet keys{0x30,
              base::Secret::copy_of(kTransportKey),
              base::Secret::copy_of(kTransportKey),
              base::Secret::copy_of(kTransportKey),
              0,
              0};
  return blank_state(base::to_hex(kSerial), std::move(keys));
}

State personalized(std::map<std::uint16_t, base::Bytes> files) {
  State state = blank();
  state.keys.version = 0x31;
  state.application = ApplicationState::Personalized;
  state.files = std::move(files);
  state.files.try_emplace(0x011E, base::hex("60055F01040107"));
  state.files.try_emplace(0x011D, base::hex("77020500"));
  state.files.try_emplace(0x0101, base::hex("6103010203"));
  state.files.try_emplace(0x0102, base::Bytes(600, 0x75));
  state.bac = BacKeys{base::Secret::copy_of(kBacEnc), base::Secret::copy_of(kBacMac)};
  state.aa_key = base::Secret::copy_of(shared_aa_key().reveal());
  return state;
}

apdu::Response transmit(Chip& chip, base::ByteView raw) {
  const auto response = apdu::decode_response(chip.transmit(raw));
  EXPECT_TRUE(response.has_value()) << "the chip answered without a status word";
  return response.value_or(apdu::Response{});
}

apdu::Response transmit(Chip& chip, const std::string& hex) {
  return transmit(chip, base::hex(hex));
}

std::uint16_t sw(Chip& chip, const std::string& hex) {
  return transmit(chip, hex).sw.value;
}

void ScriptedRandom::fill(std::span<std::uint8_t> out) {
  for (std::uint8_t& byte : out) {
    if (queue_.empty()) {
      rest_.fill({&byte, 1});
    } else {
      byte = queue_.front();
      queue_.pop_front();
    }
  }
}

void Host::use_keys(base::Bytes enc, base::Bytes mac, base::Bytes dek) {
  enc_ = std::move(enc);
  mac_ = std::move(mac);
  dek_ = std::move(dek);
}

std::uint16_t Host::open(std::uint8_t level, std::uint8_t version) {
  const base::Bytes host_challenge = base::hex("1122334455667788" + std::string(s16_ ? "99AABBCCDDEEFF00" : ""));
  const auto begun = transmit(chip_, apdu::encode({0x80, 0x50, version, 0x00, host_challenge, 256}));
  if (!begun.sw.ok()) return begun.sw.value;
  initialize_update_answer_ = begun.data;
  const base::ByteView card_challenge = base::ByteView(begun.data).subspan(13, size());
  const base::Bytes context = base::concat({host_challenge, card_challenge});
  s_enc_ = kdf(enc_, 0x04, enc_.size(), context);
  s_mac_ = kdf(mac_, 0x06, mac_.size(), context);
  s_rmac_ = kdf(mac_, 0x07, mac_.size(), context);
  chaining_.assign(16, 0);
  counter_ = 0;
  level_ = 0x01;
  const auto raw = wrap({0x80, 0x82, level, 0x00, kdf(s_mac_, 0x01, size(), context), std::nullopt});
  counter_ = 0;
  level_ = level;
  return transmit(chip_, raw).sw.value;
}

base::Bytes Host::wrap(const apdu::Command& command) {
  apdu::Command outer = command;
  outer.cla |= 0x04;
  ++counter_;
  if ((level_ & 0x02) != 0 && !command.data.empty()) {
    base::Bytes counter(8);
    base::append(counter, big_endian(counter_));
    outer.data = aes_cbc_encrypt(s_enc_, aes_encrypt_block(s_enc_, counter), pad(command.data, 16));
  }
  const std::size_t lc = outer.data.size() + size();
  base::Bytes input = chaining_;
  base::append(input, base::Bytes{outer.cla, outer.ins, outer.p1, outer.p2});
  if (lc > 255) base::append(input, base::Bytes{0, static_cast<std::uint8_t>(lc >> 8)});
  input.push_back(static_cast<std::uint8_t>(lc));
  base::append(input, outer.data);
  chaining_ = aes_cmac(s_mac_, input);
  base::append(outer.data, base::ByteView(chaining_).first(size()));
  return apdu::encode(outer);
}

apdu::Response Host::send(const apdu::Command& command) {
  apdu::Response response = transmit(chip_, wrap(command));
  if (!response.sw.ok() && response.data.empty()) return response;
  if ((level_ & 0x10) != 0) {
    EXPECT_GE(response.data.size(), size());
    const base::Bytes body(response.data.begin(), response.data.end() - static_cast<std::ptrdiff_t>(size()));
    const base::Bytes mac =
        aes_cmac(s_rmac_, base::concat({chaining_, body, base::Bytes{response.sw.sw1(), response.sw.sw2()}}));
    EXPECT_TRUE(base::equal(base::ByteView(mac).first(size()), base::ByteView(response.data).last(size()))) << "R-MAC";
    response.data = body;
  }
  if ((level_ & 0x20) != 0 && !response.data.empty()) {
    base::Bytes counter = base::hex("8000000000000000");
    base::append(counter, big_endian(counter_));
    response.data = unpad(aes_cbc_decrypt(s_enc_, aes_encrypt_block(s_enc_, counter), response.data), 16).value();
  }
  return response;
}

apdu::Command put_key(base::ByteView dek, std::uint8_t old_version, std::uint8_t new_version,
                      const std::vector<base::Bytes>& keys) {
  base::Bytes data{new_version};
  for (const auto& key : keys) {
    base::Bytes padded = key;
    padded.resize((key.size() + 15) / 16 * 16);
    base::append(
        data, base::Bytes{0x88, static_cast<std::uint8_t>(1 + padded.size()), static_cast<std::uint8_t>(key.size())});
    base::append(data, aes_cbc_encrypt(dek, base::Bytes(16), padded));
    data.push_back(0x03);
    base::append(data, key_check_value(key));
  }
  return {0x80, 0xD8, old_version, 0x81, data, 256};
}

apdu::Command install_application() {
  return {0x80, 0xE6, 0x0C, 0x00, base::hex("06A0000002471007A000000247100107A0000002471001010002C90000"), 256};
}

apdu::Command install_for_personalization() {
  return {0x80, 0xE6, 0x20, 0x00, base::hex("000007A0000002471001000000"), 256};
}

apdu::Command store_data(std::uint8_t p1, std::uint8_t block, base::Bytes data) {
  return {0x80, 0xE2, p1, block, std::move(data), 65536};
}

apdu::Command lock() {
  return {0x80, 0xF0, 0x40, 0x0F, base::hex("A0000002471001"), std::nullopt};
}

apdu::Command terminate() {
  return {0x80, 0xF0, 0x80, 0xFF, {}, std::nullopt};
}

base::Bytes dgi(std::uint16_t id, base::ByteView value) {
  base::Bytes out{static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)};
  if (value.size() >= 255) {
    base::append(out, base::Bytes{0xFF, static_cast<std::uint8_t>(value.size() >> 8)});
  }
  out.push_back(static_cast<std::uint8_t>(value.size()));
  base::append(out, value);
  return out;
}

base::Bytes encrypted_dgi(std::uint16_t id, base::ByteView value, base::ByteView dek) {
  return dgi(id, aes_cbc_encrypt(dek, base::Bytes(16), pad(value, 16)));
}

base::Bytes Reader::authentication(base::ByteView challenge, base::ByteView rnd_ifd, base::ByteView k_ifd) {
  base::Bytes data = des3_cbc_encrypt(kBacEnc, base::concat({rnd_ifd, challenge, k_ifd}));
  base::append(data, retail_mac(kBacMac, data));
  return data;
}

std::uint16_t Reader::open() {
  if (const auto selected = sw(chip_, "00A4040C07A0000002471001"); selected != 0x9000) return selected;
  const auto challenge = transmit(chip_, "0084000008");
  if (!challenge.sw.ok()) return challenge.sw.value;
  const base::Bytes rnd_ifd = base::hex("781723860C06C226");
  const base::Bytes k_ifd = base::hex("0B795240CB7049B01C19B33E32804F0B");
  const auto answer =
      transmit(chip_, apdu::encode({0x00, 0x82, 0x00, 0x00, authentication(challenge.data, rnd_ifd, k_ifd), 40}));
  if (!answer.sw.ok()) return answer.sw.value;
  const base::Bytes r = des3_cbc_decrypt(kBacEnc, base::ByteView(answer.data).first(32));
  base::Bytes seed = k_ifd;
  for (std::size_t i = 0; i < 16; ++i) seed[i] ^= r[16 + i];
  enc_ = sha1(base::concat({seed, base::hex("00000001")}));
  mac_ = sha1(base::concat({seed, base::hex("00000002")}));
  enc_.resize(16);
  mac_.resize(16);
  ssc_ = 0;
  for (std::size_t i = 4; i < 8; ++i) ssc_ = ssc_ << 8 | challenge.data[i];
  for (std::size_t i = 4; i < 8; ++i) ssc_ = ssc_ << 8 | rnd_ifd[i];
  return 0x9000;
}

base::Bytes Reader::cryptogram(base::ByteView data) const {
  return enciphered(pad(data, 8));
}

base::Bytes Reader::enciphered(base::ByteView blocks) const {
  return des3_cbc_encrypt(enc_, blocks);
}

base::Bytes Reader::sealed(const apdu::Command& header, base::ByteView objects, std::uint32_t outer_le) {
  const base::Bytes plain_header{0x0C, header.ins, header.p1, header.p2};
  base::Bytes input = big_endian(++ssc_);
  base::append(input, objects.empty() ? plain_header : pad(plain_header, 8));
  base::append(input, objects);
  asn1::TlvWriter data;
  data.raw(objects).put(0x8E, retail_mac(mac_, input));
  return apdu::encode({0x0C, header.ins, header.p1, header.p2, data.take(), outer_le});
}

apdu::Response Reader::send(const apdu::Command& command, std::uint32_t outer_le) {
  asn1::TlvWriter objects;
  if (!command.data.empty()) {
    const base::Bytes ciphertext = cryptogram(command.data);
    if ((command.ins & 1) != 0) {
      objects.put(0x85, ciphertext);
    } else {
      objects.put(0x87, base::concat({base::Bytes{0x01}, ciphertext}));
    }
  }
  if (command.le) {
    const std::uint32_t le = *command.le;
    objects.put(0x97, le <= 256 ? base::Bytes{static_cast<std::uint8_t>(le)}
                                : base::Bytes{static_cast<std::uint8_t>(le >> 8), static_cast<std::uint8_t>(le)});
  }
  const apdu::Response outer = transmit(chip_, sealed(command, objects.view(), outer_le));
  protected_ = !outer.data.empty();
  if (!protected_) return outer;
  asn1::TlvReader in(outer.data);
  apdu::Response inner;
  if (auto data = in.maybe((command.ins & 1) != 0 ? 0x85 : 0x87)) {
    const base::ByteView ciphertext = (command.ins & 1) != 0 ? *data : data->subspan(1);
    inner.data = unpad(des3_cbc_decrypt(enc_, ciphertext), 8).value();
  }
  const auto status = in.need(0x99);
  const base::ByteView authentic = base::ByteView(outer.data).first(outer.data.size() - in.rest().size());
  inner.sw.value = static_cast<std::uint16_t>(status[0] << 8 | status[1]);
  EXPECT_EQ(inner.sw.value, outer.sw.value);
  EXPECT_TRUE(base::equal(in.need(0x8E), retail_mac(mac_, base::concat({big_endian(++ssc_), authentic}))));
  in.end();
  return inner;
}

}  // namespace simulator::testing
