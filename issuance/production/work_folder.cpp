#include "issuance/production/work_folder.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"

namespace production {

namespace {

constexpr const char* kPapers[] = {"front.png", "back.png", "card.pdf", "qr.txt", "mrz.txt", "report.json"};
constexpr const char* kLockProof = "lock.json";
constexpr const char* kCan = "can";
constexpr std::size_t kCanDigits = 6;
constexpr lds::FileId kFiles[] = {lds::FileId::Com,  lds::FileId::Dg1,  lds::FileId::Dg2,  lds::FileId::Dg3,
                                  lds::FileId::Dg13, lds::FileId::Dg14, lds::FileId::Dg15, lds::FileId::Sod};

void make_folder(const std::filesystem::path& folder, std::string_view doing) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw base::Error(base::Fault::AskOperator, std::string(doing),
                      fmt::format("{}: {}", folder.string(), error.message()));
  }
}

std::filesystem::path file_of(const std::filesystem::path& folder, lds::FileId id) {
  return folder / lds::info(id).file_name;
}

}  // namespace

WorkFolder::WorkFolder(std::filesystem::path folder) : folder_(std::move(folder)) {
  make_folder(lds(), "making a case's work folder");
}

void WorkFolder::begin_anew() const {
  std::error_code error;
  for (const lds::FileId id : kFiles) std::filesystem::remove(file_of(lds(), id), error);
  for (const char* const paper : kPapers) std::filesystem::remove(folder_ / paper, error);
  std::filesystem::remove(folder_ / kLockProof, error);
  forget_can();
  if (error) {
    throw base::Error(base::Fault::AskOperator, "clearing a case's work folder",
                      fmt::format("{}: {}", folder_.string(), error.message()));
  }
}

std::optional<ChipKeys> WorkFolder::kept_keys() const {
  const auto kept = [this](lds::FileId id) -> std::optional<base::Bytes> {
    std::error_code error;
    if (!std::filesystem::exists(file_of(lds(), id), error)) return std::nullopt;
    return base::read_file(file_of(lds(), id), "reading the chip's keys");
  };
  auto dg15 = kept(lds::FileId::Dg15);
  if (!dg15) return std::nullopt;
  return ChipKeys{.dg14 = kept(lds::FileId::Dg14).value_or(base::Bytes{}), .dg15 = std::move(*dg15)};
}

// EF.DG15 comes last: where it stands, both do.
void WorkFolder::keep_keys(const ChipKeys& keys) const {
  constexpr std::string_view doing = "keeping the chip's keys";
  std::error_code error;
  std::filesystem::remove(file_of(lds(), lds::FileId::Dg15), error);
  std::filesystem::remove(file_of(lds(), lds::FileId::Dg14), error);
  if (!keys.dg14.empty()) {
    base::write_file(file_of(lds(), lds::FileId::Dg14), keys.dg14, doing, base::Access::OwnerOnly);
  }
  base::write_file(file_of(lds(), lds::FileId::Dg15), keys.dg15, doing, base::Access::OwnerOnly);
}

void WorkFolder::keep_files(const lds::Files& files) const {
  for (const auto& [id, content] : files) {
    base::write_file(file_of(lds(), id), content, "keeping signed data", base::Access::OwnerOnly);
  }
}

lds::Files WorkFolder::files(const document::CardOrder& order) const {
  lds::Files files;
  for (const lds::FileId id : kFiles) {
    std::error_code error;
    if (id == lds::FileId::Dg2 && order.dg2_sha256.empty()) continue;
    if (id == lds::FileId::Dg3 && order.dg3_sha256.empty()) continue;
    if (id == lds::FileId::Dg14 && !std::filesystem::exists(file_of(lds(), id), error)) continue;
    files[id] = base::read_file(file_of(lds(), id), "reading signed data");
  }
  return files;
}

std::optional<base::Secret> WorkFolder::kept_can() const {
  std::error_code error;
  if (!std::filesystem::exists(folder_ / kCan, error)) return std::nullopt;
  base::Secret can(base::read_file(folder_ / kCan, "reading the card access number"));
  const bool digits = std::ranges::all_of(can.reveal(), [](std::uint8_t c) { return c >= '0' && c <= '9'; });
  if (!digits || can.size() != kCanDigits) return std::nullopt;
  return can;
}

void WorkFolder::keep_can(const base::Secret& can) const {
  base::write_file(folder_ / kCan, can.reveal(), "keeping the card access number", base::Access::OwnerOnly);
}

void WorkFolder::forget_can() const {
  std::error_code error;
  std::filesystem::remove(folder_ / kCan, error);
  if (error) {
    throw base::Error(base::Fault::AskOperator, "forgetting a card access number",
                      fmt::format("{}: {}", folder_.string(), error.message()));
  }
}

void WorkFolder::keep_lock_proof(const std::string& json) const {
  base::write_text_file(folder_ / kLockProof, json, "keeping the proof of the lock", base::Access::OwnerOnly);
}

void WorkFolder::keep_report(const std::string& json) const {
  base::write_text_file(folder_ / "report.json", json + "\n", "writing the inspection's report",
                        base::Access::OwnerOnly);
}

std::string WorkFolder::report() const {
  return base::read_text_file(folder_ / "report.json", "reading the inspection's report");
}

void WorkFolder::keep_print(const artwork::Painted& painted, const std::string& qr_text,
                            const document::Mrz& mrz) const {
  constexpr std::string_view doing = "writing the card's faces";
  constexpr auto mine = base::Access::OwnerOnly;
  base::write_file(folder_ / "front.png", painted.front_png, doing, mine);
  base::write_file(folder_ / "back.png", painted.back_png, doing, mine);
  base::write_file(folder_ / "card.pdf", painted.pdf, doing, mine);
  base::write_text_file(folder_ / "qr.txt", qr_text, doing, mine);
  base::write_text_file(folder_ / "mrz.txt", mrz.file_text(), doing, mine);
}

void WorkFolder::give_out(const std::filesystem::path& to) const {
  constexpr std::string_view doing = "giving out the card's files";
  make_folder(to / "lds", doing);
  std::error_code error;
  for (const char* const paper : kPapers) {
    if (!std::filesystem::exists(folder_ / paper, error)) continue;
    base::write_file(to / paper, base::read_file(folder_ / paper, doing), doing, base::Access::OwnerOnly);
  }
  for (const lds::FileId id : kFiles) {
    // Fingers leave the station inside the chip alone, where terminal authentication guards them.
    if (id == lds::FileId::Dg3 || !std::filesystem::exists(file_of(lds(), id), error)) continue;
    base::write_file(file_of(to / "lds", id), base::read_file(file_of(lds(), id), doing), doing,
                     base::Access::OwnerOnly);
  }
}

}  // namespace production
