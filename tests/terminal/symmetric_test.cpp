// The block ciphers and MACs of pki/crypto/openssl against published values.
#include "pki/crypto/openssl/symmetric.h"

#include <gtest/gtest.h>

namespace {

namespace openssl = crypto::openssl;
using base::hex;

TEST(SymmetricTest, ComputesTheCmacsOfRfc4493) {
  const auto key = hex("2B7E151628AED2A6ABF7158809CF4F3C");
  EXPECT_EQ(openssl::aes_cmac(key, {}), hex("BB1D6929E95937287FA37D129B756746"));
  EXPECT_EQ(openssl::aes_cmac(key, hex("6BC1BEE22E409F96E93D7E117393172A")), hex("070A16B46B4D4144F79BDD9DD04A287C"));
  EXPECT_EQ(
      openssl::aes_cmac(key, hex("6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E5130C81C46A35CE411")),
      hex("DFA66747DE9AE63030CA32611497C827"));
}

TEST(SymmetricTest, EncryptsAsFips197AndSp80038AShow) {
  EXPECT_EQ(
      openssl::aes_encrypt_block(hex("000102030405060708090A0B0C0D0E0F"), hex("00112233445566778899AABBCCDDEEFF")),
      hex("69C4E0D86A7B0430D8CDB78070B4C55A"));
  const auto key = hex("8E73B0F7DA0E6452C810F32B809079E562F8EAD2522C6B7B");
  const auto iv = hex("000102030405060708090A0B0C0D0E0F");
  const auto plain = hex("6BC1BEE22E409F96E93D7E117393172A");
  const auto cipher = hex("4F021DB243BC633D7178183A9FA071E8");
  EXPECT_EQ(openssl::aes_cbc_encrypt(key, iv, plain), cipher);
  EXPECT_EQ(openssl::aes_cbc_decrypt(key, iv, cipher), plain);
}

TEST(SymmetricTest, ComputesTheRetailMacOfOneBlockAndOfMany) {
  const auto key = hex("7962D9ECE03D1ACD4C76089DCE131543");  // ICAO Doc 9303-11 App. D.3
  const auto cryptogram = hex("72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2");
  EXPECT_EQ(openssl::retail_mac(key, openssl::pad_80(cryptogram, 8)), hex("5F1448EEA8AD90A7"));
  const auto block = hex("0102030405060708");
  EXPECT_EQ(openssl::retail_mac(key, block), openssl::tdes_cbc_encrypt(key, hex("0000000000000000"), block));
}

TEST(SymmetricTest, PadsAndUnpadsAndRefusesWhatIsNoPadding) {
  EXPECT_EQ(openssl::pad_80({}, 8), hex("8000000000000000"));
  EXPECT_EQ(openssl::pad_80(hex("0102030405060708"), 8), hex("01020304050607088000000000000000"));
  EXPECT_EQ(openssl::unpad_80(hex("01020304050607088000000000000000"), 8), hex("0102030405060708"));
  EXPECT_EQ(openssl::unpad_80(hex("8000000000000000"), 8), base::Bytes{});
  for (const char* bad : {"", "80", "0000000000000000", "0102030405060780FF", "0102030405060708", "8000000000000001",
                          "01020304050607800000000000000000"}) {
    EXPECT_FALSE(openssl::unpad_80(hex(bad), 8)) << bad;
  }
}

TEST(SymmetricTest, GivesDesKeysOddParity) {
  base::Bytes key = hex("AB94FCEDF2664EDFB9B291F85D7F77F2");  // ICAO Doc 9303-11 App. D.2
  openssl::set_des_parity(key);
  EXPECT_EQ(key, hex("AB94FDECF2674FDFB9B391F85D7F76F2"));
}

}  // namespace
