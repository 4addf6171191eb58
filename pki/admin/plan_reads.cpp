// The files that a plan names and a ceremony reads: read once, with the plan, so that what is approved is what is used.

#include <fmt/format.h>

#include "pki/admin/ca_book.h"
#include "pki/admin/certify.h"
#include "pki/admin/plan_steps.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/x509/issue/profile.h"

namespace admin {

namespace {

using Do = Step::Do;
namespace fs = std::filesystem;

constexpr std::string_view kDoing = "reading the ceremony's plan";
constexpr std::size_t kLargest = 1U << 20;  // octets of a certificate or a profile

std::string hash_of(base::ByteView content) {
  return base::to_hex(crypto::openssl::sha256(content));
}

ReadFile read(std::string what, std::string name, const fs::path& file) {
  base::Bytes content = base::read_file(file, kDoing, kLargest);
  std::string sha256 = hash_of(content);
  return {std::move(what), std::move(name), file, std::move(sha256), std::move(content)};
}

CaBook open_book(const fs::path& file) {
  try {
    return CaBook::look(file);
  } catch (const base::Error& error) {
    throw base::Error(error.fault(), std::string(kDoing), fmt::format("the book {}: {}", file.string(), error.seen()));
  }
}

ReadFile read_book(const Step& step, base::ByteView authority) {
  const CaBook book = open_book(step.book);
  refuse_other_book(book, read_certificate(authority, step.certificate, kDoing), step.book, kDoing);
  return {"book", step.name, step.book, base::to_hex(book.identity()), {}};
}

void read_files_of(const Step& step, std::vector<ReadFile>& reads) {
  if (step.what == Do::Authority) {
    reads.push_back(read("authority", step.name, step.certificate));
    reads.push_back(read_book(step, reads.back().content));
  }
  if (step.carried) {
    if (!fs::exists(step.carried->file)) {
      throw base::Error(base::Fault::FixConfiguration, std::string(kDoing),
                        fmt::format("{} is not there", step.carried->file.string()));
    }
    reads.push_back({"carried", step.name, step.carried->file, step.carried->sha256, {}});
  }
  if (step.what == Do::Accept) reads.push_back(read("csca", step.name, step.csca));
}

ReadFile read_profile(const Plan& plan) {
  ReadFile profile{"profile", "profile", plan.profile, {}, {}};
  if (plan.profile.empty()) {
    const base::ByteView shipped = base::view_of(x509::issue::shipped_profile_text());
    profile.content.assign(shipped.begin(), shipped.end());
  } else {
    profile.content = base::read_file(plan.profile, kDoing, kLargest);
  }
  profile.sha256 = hash_of(profile.content);
  return profile;
}

}  // namespace

void read_named_files(Plan& plan, const fs::path& file) {
  for (const Custodian& custodian : plan.custodians) {
    plan.reads.push_back(
        {"custodian", custodian.name, custodian.file, hash_of(custodian.certificate), custodian.certificate});
  }
  plan.reads.push_back(read_profile(plan));
  for (const Step& step : plan.steps) {
    try {
      read_files_of(step, plan.reads);
    } catch (const base::Error& error) {
      throw base::Error(base::Fault::FixConfiguration, std::string(kDoing),
                        fmt::format("{}:{}: step {}: {}", file.string(), step.line, step.name, error.seen()));
    }
  }
  std::string whole = fmt::format("plan {}\n", plan.sha256);
  for (const ReadFile& one : plan.reads) whole += fmt::format("{} {} {}\n", one.what, one.name, one.sha256);
  plan.whole_sha256 = hash_of(base::view_of(whole));
}

}  // namespace admin
