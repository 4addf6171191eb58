#include "smartcard/personalization/command_card.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"
#include "smartcard/personalization/card_session.h"

namespace personalization {

namespace {

using base::Bytes;
using base::ByteView;
using base::Secret;

constexpr std::size_t kReach = 0x8000;  // octets that a 15-bit offset can begin at

[[noreturn]] void profile_is_wrong(std::string seen) {
  throw base::Error(base::Fault::FixConfiguration, "preparing what is written to the chip", std::move(seen));
}

Secret two_octets(std::size_t value) {
  return Secret(Bytes{static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)});
}

apdu::Response transmit(transport::Channel& card, const CommandForm& form, const Values& values) {
  const Secret header = form.header.fill(values);
  if (header.size() != 4) profile_is_wrong(fmt::format("the header of '{}' is not four octets", form.name));
  const ByteView h = header.reveal();
  const Secret data = form.data.fill(values);
  apdu::Command command{h[0], h[1], h[2], h[3], {data.reveal().begin(), data.reveal().end()}, form.le};
  const apdu::Response answer = card.transmit(command);
  base::wipe(command.data);
  return answer;
}

bool send(transport::Channel& card, const CommandForm& form, const Values& values, std::string_view about,
          base::Findings& findings) {
  const apdu::StatusWord sw = transmit(card, form, values).sw;
  if (sw.ok() || std::ranges::find(form.also, sw.value) != form.also.end()) return true;
  findings.fail(
      kStateUnexpected, kWhere,
      fmt::format("{}{}{}: the card answered {}", form.name, about.empty() ? "" : " ", about, apdu::describe(sw)));
  return false;
}

bool write_file(transport::Channel& card, const CommandProfile& profile, lds::FileId id, ByteView content,
                base::Findings& findings) {
  const lds::FileInfo& info = lds::info(id);
  Values values;
  values.emplace("aid", Secret::copy_of(profile.aid));
  values.emplace("fid", two_octets(static_cast<std::size_t>(id)));
  values.emplace("size", two_octets(content.size()));
  values.emplace("sfi", Secret(Bytes{static_cast<std::uint8_t>(info.sfi << 3)}));
  if (!send(card, profile.create_file, values, info.name, findings)) return false;
  if (!send(card, profile.select_file, values, info.name, findings)) return false;
  const std::size_t block = card.extended_length() ? profile.block_extended : profile.block_short;
  for (std::size_t at = 0; at < content.size(); at += block) {
    const ByteView part = content.subspan(at, std::min(block, content.size() - at));
    values.insert_or_assign("offset", two_octets(at));
    values.insert_or_assign("data", Secret::copy_of(part));
    if (!send(card, profile.write_file, values, info.name, findings)) return false;
  }
  return true;
}

void check_plan(const CommandProfile& profile, const lds::Files& files, const Values& values) {
  for (const auto& [id, content] : files) {
    const bool placed = std::ranges::any_of(profile.objects, [id = id](const auto& o) { return o.file == id; });
    const auto name = lds::info(id).name;
    if (!placed) profile_is_wrong(fmt::format("profile {} has no place for {}", profile.name, name));
    if (content.size() > kReach) {
      profile_is_wrong(fmt::format("{} is longer than the 32,768 octets that profile {} reaches", name, profile.name));
    }
  }
  for (const CommandObject& object : profile.objects) {
    if (object.file || object.optional || object.put.data.fillable(values)) continue;
    profile_is_wrong(
        fmt::format("profile {} wants a value for '{}' that the card was not given", profile.name, object.name));
  }
}

}  // namespace

base::Findings write(transport::Channel& card, const CommandProfile& profile, const lds::Files& files, Values values) {
  values.insert_or_assign("aid", Secret::copy_of(profile.aid));
  check_plan(profile, files, values);
  base::Findings findings;
  findings.warn(
      kNoSecureChannel, kWhere,
      fmt::format("profile {} has no secure channel: keys and secrets go to the chip in the clear", profile.name));
  for (const CommandForm& form : profile.begin) {
    if (!send(card, form, values, "", findings)) return findings;
  }
  if (!send(card, profile.select, values, "", findings)) return findings;
  for (const CommandObject& object : profile.objects) {
    if (object.file) {
      const auto file = files.find(*object.file);
      if (file == files.end()) continue;
      if (!write_file(card, profile, *object.file, file->second, findings)) return findings;
    } else if (object.put.data.fillable(values)) {
      if (!send(card, object.put, values, "", findings)) return findings;
    }
  }
  return findings;
}

Locked lock(transport::Channel& card, const CommandProfile& profile) {
  Locked out;
  Values values;
  values.emplace("aid", Secret::copy_of(profile.aid));
  if (profile.lock.empty()) {
    out.findings.fail(kNotLocked, kWhere, fmt::format("a chip of profile {} cannot be locked", profile.name));
    return out;
  }
  if (!send(card, profile.select, values, "", out.findings)) return out;
  for (const CommandForm& form : profile.lock) {
    if (!send(card, form, values, "", out.findings)) return out;
  }
  for (const LockProbe& probe : profile.probes) {
    const apdu::StatusWord sw = transmit(card, probe.command, values).sw;
    const bool refused = std::ranges::find(probe.refusals, sw.value) != probe.refusals.end();
    out.proof.push_back({probe.command.name, sw.value, refused});
    if (refused) continue;
    out.findings.fail(kNotLocked, kWhere,
                      fmt::format("'{}' on the locked chip: it answered {}", probe.command.name, apdu::describe(sw)));
  }
  return out;
}

}  // namespace personalization
