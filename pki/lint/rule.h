#pragma once
// What Doc 9303-12, 9303-10 and TR-03110 ask of certificates, CRLs, EF.SODs, lists and CV certificates, as a table of
// rules, and the answer which of them an object breaks. It works on anybody's file: the views below are tolerant, so
// that a broken field is a finding and the other rules still speak. The same rules judge what we are about to sign.
//
//   const base::Findings findings = lint::lint(file, {.issuer = csca_der});
//
// A rule is a row: to add some, write a `std::span<const Rule> xxx_rules()` and name it in rules.cpp.

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/lint/der.h"

namespace lint {

// The objects; a rule names those it is for, as a set.
enum class Kind : unsigned {
  CscaRoot,
  CscaLink,
  DocumentSigner,
  MasterListSigner,
  DeviationListSigner,
  Communication,  // TLS between States, SPOC apart
  SpocClient,
  SpocServer,
  Lds2Signer,  // stamps, visas and biometrics written later
  SealSigner,  // "bar code signer"
  Crl,
  Sod,
  MasterList,
  DeviationList,
  CvCertificate,
  CvRequest,
};
std::string_view kind_name(Kind kind);  // "csca", "csca-link", "ds", "crl", "sod", …
std::optional<Kind> kind_of_name(std::string_view name);

class Kinds {
 public:
  constexpr Kinds(std::initializer_list<Kind> kinds) {
    for (const Kind kind : kinds) bits_ |= 1U << static_cast<unsigned>(kind);
  }
  constexpr bool has(Kind kind) const { return ((bits_ >> static_cast<unsigned>(kind)) & 1U) != 0; }
  constexpr Kinds operator|(Kinds other) const { return Kinds(bits_ | other.bits_); }
  constexpr Kinds without(Kinds other) const { return Kinds(bits_ & ~other.bits_); }

 private:
  constexpr explicit Kinds(unsigned bits) : bits_(bits) {}
  unsigned bits_ = 0;
};

std::vector<std::string_view> kind_names(Kinds kinds);  // in the order of Kind

inline constexpr Kinds kCsca{Kind::CscaRoot, Kind::CscaLink};
inline constexpr Kinds kListSigners{Kind::MasterListSigner, Kind::DeviationListSigner};
inline constexpr Kinds kSpoc{Kind::SpocClient, Kind::SpocServer};
inline constexpr Kinds kCommunication = kSpoc | Kinds{Kind::Communication};
inline constexpr Kinds kShortSigners{Kind::Lds2Signer, Kind::SealSigner};  // certificates of few extensions
inline constexpr Kinds kCertificates =
    kCsca | kListSigners | kCommunication | kShortSigners | Kinds{Kind::DocumentSigner};

enum class Purpose {
  Write,  // we are about to sign it, or have
  Read,   // somebody gave it to us
};

// What was issued before, for rules that look back. Empty fields: the rule has nothing to compare with and is silent.
struct History {
  std::vector<base::Bytes> serials;         // content octets, used before by this CSCA under any of its names
  std::optional<base::Bytes> previous_crl;  // DER
  std::optional<base::Bytes> newest_csca;   // certificate, DER
  std::vector<base::Bytes> expired;         // serials that may leave the list of revoked certificates
  std::optional<std::vector<base::Bytes>> former_names;  // issuer names of this CSCA before, each a Name in DER
  std::vector<base::Bytes> cv_certificates;              // by this CVCA or DV before, whole
};

// What the issuer chose. Zero or empty: not known, and the rule is silent.
struct Policy {
  int document_months = 0;     // longest validity of a document
  std::chrono::days slack{0};  // and what is added to it
  int signer_use_months = 0;   // how long a document signer's key is used
  int least_rsa_bits = 0, least_ec_bits = 0;
  std::string state_or_province;         // the authority's code where the MRZ code of the State is shared
  base::Bytes signature_algorithm = {};  // AlgorithmIdentifier, DER: what the key that signs is used with
};

// Keys of a CV certificate or request with the domain parameters that they inherit, each a 7F49.
struct CvKeys {
  base::Bytes issuer, holder;  // holder: empty when not known
};

// The document that carries an EF.SOD, as far as it is known. Nothing here names its holder.
struct Document {
  std::string code;           // the MRZ's first two characters without '<': "ID"
  std::string issuing_state;  // "VNM"
  std::optional<base::Date> expires, issued;
  bool of_a_small_child = false;  // whose national card has no portrait
};

struct Context {
  Purpose purpose = Purpose::Read;
  std::optional<Kind> kind = std::nullopt;  // nullopt: seen from the object
  base::ByteView issuer = {};               // certificate of the issuer, DER; SOD: the CSCA; CVC: the one above
  const History* history = nullptr;
  const Policy* policy = nullptr;
  std::optional<base::Moment> as_of = std::nullopt;  // when it is signed or judged
  bool signature_pending = false;                    // to be signed: rules about the signature's value are silent
  const std::map<int, base::Bytes>* data_groups = nullptr;  // SOD: the files beside it, by number
  const Document* document = nullptr;                       // SOD: what its MRZ and DG12 say
  const CvKeys* cv_keys = nullptr;                          // CVC
};

struct CertificateView;
struct CrlView;
struct SignedDataView;

// What a rule sees. The views are there when the object is of that kind, else null; `issuer` when it was given.
struct Input {
  Kind kind;
  base::ByteView bytes;  // without zero padding behind the object
  const Node& tree;
  const Context& context;
  const CertificateView* certificate = nullptr;
  const CertificateView* issuer = nullptr;
  const CrlView* crl = nullptr;
  const SignedDataView* signed_data = nullptr;
};

// nullopt: kept. Else one clear sentence about this object; never a person's data.
using Check = std::optional<std::string> (*)(const Input&);

struct Rule {
  std::string_view id;  // stable for ever; a row in docs/lint-rules.md and docs/failure-codes.md
  Kinds kinds;
  base::Severity on_write = base::Severity::Fail, on_read = base::Severity::Fail;
  std::string_view clause;
  std::string_view text;      // what is asked, in one line
  Check check = nullptr;      // never throws on foreign input
  bool not_in_sixth = false;  // silent on reading for certificates older than the seventh edition (9303-12 App. C)
};

const std::vector<Rule>& rules();  // all, in the order of docs/lint-rules.md

// DER, BER or PEM. An object that cannot be told is the one finding LINT_UNKNOWN_OBJECT.
base::Findings lint(base::ByteView file, const Context& context);

// Before the signature: the TBSCertificate or TBSCertList, judged as Write with the signature pending.
base::Findings lint_to_be_signed(base::ByteView tbs, Context context);

}  // namespace lint
