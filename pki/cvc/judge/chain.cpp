#include "pki/cvc/judge/chain.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>

#include "pki/cvc/judge/signature.h"

namespace cvc::judge {

namespace {

using format::Certificate;
using format::Role;

// A certificate on its way to an anchor: whom it stands on and its key with the parameters it inherits.
struct Step {
  const Certificate* certificate = nullptr;
  const Step* issuer = nullptr;  // nullptr: an anchor
  format::PublicKey key;
  std::size_t depth = 1;
  VerifyingKey verifier;
};

class PathFinder {
 public:
  PathFinder(const std::vector<Certificate>& others, const std::vector<Certificate>& anchors) {
    for (const Certificate& anchor : anchors) anchors_.insert(anchor.whole);
    for (const auto* const list : {&anchors, &others}) {
      for (const Certificate& certificate : *list) by_holder_.emplace(certificate.body.holder, &certificate);
    }
  }

  // nullptr: no path. What stands in the way at the judged certificate's side is in issuer_named and bad_signature.
  const Step* find(const Certificate& certificate) {
    const auto known = found_.find(certificate.whole);
    if (known != found_.end()) return known->second ? &*known->second : nullptr;
    auto& slot = found_[certificate.whole];  // empty while it is being looked for: a loop finds nothing
    if (anchors_.count(certificate.whole) != 0) {
      if (certificate.body.key.has_parameters()) slot.emplace(make_step(certificate, nullptr));
      return slot ? &*slot : nullptr;
    }
    if (++descents_ > kLongestPath) return nullptr;
    const auto [from, to] = by_holder_.equal_range(certificate.body.authority);
    bool stands = false;
    for (auto at = from; at != to && !slot; ++at) {
      const Step* const issuer = find(*at->second);
      if (issuer == nullptr || issuer->depth >= kLongestPath) continue;
      stands = true;
      if (issuer->verifier.verifies(certificate.signed_part, certificate.signature)) {
        slot.emplace(make_step(certificate, issuer));
      }
    }
    --descents_;
    if (!slot && stands) unsigned_.insert(certificate.whole);
    return slot ? &*slot : nullptr;
  }

  // An issuer with a path was there and had not signed this one.
  bool bad_signature(const Certificate& certificate) const { return unsigned_.count(certificate.whole) != 0; }
  // The highest certificate that can be reached by names alone: where the path breaks.
  const Certificate& break_below(const Certificate& certificate) const {
    const Certificate* at = &certificate;
    for (std::size_t steps = 0; steps < kLongestPath && !bad_signature(*at); ++steps) {
      const auto next = by_holder_.find(at->body.authority);
      if (next == by_holder_.end() || next->second->whole == at->whole) break;
      at = next->second;
    }
    return *at;
  }

 private:
  static Step make_step(const Certificate& certificate, const Step* issuer) {
    const format::PublicKey& own = certificate.body.key;
    format::PublicKey key = own.has_parameters() || issuer == nullptr ? own : with_parameters(own, issuer->key);
    VerifyingKey verifier(key);
    return {&certificate, issuer, std::move(key), issuer == nullptr ? 1 : issuer->depth + 1, std::move(verifier)};
  }

  std::set<base::Bytes> anchors_;
  std::multimap<std::string, const Certificate*> by_holder_;
  std::map<base::Bytes, std::optional<Step>> found_;
  std::set<base::Bytes> unsigned_;
  std::size_t descents_ = 0;
};

bool may_certify(const Certificate& issuer, const Certificate& holder) {
  const Role above = issuer.body.chat.role(), below = holder.body.chat.role();
  if (above == Role::Cvca) return below != Role::Terminal;
  return issuer.body.chat.is_dv() && below == Role::Terminal;
}

void check_days(const Certificate& certificate, base::Date as_of, base::Findings& findings) {
  const std::string& name = certificate.body.holder;
  if (as_of < certificate.body.effective) {
    findings.fail("CVC_NOT_YET_VALID", name, fmt::format("it begins on {}", base::to_iso(certificate.body.effective)));
  }
  if (as_of > certificate.body.expiration) {
    findings.fail("CVC_EXPIRED", name, fmt::format("its last day was {}", base::to_iso(certificate.body.expiration)));
  }
}

void check_step(const Step& step, base::Findings& findings) {
  const Certificate& holder = *step.certificate;
  const Certificate& issuer = *step.issuer->certificate;
  const std::string& name = holder.body.holder;
  if (!may_certify(issuer, holder)) {
    findings.fail("CVC_ROLE_ORDER", name,
                  fmt::format("a {} does not certify a {}", format::role_name(issuer.body.chat.role()),
                              format::role_name(holder.body.chat.role())));
  }
  if (issuer.body.chat.terminal_type != holder.body.chat.terminal_type) {
    findings.fail("CVC_TERMINAL_TYPE", name, "its kind of terminal is not its issuer's");
  } else if (format::wider(holder.body.chat, issuer.body.chat)) {
    findings.warn("CVC_RIGHTS_NOT_WIDER", name, "it has a right that its issuer has not; the right has no effect");
  }
  if (holder.body.chat.role() == Role::Cvca) return;  // a link may change algorithm and parameters
  if (step.key.algorithm != step.issuer->key.algorithm || !format::same_parameters(step.key, step.issuer->key)) {
    findings.fail("CVC_SAME_ALGORITHM", name, "algorithm, parameters or key size are not its issuer's");
  }
  if (!holder.body.key.is_rsa() && holder.body.key.has_parameters()) {
    findings.fail("CVC_DOMAIN_PARAMETERS", name, "its key brings domain parameters instead of inheriting them");
  }
}

}  // namespace

Judgement judge_chain(const Certificate& judged, const std::vector<Certificate>& others,
                      const std::vector<Certificate>& anchors, base::Date as_of) {
  Judgement judgement;
  PathFinder finder(others, anchors);
  const Step* const last = finder.find(judged);
  if (last == nullptr) {
    const Certificate& broken = finder.break_below(judged);
    if (finder.bad_signature(broken)) {
      judgement.findings.fail("CVC_SIGNATURE", broken.body.holder,
                              fmt::format("{} did not sign it", broken.body.authority));
    } else {
      judgement.findings.fail("CVC_ISSUER_UNKNOWN", broken.body.holder,
                              fmt::format("no trusted certificate of {} is at hand", broken.body.authority));
    }
    return judgement;
  }
  std::vector<const Step*> steps;
  for (const Step* step = last; step != nullptr; step = step->issuer) steps.insert(steps.begin(), step);
  judgement.effective = judged.body.chat;
  for (const Step* const step : steps) {
    check_days(*step->certificate, as_of, judgement.findings);
    if (step->issuer != nullptr) check_step(*step, judgement.findings);
    judgement.effective = format::both(judgement.effective, step->certificate->body.chat);
    judgement.path.push_back(*step->certificate);
  }
  return judgement;
}

}  // namespace cvc::judge
