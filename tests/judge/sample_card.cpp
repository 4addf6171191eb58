#include "tests/judge/sample_card.h"

#include "smartcard/document/dg13.h"
#include "smartcard/document/mrz.h"
#include "smartcard/inspection/content_checks.h"
#include "tests/support/vectors.h"

namespace sample {

namespace {

base::Bytes dg13_file() {
  return vectors::hex(vectors::load("cccd_dg13.json").at("single_with_old_id").at("hex"));
}

document::Mrz build_mrz() {
  const auto fields = document::parse_dg13(dg13_file()).fields.value();
  return document::build_mrz(document::CitizenNumber::parse(fields.number).value(), fields.full_name,
                             base::parse_vietnamese_date(fields.birth).value(),
                             document::parse_vietnamese_sex(fields.sex).value(),
                             base::parse_vietnamese_date(fields.expiry));
}

}  // namespace

std::string mrz() {
  return build_mrz().file_text();
}

lds::Files sign_again(lds::Files files, forge::Sod sod) {
  sod.hashes = forge::hashes_of(inspection::data_groups_of(files));
  files[lds::FileId::Sod] = forge::make(sod);
  return files;
}

lds::Files card() {
  lds::Files files;
  files[lds::FileId::Com] = lds::encode_com({1, 2, 13, 15});
  files[lds::FileId::Dg1] = lds::encode_dg1(build_mrz().text());
  files[lds::FileId::Dg2] = lds::encode_dg2(lds::face_image(vectors::load_binary("synth/face.jpg")).value());
  files[lds::FileId::Dg13] = dg13_file();
  files[lds::FileId::Dg15] = vectors::load_binary("synth/EF_DG15.bin");
  return sign_again(std::move(files));
}

}  // namespace sample
