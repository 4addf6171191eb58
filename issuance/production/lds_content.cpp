#include "issuance/production/lds_content.h"

#include "issuance/cases/order.h"
#include "smartcard/document/dg13.h"

namespace production {

document::Mrz mrz_of(const document::CardOrder& order) {
  return document::build_mrz(order.person.number, order.person.full_name, order.person.birth, order.person.sex,
                             order.expiry);
}

lds::Files content_of(const cases::ApprovedOrder& approved, const std::string& serial, base::ByteView dg15,
                      base::Date issue) {
  const document::CardOrder& order = approved.order();
  using lds::FileId;
  return {{FileId::Com, lds::encode_com({1, 2, 13, 15})},
          {FileId::Dg1, lds::encode_dg1(mrz_of(order).text())},
          {FileId::Dg2, cases::dg2_of(approved.checked().application())},
          {FileId::Dg13, document::encode_dg13(document::dg13_of(order, issue, serial))},
          {FileId::Dg15, base::Bytes(dg15.begin(), dg15.end())}};
}

}  // namespace production
