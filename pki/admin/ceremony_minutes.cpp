#include "pki/admin/ceremony_minutes.h"

#include <fmt/format.h>
#include <stdlib.h>  // mkdtemp

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "pki/admin/new_files.h"
#include "pki/admin/plan_steps.h"
#include "pki/admin/spent_approvals.h"
#include "pki/admin/spoken_hash.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/evidence/statement.h"

namespace admin {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDoing = "running the ceremony";
constexpr std::string_view kType = "ceremony-minutes";

// A folder that goes away with the rehearsal.
class Stage {
 public:
  Stage() {
    std::string name = fs::temp_directory_path() / "cccd-rehearsal-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr)
      throw base::Error(base::Fault::FixConfiguration, std::string(kDoing),
                        fmt::format("no folder can be made as {}: {}", name, std::strerror(errno)));
    path_ = name;
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  ~Stage() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// The whole journal is written anew for each line: it is short, and a power cut leaves the old one or the new one.
class JournalFile {
 public:
  JournalFile(fs::path file, const base::Clock& clock) : file_(std::move(file)), clock_(clock) {}
  void add(const std::string& line) {
    text_ += fmt::format("{} {}\n", base::to_rfc3339(clock_.now()), line);
    base::write_text_file(file_, text_, kDoing);
  }

 private:
  fs::path file_;
  const base::Clock& clock_;
  std::string text_;
};

std::string key_id_of(const Plan& plan, const std::string& custodian) {
  const auto found = std::ranges::find(plan.custodians, custodian, &Custodian::name);
  base::ensure(found != plan.custodians.end(), "who approved is a custodian of the plan");
  return evidence::key_id(found->public_key);
}

std::string minutes_text(const Plan& plan, const CeremonyRun& run, base::Moment began, base::Moment ended) {
  std::string text = fmt::format(
      "Minutes of the ceremony {}\n{}\n\nbegan {}, ended {}\nkeys kept by {}, for cards issued by {}\n"
      "witnesses: {}\n\n",
      plan.name, plan.purpose, base::to_rfc3339(began), base::to_rfc3339(ended), plan.key_keeper, plan.card_issuer,
      plan.witnesses.empty() ? "none" : fmt::format("{}", fmt::join(plan.witnesses, ", ")));
  for (const Approval& approval : run.approvals) {
    text += fmt::format("approved by {} with the key {}\n", approval.custodian, key_id_of(plan, approval.custodian));
  }
  const auto hash = [&](const std::string& what, const std::string& sha256) {
    text += fmt::format("{}\n{}\n{}\n\n", what, in_groups(sha256), spoken(sha256));
  };
  text += "\nSHA-256, to be read aloud and compared:\n\n";
  hash("the plan", plan.sha256);
  hash("what was approved: the plan with every file that it reads", plan.whole_sha256);
  for (const MadeFile& file : run.performed.files) hash(fmt::format("{} ({})", file.file, file.step), file.sha256);
  for (const MadeFile& book : run.performed.books) {
    hash(fmt::format("the book {} ({}), which goes on", book.file, book.step), book.sha256);
  }
  text += "what it read:\n\n";
  for (const ReadFile& one : plan.reads) text += fmt::format("{} {}\n{}\n", one.what, one.name, in_groups(one.sha256));
  return text;
}

nlohmann::json files_json(const std::vector<MadeFile>& all) {
  nlohmann::json files = nlohmann::json::array();
  for (const MadeFile& file : all) files.push_back({{"step", file.step}, {"file", file.file}, {"sha256", file.sha256}});
  return files;
}

nlohmann::json custodians_json(const Plan& plan, const std::vector<Approval>& approvals) {
  nlohmann::json custodians = nlohmann::json::array();
  for (const Approval& approval : approvals) {
    custodians.push_back({{"name", approval.custodian}, {"key_id", key_id_of(plan, approval.custodian)}});
  }
  return custodians;
}

nlohmann::json minutes_json(const Plan& plan, const CeremonyRun& run, base::Moment began, base::Moment ended) {
  nlohmann::json approvals = nlohmann::json::array();
  for (const Approval& approval : run.approvals) approvals.push_back(approval.statement);
  return {{"ceremony", plan.name},
          {"plan", plan.sha256},
          {"reads", reads_json(plan)},
          {"whole", plan.whole_sha256},
          {"key_keeper", plan.key_keeper},
          {"card_issuer", plan.card_issuer},
          {"custodians", custodians_json(plan, run.approvals)},
          {"approvals", std::move(approvals)},
          {"witnesses", plan.witnesses},
          {"began", base::to_rfc3339(began)},
          {"ended", base::to_rfc3339(ended)},
          {"files", files_json(run.performed.files)},
          {"books", files_json(run.performed.books)},
          {"text", base::to_hex(crypto::openssl::sha256(base::view_of(run.text)))}};
}

void refuse_to_overwrite(const Plan& plan, const fs::path& out) {
  for (const char* const own : {kMinutesFile, kMinutesText, kJournalFile}) refuse_if_there(out / own, kDoing);
  for (const Step& step : plan.steps) {
    for (const fs::path& file : step.makes()) refuse_if_there(out / file, kDoing);
  }
}

bool leads(const Plan& plan, const std::vector<Approval>& approvals, base::ByteView key) {
  return std::ranges::any_of(plan.custodians, [&](const Custodian& custodian) {
    return std::ranges::equal(custodian.public_key, key) &&
           std::ranges::find(approvals, custodian.name, &Approval::custodian) != approvals.end();
  });
}

void check_file(const fs::path& out, const nlohmann::json& file, base::Findings& findings) {
  const std::string name = file.value("file", "");
  const fs::path path = out / name;
  if (!fs::exists(path)) {
    findings.fail("CEREMONY_FILE_MISSING", name, "A file of the minutes is not there.");
  } else if (base::to_hex(crypto::openssl::sha256(base::read_file(path, "reading the ceremony's files"))) !=
             file.value("sha256", "")) {
    findings.fail("CEREMONY_FILE_CHANGED", name, "A file is not the one of the minutes.");
  }
}

// A book goes on after its ceremony: that it moved on is told and is no fault.
void check_book(const Plan& plan, const fs::path& out, const nlohmann::json& book, base::Findings& findings) {
  const std::string name = book.value("file", "");
  const Step& step = plan.step(book.value("step", ""));
  const fs::path path = (step.what == Step::Do::Authority ? plan.folder : out) / name;
  if (!fs::exists(path)) {
    findings.fail("CEREMONY_FILE_MISSING", name, "A book of the minutes is not there.");
  } else if (base::to_hex(crypto::openssl::sha256(base::read_file(path, "reading the ceremony's files"))) !=
             book.value("sha256", "")) {
    findings.warn("CEREMONY_BOOK_MOVED_ON", name, "The book is not any more as the ceremony left it.");
  }
}

// What was approved, and by whom: the approvals are in the minutes, so nobody has to believe who led.
void check_approved(const Plan& plan, const nlohmann::json& minutes, base::ByteView leader, base::Findings& findings) {
  if (minutes.value("plan", "") != plan.sha256) {
    findings.fail("CEREMONY_MINUTES_OTHER_PLAN", kMinutesFile, "The minutes are of another plan.");
    return;
  }
  const auto changed = changed_reads(minutes.value("reads", nlohmann::json::array()), plan);
  for (const std::string& file : changed) {
    findings.fail("CEREMONY_READ_CHANGED", file, "A file that the plan reads is not the one that the ceremony read.");
  }
  if (!changed.empty()) return;
  const base::Moment began = base::parse_rfc3339(minutes.value("began", "")).value_or(base::Moment{});
  const Quorum quorum = judge_approvals(plan, minutes.value("approvals", std::vector<std::string>{}), began);
  findings.add(quorum.findings);
  const bool same = minutes.value("whole", "") == plan.whole_sha256 &&
                    minutes.value("custodians", nlohmann::json()) == custodians_json(plan, quorum.approvals);
  if (!same || !leads(plan, quorum.approvals, leader)) {
    findings.fail(
        "CEREMONY_MINUTES_CUSTODIANS", kMinutesFile,
        "The minutes name other custodians, keys or files than the approvals in them, or one who did not approve "
        "signed them.");
  }
}

}  // namespace

x509::issue::Profile profile_of(const Plan& plan) {
  if (plan.profile.empty()) return x509::issue::shipped_profile();
  return x509::issue::parse_profile(base::text_of(plan.read("profile", "profile").content), plan.profile.string());
}

Performed rehearse(const Plan& plan, const World& world) {
  look_ahead(plan);
  const Stage stage;
  const auto keys = stand_in_keys(world.random);
  const x509::issue::Profile profile = profile_of(plan);
  return Performance(plan, *keys, stage.path(), profile, world, [](const std::string&) {}).perform();
}

CeremonyRun run_ceremony(const Plan& plan, const std::vector<std::string>& approvals,
                         const keystore::SigningKey& keeper, const fs::path& out, const World& world) {
  const base::Moment began = world.clock.now();
  CeremonyRun run;
  Quorum quorum = judge_approvals(plan, approvals, began);
  run.approvals = quorum.approvals;
  run.performed.findings = quorum.findings;
  if (!leads(plan, run.approvals, keeper.public_key_named())) {
    run.performed.findings.fail("CEREMONY_LEADER", "minutes", "Who signs the minutes is no custodian who approved.");
  }
  if (run.performed.findings.failed()) return run;
  refuse_to_overwrite(plan, out);
  run.performed.findings.add(judge_unspent(plan, quorum));
  if (run.performed.findings.failed()) return run;
  run.performed.findings.add(rehearse(plan, world).findings);
  if (run.performed.findings.failed()) return run;

  make_folder(out, kDoing);
  JournalFile journal(out / kJournalFile, world.clock);
  journal.add(fmt::format("ceremony {} plan {} whole {}", plan.name, plan.sha256, plan.whole_sha256));
  const auto keys = real_keys(out, world.random, [&] {
    spend(plan, quorum, out, world.clock);
    for (const Approval& approval : run.approvals)
      journal.add(fmt::format("spent the approval of {}", approval.custodian));
  });
  const x509::issue::Profile profile = profile_of(plan);
  run.performed =
      Performance(plan, *keys, out, profile, world, [&](const std::string& line) { journal.add(line); }).perform();
  if (run.performed.findings.failed()) return run;
  const base::Moment ended = world.clock.now();
  run.text = minutes_text(plan, run, began, ended);
  base::write_new_file(out / kMinutesText, base::view_of(run.text), kDoing);
  const std::string statement = evidence::sign_statement(kType, minutes_json(plan, run, began, ended), keeper);
  base::write_new_file(out / kMinutesFile, base::view_of(statement), kDoing);
  journal.add("minutes signed");
  return run;
}

base::Findings verify_minutes(const Plan& plan, const fs::path& out) {
  base::Findings findings;
  const std::string statement = base::read_text_file(out / kMinutesFile, "reading the ceremony's minutes");
  std::optional<nlohmann::json> minutes;
  base::ByteView leader;
  for (const Custodian& custodian : plan.custodians) {
    if (minutes) break;
    minutes = evidence::open_statement(statement, kType, custodian.public_key);
    leader = custodian.public_key;
  }
  if (!minutes) {
    findings.fail("CEREMONY_MINUTES_SIGNATURE", kMinutesFile, "The minutes are signed by no custodian of the plan.");
    return findings;
  }
  check_approved(plan, *minutes, leader, findings);
  for (const nlohmann::json& file : (*minutes)["files"]) check_file(out, file, findings);
  if (findings.failed()) return findings;
  for (const nlohmann::json& book : minutes->value("books", nlohmann::json::array())) {
    check_book(plan, out, book, findings);
  }
  check_file(out, {{"file", kMinutesText}, {"sha256", minutes->value("text", "")}}, findings);
  return findings;
}

}  // namespace admin
