#include "issuance/production/produce.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "issuance/production/drawn_can.h"
#include "issuance/production/lds_content.h"
#include "issuance/production/work_folder.h"
#include "pki/base/core/error.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/evidence/statement.h"
#include "smartcard/document/qr_text.h"
#include "smartcard/inspection/card_inspection.h"

namespace production {

namespace {

using base::Findings;
using cases::Step;

// Whether the signer's no about a bound chip stays a no: neither the chip nor the order gets better by waiting. A live
// answer that was sent beside an extract's does: the registry is asked again.
bool never_signed(const Findings& findings, const signing::OrderEvidence& evidence) {
  if (!evidence.live_answer.empty() && findings.has("REGISTRY_ANSWER_STALE")) return false;
  constexpr const char* kFinal[] = {"ORDER_EXPIRED",          "APPROVAL_EXPIRED",     "REGISTRY_ANSWER_STALE",
                                    "AA_KEY_CHANGED",         "ORDER_ALREADY_SIGNED", "LIVE_ANSWER_DIFFERS",
                                    "AA_KEY_OF_ANOTHER_CHIP", "CA_KEY_CHANGED",       "CA_KEY_OF_ANOTHER_CHIP",
                                    "VALIDITY_CHANGED",       "BIOMETRICS_DUE"};
  return std::ranges::any_of(kFinal, [&](const char* code) { return findings.has(code); });
}

// Every probe of the lock and its answer; no person and no key is in it.
std::string lock_proof_text(const personalization::Locked& locked) {
  nlohmann::json proof = nlohmann::json::array();
  for (const auto& [probe, status, refused] : locked.proof) {
    proof.push_back({{"probe", probe}, {"status", fmt::format("{:04X}", status)}, {"refused", refused}});
  }
  return proof.dump(2) + "\n";
}

// The faces of this order's card: asked for before a chip is bound, for no card is made that cannot be printed.
artwork::Layout layout_of(const Bench& bench, const document::CardOrder& order) {
  artwork::Layout layout = bench.layout(order.form);
  const auto refuse = [&](std::string_view why) {
    throw base::Error(base::Fault::FixConfiguration, "choosing a card layout",
                      fmt::format("the layout of the order's form {} {}", order.form, why));
  };
  if (layout.form() != order.form) refuse(fmt::format("says that it is {}", layout.form()));
  if (bench.profile.can == personalization::CanSource::Random && !layout.prints_can()) {
    refuse(fmt::format("has no place for the card access number that profile {} draws", bench.profile.name));
  }
  if (layout.has_photo() == order.dg2_sha256.empty()) {
    refuse(layout.has_photo() ? "has a photo, and the order no portrait" : "has no place for the order's portrait");
  }
  return layout;
}

// What the finished card must show, as its profile says: no way round PACE, and nothing of the groups that are kept
// back.
inspection::Policy policy_of(const personalization::Profile& profile) {
  inspection::Policy policy;
  if (profile.pace && !profile.stores(personalization::StoredObject::Kind::BacKeys)) {
    policy.pace = inspection::Demand::Always;
    policy.bac = inspection::BacUse::Never;
  }
  policy.may_be_refused = profile.closed_groups;
  return policy;
}

std::string_view text_of(const base::Secret& secret) {
  return {reinterpret_cast<const char*>(secret.reveal().data()), secret.size()};
}

// Tells how long a step took when it is over.
class Timed {
 public:
  explicit Timed(const Bench& bench) : bench_(bench) {}
  void done(std::string_view vi, std::string_view en) {
    const auto now = std::chrono::steady_clock::now();
    if (bench_.report) bench_.report(vi, en, std::chrono::duration_cast<std::chrono::milliseconds>(now - since_));
    since_ = now;
  }

 private:
  const Bench& bench_;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

class Production {
 public:
  Production(Bench& bench, std::string case_id)
      : bench_(bench), case_id_(std::move(case_id)), folder_(bench.work), timed_(bench) {}

  Produced run(Until until);

 private:
  using Stop = inspection::Report;

  std::string state() const { return bench_.store.journal().state(case_id_); }
  std::variant<Step, Stop> begin(const std::string& event);
  Stop stay(Step& step, Findings findings);

  std::variant<cases::AssignedChip, Stop> assign(cases::ApprovedOrder approved);
  std::variant<ChipKeys, Stop> chip_keys(const cases::AssignedChip& chip);
  std::variant<cases::SignedLds, Stop> sign(cases::AssignedChip chip);
  std::variant<base::Bytes, Findings> ask_for_sod(const cases::AssignedChip& chip, const lds::Files& files);
  std::variant<cases::SignedLds, Stop> signed_before(cases::AssignedChip chip);
  base::Secret drawn_can() const;
  personalization::CardAccess access_of(const cases::SignedLds& lds);
  std::variant<cases::PersonalizedChip, Stop> personalize(cases::SignedLds lds);
  std::variant<cases::PrintedCard, Stop> print(cases::PersonalizedChip chip);
  Stop inspect(const cases::PrintedCard& card);
  Stop accept(const cases::PrintedCard& card);

  Bench& bench_;
  std::string case_id_;
  std::optional<artwork::Layout> layout_;
  WorkFolder folder_;
  Timed timed_;
  personalization::ChipIdentity chip_;
};

std::variant<Step, Production::Stop> Production::begin(const std::string& event) {
  auto begun = bench_.store.journal().begin(case_id_, event, cases::kStation, {});
  if (auto* findings = std::get_if<Findings>(&begun)) return not_issued(std::move(*findings));
  return std::get<Step>(std::move(begun));
}

Production::Stop Production::stay(Step& step, Findings findings) {
  step.stay(findings.failing_codes());
  return not_issued(std::move(findings));
}

std::variant<cases::AssignedChip, Production::Stop> Production::assign(cases::ApprovedOrder approved) {
  const bool first = state() == "approved";
  std::optional<Step> step;
  if (first) {
    auto begun = begin("assign");
    if (auto* stop = std::get_if<Stop>(&begun)) return std::move(*stop);
    step = std::get<Step>(std::move(begun));
    folder_.begin_anew();
  }
  auto bound = bind_chip(bench_, case_id_, approved.evidence());
  if (auto* findings = std::get_if<Findings>(&bound)) {
    return step ? stay(*step, std::move(*findings)) : not_issued(std::move(*findings));
  }
  auto& chip = std::get<BoundChip>(bound);
  chip_ = chip.identity;
  if (step) {
    step->walk(
        {"two-officers", "signer-assigned"},
        {{"serial", chip.assignment.serial}, {"assignment", chip.assignment.id}, {"order_sha256", approved.sha256()}},
        [&] {
          bench_.store.keep_card(
              case_id_,
              {.order_sha256 = approved.sha256(), .serial = chip.assignment.serial, .assignment = chip.assignment.id});
        });
  }
  timed_.done("Đã nhận dạng và gán chip", "chip identified and bound to the order");
  return cases::AssignedChip(std::move(approved), std::move(chip.assignment));
}

// The public parts of the keys that the chip made, as EF.DG14 and EF.DG15. The first answer is kept: the signer takes
// one key of a kind a chip, and a chip that is asked again makes another.
std::variant<ChipKeys, Production::Stop> Production::chip_keys(const cases::AssignedChip& chip) {
  const auto kept = folder_.kept_keys();
  const bool has_card_keys = chip_.state == personalization::LifeCycle::Prepared;
  if (kept && has_card_keys && lds::parse_dg15(kept->dg15)) return *kept;
  // What a prepared chip answered was lost: it makes another key under the card keys. If the signer knows the first
  // one, it says so (AA_KEY_CHANGED, ORDER_ALREADY_SIGNED).
  const auto prepared = personalization::prepare(
      bench_.card, bench_.profile, chip_, transport_keys(bench_, chip_.state), key_set(chip.keys()), bench_.random);
  if (prepared.findings.failed()) return not_issued(prepared.findings);
  chip_.state = personalization::LifeCycle::Prepared;
  ChipKeys keys{.dg14 = prepared.dg14, .dg15 = prepared.dg15};
  folder_.keep_keys(keys);
  if (has_card_keys) {
    timed_.done("Đã tạo lại khóa xác thực trong chip", "the chip's first key was not kept; it made another");
  } else {
    timed_.done("Đã thay khóa chip và tạo khóa xác thực trong chip", "card keys put, chip key made on the chip");
  }
  return keys;
}

std::variant<base::Bytes, Findings> Production::ask_for_sod(const cases::AssignedChip& chip, const lds::Files& files) {
  using lds::FileId;
  const auto found = [&](FileId id) { return files.contains(id) ? files.at(id) : base::Bytes{}; };
  const auto hash = [&](FileId id) {
    return files.contains(id) ? crypto::openssl::sha256(files.at(id)) : base::Bytes{};
  };
  return bench_.signer.sign({.assignment = chip.id(),
                             .evidence = chip.approved().evidence(),
                             .dg1 = files.at(FileId::Dg1),
                             .dg13 = files.at(FileId::Dg13),
                             .dg15 = files.at(FileId::Dg15),
                             .dg14 = found(FileId::Dg14),
                             .dg2_sha256 = hash(FileId::Dg2),
                             .dg3_sha256 = hash(FileId::Dg3)});
}

std::variant<cases::SignedLds, Production::Stop> Production::sign(cases::AssignedChip chip) {
  auto begun = begin("sign");
  if (auto* stop = std::get_if<Stop>(&begun)) return std::move(*stop);
  auto& step = std::get<Step>(begun);
  auto made = chip_keys(chip);
  if (auto* stop = std::get_if<Stop>(&made)) {
    step.stay(stop->reasons());
    return std::move(*stop);
  }
  const ChipKeys& keys = std::get<ChipKeys>(made);
  cases::CardRow row = *bench_.store.card(case_id_);
  // A day that was written down before the answer was lost is tried first: the signer gives again what it gave then.
  const base::Date today = bench_.clock.today();
  base::Date issue = base::parse_iso_date(row.issue).value_or(today);
  lds::Files files = content_of(chip.approved(), chip.serial(), keys, issue);
  auto keep_day = [&] {
    row.issue = base::to_iso(issue);
    bench_.store.keep_card(case_id_, row);
  };
  keep_day();
  auto sod = ask_for_sod(chip, files);
  if (std::holds_alternative<Findings>(sod) && issue != today) {
    issue = today;
    files = content_of(chip.approved(), chip.serial(), keys, issue);
    keep_day();
    sod = ask_for_sod(chip, files);
  }
  if (auto* findings = std::get_if<Findings>(&sod)) {
    if (never_signed(*findings, chip.approved().evidence())) say_spoil_first(*findings);
    return stay(step, std::move(*findings));
  }
  files[lds::FileId::Sod] = std::get<base::Bytes>(sod);

  // What the signer gave must pass here before it is written anywhere: passive authentication, with our own anchors.
  Stop judged = inspection::inspect_files(files, bench_.trust, bench_.clock.now());
  if (judged.findings.failed()) {
    step.stay(judged.findings.failing_codes());
    return judged;
  }
  folder_.keep_files(files);
  step.walk({"two-officers", "signer-signed"},
            {{"serial", chip.serial()}, {"sod_sha256", evidence::sha256_bytes(files.at(lds::FileId::Sod))}});
  timed_.done("Đã ký dữ liệu thẻ", "data signed by the signer and checked");
  const document::Mrz mrz = mrz_of(chip.order());
  return cases::SignedLds(std::move(chip), std::move(files), issue, mrz);
}

std::variant<cases::SignedLds, Production::Stop> Production::signed_before(cases::AssignedChip chip) {
  const auto row = bench_.store.card(case_id_);
  const auto issue = row ? base::parse_iso_date(row->issue) : std::nullopt;
  base::ensure(issue.has_value(), "a card whose data are signed has a day of issue");
  lds::Files files = folder_.files(chip.order());
  // The inspection of the finished card judges all but the fingers and what the profile keeps back: it has no right to
  // read them.
  Stop judged = inspection::inspect_files(files, bench_.trust, bench_.clock.now());
  std::set<int> unseen = bench_.profile.closed_groups;
  unseen.insert(3);
  const auto changed = [&](int number) { return judged.findings.has(fmt::format("DG{}_HASH_MISMATCH", number)); };
  if (std::ranges::any_of(unseen, changed)) return judged;
  const document::Mrz mrz = mrz_of(chip.order());
  return cases::SignedLds(std::move(chip), std::move(files), *issue, mrz);
}

// The number that was drawn when the chip was written.
base::Secret Production::drawn_can() const {
  auto can = folder_.kept_can();
  if (can) return std::move(*can);
  throw base::Error(
      base::Fault::FixConfiguration, "printing a card",
      "its card access number is gone from the work folder, and the chip tells it to nobody: spoil the chip "
      "(cccd-station spoil) and make another card");
}

// What opens the card: its MRZ, and the last six digits of the number or, where the profile says so, digits drawn for
// this card. A run that was cut off goes on with those that it drew.
personalization::CardAccess Production::access_of(const cases::SignedLds& lds) {
  const document::CitizenNumber& number = lds.chip().order().person.number;
  const bool draws = bench_.profile.can == personalization::CanSource::Random;
  if (draws && !folder_.kept_can()) folder_.keep_can(draw_can(number, bench_.random));
  const auto mrz = document::parse_mrz(lds.mrz().text());
  base::ensure(mrz.fields.has_value(), "an MRZ that was built can be read");
  const auto secret = [](std::string_view text) { return base::Secret::copy_of(base::view_of(text)); };
  return {.mrz_information = secret(mrz.fields->bac_information),
          .can = draws ? drawn_can() : secret(number.card_access_number()),
          .trust_point = bench_.trust_point,
          .today = bench_.clock.today()};
}

std::variant<cases::PersonalizedChip, Production::Stop> Production::personalize(cases::SignedLds lds) {
  auto begun = begin("personalize");
  if (auto* stop = std::get_if<Stop>(&begun)) return std::move(*stop);
  auto& step = std::get<Step>(begun);
  const globalplatform::KeySet keys = key_set(lds.chip().keys());
  const auto written = [this] { timed_.done("Đã ghi dữ liệu vào chip", "data written to the chip"); };
  personalization::Locked locked =
      chip_.state == personalization::LifeCycle::Personalized
          ? personalization::lock(bench_.card, bench_.profile, keys, bench_.random)
          : personalization::write_and_lock(bench_.card, bench_.profile, keys, lds.files(), access_of(lds),
                                            bench_.random, bench_.blocks, bench_.progress, written);
  const std::string proof = lock_proof_text(locked);
  if (!locked.proof.empty()) folder_.keep_lock_proof(proof);
  if (locked.findings.failed()) return stay(step, std::move(locked.findings));
  step.walk({"chip-locked"}, {{"serial", lds.chip().serial()}, {"lock_proof_sha256", evidence::sha256_text(proof)}});
  timed_.done("Đã khóa chip", "chip locked");
  return cases::PersonalizedChip(std::move(lds));
}

std::variant<cases::PrintedCard, Production::Stop> Production::print(cases::PersonalizedChip chip) {
  std::optional<Step> step;
  if (state() == "personalized") {
    auto begun = begin("print");
    if (auto* stop = std::get_if<Stop>(&begun)) return std::move(*stop);
    step = std::get<Step>(std::move(begun));
  }
  const cases::SignedLds& lds = chip.lds();
  const document::CardOrder& order = lds.chip().order();
  std::string qr_text = document::build_qr_text(order.person, lds.issue());
  const bool prints_can = bench_.profile.can == personalization::CanSource::Random;
  const artwork::Painted painted =
      artwork::paint({.person = order.person,
                      .portrait_jpeg = lds.chip().approved().checked().application().portrait,
                      .mrz = lds.mrz(),
                      .qr_text = qr_text,
                      .issue = lds.issue(),
                      .expiry = order.expiry,
                      .can = prints_can ? std::string(text_of(drawn_can())) : std::string()},
                     *layout_);
  folder_.keep_print(painted, qr_text, lds.mrz());
  if (step) {
    // What is painted is personal data: the log gets commitments.
    const auto commit = [&](const char* name, const base::Bytes& face) {
      return bench_.store.commit_to(case_id_, name, evidence::sha256_bytes(face));
    };
    step->walk({"faces-painted"},
               {{"front", commit("print.front", painted.front_png)}, {"back", commit("print.back", painted.back_png)}});
  }
  timed_.done("Đã in hai mặt thẻ", "both faces printed");
  return cases::PrintedCard(std::move(chip), std::move(qr_text));
}

// By the public path, as a gate meets the card: with what is printed on it. A group that the profile keeps back and the
// chip gives anyway is a fault that no gate would see.
Production::Stop Production::inspect(const cases::PrintedCard& card) {
  const std::string mrz = card.chip().lds().mrz().text();
  inspection::CardInspection how{mrz, bench_.trust, bench_.clock.now(), bench_.random};
  how.policy = policy_of(bench_.profile);
  std::optional<base::Secret> can;
  if (bench_.profile.can == personalization::CanSource::Random) how.can = text_of(can.emplace(drawn_can()));
  inspection::CardRecord record;
  inspection::Report report = inspection::inspect_card(bench_.card, how, &record);
  Findings open;
  for (const int number : bench_.profile.closed_groups) {
    const lds::FileInfo& file = *lds::data_group(number);
    if (!record.files.contains(file.id)) continue;
    open.fail(
        "CHIP_GROUP_NOT_CLOSED", std::string(file.name),
        "Chip cho đọc tệp này mà không cần xác thực đầu đọc / the chip gave it without terminal authentication, and "
        "the profile keeps it back");
  }
  return open.failed() ? not_issued(std::move(open)) : std::move(report);
}

Production::Stop Production::accept(const cases::PrintedCard& card) {
  auto begun = begin("accept");
  if (auto* stop = std::get_if<Stop>(&begun)) return std::move(*stop);
  auto& step = std::get<Step>(begun);
  if (bench_.restart_card) bench_.restart_card();
  inspection::Report report = inspect(card);
  folder_.keep_report(inspection::to_json(report).dump(2));
  auto accepted = cases::accept(card, report, bench_.station_key, bench_.clock.now());
  if (std::holds_alternative<Findings>(accepted)) {
    step.stay(report.reasons());
    return report;
  }
  const auto& statement = std::get<cases::AcceptedCard>(accepted);
  step.walk({"inspection-genuine"},
            {{"serial", statement.content().serial}, {"statement_sha256", evidence::sha256_text(statement.jws())}},
            [&] {
              cases::CardRow row = *bench_.store.card(case_id_);
              row.acceptance = statement.jws();
              bench_.store.keep_card(case_id_, row);
            });
  folder_.forget_can();
  timed_.done("Đã kiểm tra thẻ bằng đường công khai", "card inspected by the public path");
  return report;
}

Produced Production::run(Until until) {
  const auto stop = [this](Stop report) { return Produced{.state = state(), .report = std::move(report)}; };
  auto approved = order_to_produce(bench_.store, case_id_, bench_.judges);
  if (auto* findings = std::get_if<Findings>(&approved)) return stop(not_issued(std::move(*findings)));
  const std::string start = state();
  if (start != "approved" && start != "assigned" && start != "signed" && start != "personalized" &&
      start != "printed") {
    return stop(not_issued(cases::CaseTable::shipped().may(start, "assign", cases::Role::Station)));
  }
  if (!bench_.profile.closed_groups.empty() && bench_.trust_point.empty()) {
    throw base::Error(
        base::Fault::FixConfiguration, "choosing a chip profile",
        fmt::format("profile {} keeps data groups for inspection systems, and station.toml names no cvca: "
                    "nobody could read them",
                    bench_.profile.name));
  }
  layout_ = layout_of(bench_, std::get<cases::ApprovedOrder>(approved).order());
  auto chip = assign(std::move(std::get<cases::ApprovedOrder>(approved)));
  if (auto* report = std::get_if<Stop>(&chip)) return stop(std::move(*report));
  auto lds = state() == "assigned" ? sign(std::move(std::get<cases::AssignedChip>(chip)))
                                   : signed_before(std::move(std::get<cases::AssignedChip>(chip)));
  if (auto* report = std::get_if<Stop>(&lds)) return stop(std::move(*report));
  if (until == Until::Signed) return {.state = state(), .report = {}, .stopped = true};
  auto written = state() == "signed" ? personalize(std::move(std::get<cases::SignedLds>(lds)))
                                     : cases::PersonalizedChip(std::move(std::get<cases::SignedLds>(lds)));
  if (auto* report = std::get_if<Stop>(&written)) return stop(std::move(*report));
  auto printed = print(std::move(std::get<cases::PersonalizedChip>(written)));
  if (auto* report = std::get_if<Stop>(&printed)) return stop(std::move(*report));
  return stop(accept(std::get<cases::PrintedCard>(printed)));
}

}  // namespace

inspection::Report not_issued(Findings findings) {
  inspection::Report report;
  report.verdict = inspection::Verdict::NotIssued;
  report.findings = std::move(findings);
  return report;
}

Produced produce(Bench& bench, const std::string& case_id, Until until) {
  return Production(bench, case_id).run(until);
}

}  // namespace production
