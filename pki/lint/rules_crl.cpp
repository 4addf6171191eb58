// 9303-12 §4.1.5, §7.1.4, Tables 9 and 10: revocation lists.

#include <algorithm>
#include <array>

#include "pki/lint/rules.h"

namespace lint {

namespace {

using base::Severity;
using namespace asn1::oid;

std::optional<std::string> check_der(const Input& in) {
  if (!in.crl->complete) return "It has not the fields of a CRL, or more than those.";
  if (small_integer_of(in.crl->version) != 1) return "The version is not 2.";
  const std::string defect = der_defect(in.tree);
  if (!defect.empty()) return fmt::format("It is not DER: {}.", defect);
  return std::nullopt;
}

std::optional<std::string> check_algorithms(const Input& in) {
  const CrlView& crl = *in.crl;
  if (crl.inner_algorithm == nullptr || crl.outer_algorithm == nullptr) return "An algorithm is missing.";
  if (!base::equal(crl.inner_algorithm->whole, crl.outer_algorithm->whole)) {
    return "The two signature algorithms are not the same.";
  }
  return algorithm_defect(in, crl.inner_algorithm);
}

std::optional<std::string> check_country(const Input& in) {
  const auto all = in.crl->issuer.all_of(oid::kCountryName);
  const bool good = all.size() == 1 && all.front()->string_type == 0x13 && all.front()->value.size() == 2 &&
                    std::ranges::all_of(all.front()->value, [](char c) { return c >= 'A' && c <= 'Z'; });
  return fires_if(!good, "The issuer has not one country of two upper-case letters in a PrintableString.");
}

std::optional<std::string> check_next_update(const Input& in) {
  const auto from = time_of(in.crl->this_update), to = time_of(in.crl->next_update);
  return fires_if(!to || (from && *to <= *from), "nextUpdate is missing or not after thisUpdate.");
}

std::optional<std::string> check_times(const Input& in) {
  std::vector<const Node*> times{in.crl->this_update, in.crl->next_update};
  for (const RevokedView& one : in.crl->revoked) times.push_back(one.date);
  const auto late = base::Moment(std::chrono::sys_days(base::make_date(2050, 1, 1)));
  for (const Node* const time : times) {
    if (time == nullptr) continue;
    const auto moment = time_of(time);
    if (!is_der_time(*time) || !moment || (time->tag == 0x18) != (*moment >= late)) {
      return "A time has no seconds, a fraction, an offset, or the wrong one of the two types.";
    }
  }
  return std::nullopt;
}

std::optional<std::string> check_ninety_days(const Input& in) {
  const auto from = time_of(in.crl->this_update), to = time_of(in.crl->next_update);
  return fires_if(from && to && *to - *from > std::chrono::days(90),
                  "nextUpdate is more than 90 days after thisUpdate.");
}

std::optional<std::string> check_empty_list(const Input& in) {
  return fires_if(in.crl->list != nullptr && in.crl->list->children.empty(), "revokedCertificates is there and empty.");
}

std::optional<std::string> check_aki(const Input& in) {
  const ExtensionView* const found = in.crl->find(kAuthorityKeyIdentifier);
  return fires_if(found == nullptr || found->critical || authority_key_id(found).empty(),
                  "AuthorityKeyIdentifier is missing, critical or without keyIdentifier.");
}

std::optional<std::string> check_aki_matches(const Input& in) {
  if (in.issuer == nullptr) return std::nullopt;
  const base::Bytes id = authority_key_id(in.crl->find(kAuthorityKeyIdentifier));
  return fires_if(!id.empty() && id != subject_key_id(*in.issuer),
                  "AuthorityKeyIdentifier is not the CSCA's SubjectKeyIdentifier.");
}

std::optional<std::string> check_number(const Input& in) {
  const ExtensionView* const found = in.crl->find(oid::kCrlNumber);
  return fires_if(found == nullptr || found->critical, "CRLNumber is missing or critical.");
}

// The INTEGER's content; empty when there is none.
base::ByteView number_of(const CrlView& crl) {
  const ExtensionView* const found = crl.find(oid::kCrlNumber);
  return found == nullptr || !found->value || found->value->tag != 0x02 ? base::ByteView{} : found->value->value;
}

std::optional<std::string> check_number_form(const Input& in) {
  if (in.crl->find(oid::kCrlNumber) == nullptr) return std::nullopt;
  const base::ByteView number = number_of(*in.crl);
  const bool padded = number.size() > 1 && number[0] == 0 && (number[1] & 0x80) == 0;
  return fires_if(number.empty() || number.size() > 20 || (number[0] & 0x80) != 0 || padded,
                  "CRLNumber is negative, has more than 20 octets or needless ones.");
}

// Calls ask(previous CRL) when the history has one.
template <class Ask>
std::optional<std::string> against_previous(const Input& in, Ask ask) {
  const History* const history = in.context.history;
  if (history == nullptr || !history->previous_crl) return std::nullopt;
  const auto tree = read_tree(*history->previous_crl);
  return tree ? ask(crl_view(*tree)) : std::nullopt;
}

base::ByteView without_zeros(base::ByteView number) {
  while (!number.empty() && number.front() == 0) number = number.subspan(1);
  return number;
}

std::optional<std::string> check_number_grows(const Input& in) {
  return against_previous(in, [&](const CrlView& before) -> std::optional<std::string> {
    const base::ByteView mine = without_zeros(number_of(*in.crl)), old = without_zeros(number_of(before));
    const bool grows =
        mine.size() != old.size() ? mine.size() > old.size() : std::ranges::lexicographical_compare(old, mine);
    return fires_if(in.crl->find(oid::kCrlNumber) != nullptr && !grows, "CRLNumber is not above the one before.");
  });
}

std::optional<std::string> check_this_update_grows(const Input& in) {
  return against_previous(in, [&](const CrlView& before) -> std::optional<std::string> {
    const auto now = time_of(in.crl->this_update), then = time_of(before.this_update);
    return fires_if(now && then && *now <= *then, "It is not of a later moment than the last one.");
  });
}

bool comes_before(base::ByteView a, base::ByteView b) {
  return std::ranges::lexicographical_compare(a, b);
}

// The serial numbers of a list, sorted: some have a hundred thousand.
std::vector<base::ByteView> serials_of(const CrlView& crl) {
  std::vector<base::ByteView> serials;
  for (const RevokedView& one : crl.revoked) {
    if (one.serial != nullptr) serials.push_back(one.serial->value);
  }
  std::ranges::sort(serials, comes_before);
  return serials;
}

bool holds(const std::vector<base::ByteView>& sorted, base::ByteView serial) {
  return std::ranges::binary_search(sorted, serial, comes_before);
}

std::optional<std::string> check_48_hours(const Input& in) {
  return against_previous(in, [&](const CrlView& before) -> std::optional<std::string> {
    const auto now = time_of(in.crl->this_update), then = time_of(before.this_update);
    const auto listed = serials_of(before), mine = serials_of(*in.crl);
    const bool new_one = std::ranges::any_of(mine, [&](base::ByteView serial) { return !holds(listed, serial); });
    return fires_if(now && then && *now - *then < std::chrono::hours(48) && !new_one,
                    "It comes less than 48 hours after the last one and revokes nothing new.");
  });
}

std::optional<std::string> check_keeps_entries(const Input& in) {
  return against_previous(in, [&](const CrlView& before) -> std::optional<std::string> {
    const auto mine = serials_of(*in.crl);
    for (const base::ByteView serial : serials_of(before)) {
      if (holds(mine, serial)) continue;
      const bool may_go = std::ranges::any_of(in.context.history->expired,
                                              [&](const base::Bytes& one) { return base::equal(one, serial); });
      if (!may_go) return "A certificate that the last CRL revoked is not listed any more.";
    }
    return std::nullopt;
  });
}

std::optional<std::string> check_forbidden(const Input& in) {
  for (const asn1::Oid& id : {oid::kDeltaCrl, oid::kIssuingDistributionPoint, oid::kFreshestCrl}) {
    if (in.crl->find(id) != nullptr) return fmt::format("Extension {} has no place in a CRL.", id.dotted());
  }
  return std::nullopt;
}

std::optional<std::string> check_entries(const Input& in) {
  static const std::array kForbidden{oid::kReasonCode, oid::kHoldInstruction, oid::kInvalidityDate,
                                     oid::kCertificateIssuer};
  for (const RevokedView& one : in.crl->revoked) {
    for (const ExtensionView& extension : one.extensions) {
      if (std::ranges::find(kForbidden, extension.id) != kForbidden.end()) {
        return fmt::format("An entry has extension {}.", extension.id.dotted());
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string> check_former_names(const Input& in) {
  const ExtensionView* const names = in.crl->find(kIssuerAltName);
  const History* const history = in.context.history;
  if (names == nullptr || !names->value || history == nullptr || !history->former_names) return std::nullopt;
  for (const Node& name : names->value->children) {
    const Node* const directory = name.tag == 0xA4 ? name.child(0) : nullptr;
    const bool former = directory != nullptr &&
                        std::ranges::any_of(*history->former_names,
                                            [&](const base::Bytes& one) { return base::equal(one, directory->whole); });
    if (!former) return "IssuerAltName holds something else than a former name of the CSCA.";
  }
  return std::nullopt;
}

std::optional<std::string> check_defaults(const Input& in) {
  const auto written = [](const std::vector<ExtensionView>& all) {
    return std::ranges::any_of(all, &ExtensionView::default_written);
  };
  const bool in_entry =
      std::ranges::any_of(in.crl->revoked, [&](const RevokedView& one) { return written(one.extensions); });
  return fires_if(in_entry || written(in.crl->extensions), "An extension writes critical FALSE.");
}

std::optional<std::string> check_newest_key(const Input& in) {
  const History* const history = in.context.history;
  if (history == nullptr || !history->newest_csca) return std::nullopt;
  const auto tree = read_tree(*history->newest_csca);
  if (!tree) return std::nullopt;
  const CertificateView newest = certificate_view(*tree);
  if (newest.key.node == nullptr) return std::nullopt;
  // §4.1.5.1: a CSCA that is being revoked may sign its own last list.
  const Node* const own = in.issuer == nullptr ? nullptr : in.issuer->serial;
  if (own != nullptr && holds(serials_of(*in.crl), own->value)) return std::nullopt;
  if (in.context.signature_pending) {
    return fires_if(authority_key_id(in.crl->find(kAuthorityKeyIdentifier)) != subject_key_id(newest),
                    "It is not for the newest key of the CSCA.");
  }
  return fires_if(!crl_verifies(in.bytes, newest.key.node->whole), "It is not signed with the newest key of the CSCA.");
}

std::optional<std::string> check_serial_once(const Input& in) {
  const auto serials = serials_of(*in.crl);
  const auto twice =
      std::ranges::adjacent_find(serials, [](base::ByteView a, base::ByteView b) { return base::equal(a, b); });
  return fires_if(twice != serials.end(), "A serial number is listed twice.");
}

// --- whose key signs ---

std::optional<std::string> check_issuer_name(const Input& in) {
  if (in.issuer == nullptr || in.issuer->subject.node == nullptr || in.crl->issuer.node == nullptr) return std::nullopt;
  return fires_if(!base::equal(in.issuer->subject.node->whole, in.crl->issuer.node->whole),
                  "The issuer is not called as the CSCA whose key signs.");
}

std::optional<std::string> check_signer_usage(const Input& in) {
  if (in.issuer == nullptr) return std::nullopt;
  constexpr int kCrlSign = 0x02;  // bit 6
  const ExtensionView* const usage = in.issuer->find(kKeyUsage);
  const bool may = usage != nullptr && usage->value && usage->value->tag == 0x03 && usage->value->value.size() >= 2 &&
                   (usage->value->value[1] & kCrlSign) != 0;
  return fires_if(!may, "The certificate of the key does not allow signing revocation lists.");
}

constexpr Severity E = Severity::Fail, W = Severity::Warn;
constexpr Kinds kCrl{Kind::Crl};
constexpr std::string_view kTable9 = "9303-12 Table 9", kTable10 = "9303-12 Table 10";

const std::array kRules{
    Rule{"CRL_DER_V2", kCrl, E, E, "9303-12 §7.1, Table 9", "DER, version 1 (v2)", check_der},
    Rule{"CRL_SIGALG_EQUAL", kCrl, E, E, kTable9, "both signature algorithms equal, with a hash of SHA-2",
         check_algorithms},
    Rule{"CRL_ISSUER_COUNTRY", kCrl, E, E, kTable9, "countryName upper case, PrintableString", check_country},
    Rule{"CRL_ISSUER_IS_CSCA", kCrl, E, W, "9303-12 §7.1.4, Table 9",
         "the issuer is the subject of the CSCA whose key signs (needs the issuer)", check_issuer_name},
    Rule{"CRL_SIGNER_USAGE", kCrl, E, E, "9303-12 Table 6, RFC 5280 §6.3.3",
         "the CSCA's KeyUsage has cRLSign (needs the issuer)", check_signer_usage},
    Rule{"CRL_NEXT_UPDATE_PRESENT", kCrl, E, E, kTable9, "nextUpdate present and after thisUpdate", check_next_update},
    Rule{"CRL_TIME_FORM", kCrl, E, E, kTable9, "times as in certificates", check_times},
    Rule{"CRL_MAX_90_DAYS", kCrl, E, W, "9303-12 §4.1.5", "nextUpdate - thisUpdate at most 90 days", check_ninety_days},
    Rule{"CRL_MIN_48_HOURS", kCrl, E, W, "9303-12 §4.1.5, §4.1.5.2",
         "not sooner than 48 h after the last one without a new revocation (needs the history)", check_48_hours},
    Rule{"CRL_NO_EMPTY_LIST", kCrl, E, E, kTable9, "revokedCertificates absent instead of empty", check_empty_list},
    Rule{"CRL_AKI_PRESENT", kCrl, E, E, kTable10, "AuthorityKeyIdentifier with keyIdentifier, not critical", check_aki},
    Rule{"CRL_AKI_MATCHES_CSCA", kCrl, E, E, kTable10,
         "equals the SubjectKeyIdentifier of the signing CSCA (needs the issuer)", check_aki_matches},
    Rule{"CRL_NUMBER_PRESENT", kCrl, E, E, kTable10, "CRLNumber present, not critical", check_number},
    Rule{"CRL_NUMBER_FORM", kCrl, E, E, kTable10, "non-negative, at most 20 octets, minimal", check_number_form},
    Rule{"CRL_NUMBER_GROWS", kCrl, E, E, "RFC 5280 §5.2.3", "above the number before (needs the history)",
         check_number_grows},
    Rule{"CRL_THIS_UPDATE_GROWS", kCrl, E, E, "RFC 5280 §5.2.3",
         "thisUpdate is after the one before (needs the history)", check_this_update_grows},
    Rule{"CRL_EXTENSION_FORBIDDEN", kCrl, E, E, kTable10, "no deltaCRLIndicator, issuingDistributionPoint, freshestCRL",
         check_forbidden},
    Rule{"CRL_ENTRY_EXT_FORBIDDEN", kCrl, E, E, kTable10,
         "no reasonCode, holdInstructionCode, invalidityDate, certificateIssuer", check_entries},
    Rule{"CRL_IAN_ONLY_FORMER_NAMES", kCrl, E, E, "9303-12 Table 10 note 1",
         "IssuerAltName holds former issuer names (needs the history)", check_former_names},
    Rule{"CRL_NO_ENCODED_DEFAULT", kCrl, E, E, kTable9, "no DEFAULT value is encoded", check_defaults},
    Rule{"CRL_NEWEST_KEY", kCrl, E, E, "9303-12 §4.1.4.3, §4.1.5.1",
         "signed with the newest CSCA key (needs the history)", check_newest_key},
    Rule{"CRL_KEEPS_OLD_ENTRIES", kCrl, E, E, "9303-12 §4.1.5",
         "unexpired entries of the CRL before are still listed (needs the history)", check_keeps_entries},
    Rule{"CRL_SERIAL_ONCE", kCrl, E, W, "9303-12 §4.1.5", "no serial number twice", check_serial_once},
};

}  // namespace

std::span<const Rule> crl_rules() {
  return kRules;
}

}  // namespace lint
