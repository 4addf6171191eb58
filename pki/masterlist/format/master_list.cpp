#include "pki/masterlist/format/master_list.h"

#include <algorithm>

#include "pki/base/core/error.h"

namespace masterlist::format {

std::vector<base::ByteView> parse(base::ByteView der) {
  asn1::TlvReader file(der);
  asn1::TlvReader list(file.need(0x30));
  file.end();
  if (asn1::read_integer(list.need(0x02)) != 0) throw asn1::Malformed("the master list is of an unknown version");
  std::vector<base::ByteView> certificates;
  for (asn1::TlvReader set(list.need(0x31)); !set.at_end();) certificates.push_back(set.need_whole(0x30).whole);
  list.end();
  return certificates;
}

base::Bytes encode(std::vector<base::Bytes> certificates) {
  base::ensure(!certificates.empty(), "a master list has a certificate");
  std::ranges::sort(certificates);
  certificates.erase(std::unique(certificates.begin(), certificates.end()), certificates.end());
  asn1::TlvWriter list;
  list.integer(0).set_of(std::move(certificates));
  return asn1::TlvWriter{}.sequence(list).take();
}

}  // namespace masterlist::format
