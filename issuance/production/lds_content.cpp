#include "issuance/production/lds_content.h"

#include "issuance/cases/order.h"
#include "smartcard/document/dg13.h"

namespace production {

document::Mrz mrz_of(const document::CardOrder& order) {
  return document::build_mrz(order.person.number, order.person.full_name, order.person.birth, order.person.sex,
                             order.expiry);
}

lds::Files content_of(const cases::ApprovedOrder& approved, const std::string& serial, const ChipKeys& keys,
                      base::Date issue) {
  const document::CardOrder& order = approved.order();
  const vetting::Application& application = approved.checked().application();
  using lds::FileId;
  lds::Files files{{FileId::Dg1, lds::encode_dg1(mrz_of(order).text())},
                   {FileId::Dg13, document::encode_dg13(document::dg13_of(order, issue, serial))},
                   {FileId::Dg15, keys.dg15}};
  if (auto dg2 = cases::dg2_of(application)) files[FileId::Dg2] = std::move(*dg2);
  if (auto dg3 = cases::dg3_of(application)) files[FileId::Dg3] = std::move(*dg3);
  if (!keys.dg14.empty()) files[FileId::Dg14] = keys.dg14;
  std::vector<int> groups;
  for (const auto& [id, content] : files) groups.push_back(lds::info(id).data_group);
  files[FileId::Com] = lds::encode_com(groups);
  return files;
}

}  // namespace production
