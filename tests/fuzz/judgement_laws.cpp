#include "pki/base/core/random.h"
#include "pki/evidence/statement.h"
#include "pki/keystore/signing_key.h"
#include "smartcard/inspection/inspect.h"
#include "tests/fuzz/law.h"
#include "tests/judge/forge.h"
#include "tests/judge/sample_card.h"
#include "tests/support/vectors.h"

namespace fuzz {

namespace {

// A card with one wounded file is acceptable only if the file's element is the one that was signed.
Law file_law(lds::FileId id, const std::string& name) {
  const lds::Files good = sample::card();
  const auto trust = std::make_shared<trust::TrustStore>(forge::trust());
  return {name, {good.at(id)}, [=](base::ByteView input) -> std::string {
            lds::Files files = good;
            files[id].assign(input.begin(), input.end());
            const auto report = inspection::inspect_files(files, *trust, forge::inspection_moment());
            const auto& original = good.at(id);
            const bool same = input.size() >= original.size() && base::equal(input.first(original.size()), original);
            return same || !inspection::is_acceptable(report.verdict) ? "" : "another content is acceptable";
          }};
}

// A statement opens only as it was signed, to the letter.
Law statement_law() {
  base::SeededRandom random(1);
  const auto key = keystore::generate(keystore::Curve::P256, random);
  const base::Bytes spki = key->public_key_named();
  const base::Bytes jws = base::bytes_of(evidence::sign_statement("order", {{"case", "2026-000001"}, {"n", 7}}, *key));
  return {"statement", {jws}, [=](base::ByteView input) -> std::string {
            const auto opened = evidence::open_statement(base::text_of(input), "order", spki);
            return !opened || base::equal(input, jws) ? "" : "a changed statement opens";
          }};
}

}  // namespace

std::vector<Law> judgement_laws() {
  return {statement_law(), file_law(lds::FileId::Dg1, "DG1 under its SOD"),
          file_law(lds::FileId::Dg13, "DG13 under its SOD"), file_law(lds::FileId::Dg15, "DG15 under its SOD")};
}

}  // namespace fuzz
