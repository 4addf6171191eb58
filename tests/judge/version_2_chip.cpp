#include "tests/judge/version_2_chip.h"

#include "smartcard/lds/lds.h"

namespace full_chip {

namespace {

constexpr std::uint16_t kCardAccess = 0x011C, kCardSecurity = 0x011D, kDg14 = 0x010E;
// AlgorithmIdentifier { standardizedDomainParameters, 13 }: TR-03110-3 A.2.1.1.
const base::Bytes kParameters = base::hex("300C060704007F0007010202010D");

}  // namespace

Version2Chip::Version2Chip() {
  base::Bytes& dg14 = state.files.at(kDg14);
  lds::SecurityInfos signed_infos = lds::parse_dg14(dg14).infos.value();
  infos = signed_infos;
  for (auto& info : infos.chip_authentication) info.version = 2;
  infos.terminal_authentication = {{.version = 2, .cvca_file = {}, .cvca_short_id = {}}};
  for (const auto& key : infos.chip_keys) infos.chip_parameters.push_back({key.agreement, kParameters, key.key_id});
  signed_infos.chip_authentication.clear();
  signed_infos.chip_keys.clear();
  signed_infos.terminal_authentication.clear();
  dg14 = lds::encode_dg14(signed_infos);
  sign_again(state);
  write();
}

void Version2Chip::write(forge::Sod how) {
  lds::SecurityInfos access = infos;
  access.chip_keys.clear();
  state.master_files[kCardAccess] = lds::encode_security_infos(access);
  how.content_type = asn1::Oid{"0.4.0.127.0.7.3.2.1"};  // id-SecurityObject
  state.master_files[kCardSecurity] = forge::make_signed_data(how, lds::encode_security_infos(infos));
}

}  // namespace full_chip
