#include "smartcard/personalization/command_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "pki/base/core/files.h"
#include "pki/base/toml/strict_toml.h"

namespace personalization {

namespace {

using strict_toml::Table;

constexpr std::string_view kDoing = "reading a chip profile";
constexpr std::int64_t kLargestShortBlock = 255;
constexpr std::int64_t kLargestExtendedBlock = 32767;

using Names = std::vector<std::string_view>;

Names card_names() {
  Names names(std::begin(kCardValues), std::end(kCardValues));
  names.push_back("aid");
  return names;
}

Names file_names() {
  return {"aid", "fid", "size", "sfi"};
}

Names write_names() {
  return {"fid", "offset", "data"};
}

Pattern pattern(const Table& in, std::string_view key, const std::string& text, const Names& names) {
  auto parsed = Pattern::parse(text, names);
  if (const auto* const why = std::get_if<std::string>(&parsed)) in.refuse(key, fmt::format("{} {}", key, *why));
  return std::get<Pattern>(std::move(parsed));
}

std::vector<std::uint16_t> status_words(const Table& in, std::string_view key) {
  std::vector<std::uint16_t> out;
  for (const std::int64_t word : in.numbers(key, 0x6100, 0x9FFF)) {
    if (word == 0x9000) in.refuse(key, "9000 is success and stands for itself");
    out.push_back(static_cast<std::uint16_t>(word));
  }
  return out;
}

CommandForm command(const Table& in, std::string name, const Names& names) {
  CommandForm out{.name = std::move(name), .header = {}, .data = {}, .le = std::nullopt, .also = {}};
  out.header = pattern(in, "header", in.text("header"), names);
  if (const auto data = in.maybe_text("data")) out.data = pattern(in, "data", *data, names);
  if (const auto le = in.maybe_number("le", 1, 65536)) out.le = static_cast<std::uint32_t>(*le);
  if (in.has("also")) out.also = status_words(in, "also");
  return out;
}

CommandObject object(const Table& in) {
  CommandObject out;
  out.name = in.text("what");
  const auto files = lds::all_files();
  const auto found = std::ranges::find(files, out.name, &lds::FileInfo::name);
  if (found != files.end()) {
    out.file = found->id;
  } else {
    out.put = command(in, out.name, card_names());
  }
  out.optional = in.flag("optional");
  return out;
}

std::vector<CommandForm> commands(const Table& in, std::string_view key) {
  std::vector<CommandForm> out;
  for (const Table& one : in.tables(key)) out.push_back(command(one, one.text("what"), card_names()));
  return out;
}

CommandProfile profile(const Table& file) {
  file.number("format", 1, 1);
  CommandProfile out;
  out.name = file.text("name");
  const Table channel = file.table("channel");
  if (channel.text("protocol") != "none") channel.refuse("protocol", "must be 'none' in a profile made of commands");
  const Table application = file.table("application");
  const auto aid = base::parse_hex(application.text("aid"));
  if (!aid || aid->size() < 5 || aid->size() > 16) application.refuse("aid", "must be 5 to 16 octets in hexadecimal");
  out.aid = *aid;
  out.begin = commands(application, "begin");
  out.select = command(application.table("select"), "SELECT application", card_names());
  const Table files = file.table("files");
  out.create_file = command(files.table("create"), "create", file_names());
  out.select_file = command(files.table("select"), "select", file_names());
  out.write_file = command(files.table("write"), "write", write_names());
  out.block_short = static_cast<std::size_t>(files.number("block_short", 1, kLargestShortBlock));
  out.block_extended = static_cast<std::size_t>(files.number("block_extended", 1, kLargestExtendedBlock));
  std::set<std::string> names;
  for (const Table& one : file.tables("object")) {
    out.objects.push_back(object(one));
    if (!names.insert(out.objects.back().name).second) one.refuse("what", "stands twice");
  }
  const Table lock = file.table("lock");
  out.lock = commands(lock, "command");
  for (const Table& one : lock.tables("probe")) {
    out.probes.push_back({command(one, one.text("what"), card_names()), status_words(one, "refused")});
  }
  if (out.lock.empty() != lock.flag("impossible")) {
    lock.refuse("a product has either commands that lock it or 'impossible = true'");
  }
  if (!out.lock.empty() && out.probes.empty()) lock.refuse("a lock is proven by at least one probe");
  return out;
}

}  // namespace

CommandProfile parse_command_profile(std::string_view toml, std::string_view source) {
  return strict_toml::read(toml, source, kDoing, profile);
}

CommandProfile read_command_profile(const std::filesystem::path& path) {
  return parse_command_profile(base::read_text_file(path, kDoing), path.string());
}

}  // namespace personalization
