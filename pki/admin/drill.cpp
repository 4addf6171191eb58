#include "pki/admin/drill.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "pki/admin/ca_book.h"
#include "pki/admin/new_files.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/x509/format/certificate.h"
#include "pki/x509/issue/kind.h"

namespace admin {

namespace {

using nlohmann::json;

constexpr std::string_view kDoing = "answering a leaked signer key";
constexpr std::string_view kReason = "the key of the document signer has leaked";

[[noreturn]] void refuse(const std::string& seen) {
  throw base::Error(base::Fault::FixConfiguration, std::string(kDoing), seen);
}

bool is_reference(const std::string& text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == '/';
  });
}

std::optional<SignedCard> card_of(std::string_view line) {
  const json fields = json::parse(line, nullptr, false);
  if (!fields.is_object() || fields.size() != 4 + fields.count("card")) return std::nullopt;
  for (const char* const name : {"case", "serial", "signed"}) {
    if (!fields.contains(name) || !fields[name].is_string()) return std::nullopt;
  }
  if (!fields.contains("live") || !fields["live"].is_boolean()) return std::nullopt;
  SignedCard card{.case_id = fields["case"], .serial = fields["serial"], .day = {}, .live = fields["live"]};
  if (fields.contains("card")) {
    card.card = fields["card"].is_string() ? trust::parse_card_id(fields["card"].get<std::string>()) : std::nullopt;
    if (!card.card) return std::nullopt;
  }
  const auto day = base::parse_iso_date(fields["signed"].get<std::string>());
  const auto chip = base::parse_hex(card.serial);
  if (!day || !chip || chip->size() != 8 || !is_reference(card.case_id)) return std::nullopt;
  card.day = *day;
  return card;
}

// The entry of the signer's certificate in the book.
base::Bytes serial_of(const CaBook& book, base::ByteView signer) {
  const auto body = x509::format::parse_certificate(signer).body;
  const auto entry = book.find(body.serial);
  if (!entry || !base::equal(entry->certificate, signer)) refuse("the book knows no such certificate");
  if (entry->purpose != x509::issue::kind_name(x509::issue::Kind::DocumentSigner))
    refuse("the certificate is no document signer's");
  return body.serial;
}

std::string cards_csv(const std::vector<SignedCard>& cards) {
  std::string out = "case,serial,signed,live\n";
  for (const SignedCard& card : cards) {
    out += fmt::format("{},{},{},{}\n", card.case_id, card.serial, base::to_iso(card.day), card.live ? 1 : 0);
  }
  return out;
}

std::string status_lines(const std::vector<SignedCard>& cards, base::Date since) {
  std::string out;
  for (const SignedCard& card : cards) {
    if (!card.live) continue;
    const json line{{"case", card.case_id},
                    {"reason", "signer-leaked"},
                    {"serial", card.serial},
                    {"since", base::to_iso(since)},
                    {"status", "revoked"}};
    out += line.dump() + "\n";
  }
  return out;
}

std::string reissue_lines(const std::vector<SignedCard>& cards) {
  std::string out;
  for (const SignedCard& card : cards) {
    if (!card.live) continue;
    out += json{{"case", card.case_id}, {"replaces", card.serial}, {"signed", base::to_iso(card.day)}}.dump() + "\n";
  }
  return out;
}

void write_lists(const std::vector<SignedCard>& cards, base::Date today, const std::filesystem::path& out,
                 LeakAnswer& answer) {
  const std::pair<const char*, std::string> files[] = {{"cards.csv", cards_csv(cards)},
                                                       {"status.jsonl", status_lines(cards, today)},
                                                       {"reissue.jsonl", reissue_lines(cards)}};
  make_folder(out, kDoing);
  for (const auto& [name, content] : files) refuse_if_there(out / name, kDoing);
  for (const auto& [name, content] : files) {
    base::write_new_file(out / name, base::view_of(content), kDoing, base::Access::OwnerOnly);
    answer.files.push_back(out / name);
  }
}

}  // namespace

std::vector<SignedCard> read_signed_cards(std::string_view lines, const std::string& origin) {
  std::vector<SignedCard> out;
  std::set<std::string> seen;
  for (std::size_t number = 1; !lines.empty(); ++number) {
    const auto end = std::min(lines.find('\n'), lines.size());
    const auto card = card_of(lines.substr(0, end));
    if (!card) refuse(fmt::format("{}:{}: is no card as cccd-signer cards tells it", origin, number));
    if (!seen.insert(card->serial).second) refuse(fmt::format("{}:{}: the chip stands there twice", origin, number));
    out.push_back(*card);
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return out;
}

LeakAnswer answer_signer_leak(const SignerLeak& leak, bool rehearse, const World& world) {
  LeakAnswer answer;
  bool revoked = false;
  {
    const CaBook book(leak.crl.book, false, world.clock);
    answer.serial = serial_of(book, leak.signer);
    revoked = std::ranges::any_of(book.revocations(), [&](const auto& one) { return one.serial == answer.serial; });
  }
  std::vector<SignedCard> cards = leak.cards;
  std::ranges::stable_sort(cards, {}, &SignedCard::day);
  for (const SignedCard& card : cards) {
    ++answer.days[card.day];
    if (card.live) ++answer.live;
  }
  write_lists(cards, world.clock.today(), leak.out, answer);
  if (rehearse) return answer;
  if (!revoked) revoke_certificate(leak.crl.book, answer.serial, kReason, world);
  answer.crl = issue_crl(leak.crl, world);
  if (answer.crl.made()) answer.files.push_back(leak.crl.out);
  return answer;
}

}  // namespace admin
