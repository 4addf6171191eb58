#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "smartcard/lds/lds.h"

namespace lds {

namespace {

// ICAO Doc 9303-10 Table 38 and §4.7.
constexpr auto kFiles = std::to_array<FileInfo>({
    {FileId::Com, 0x1E, 0x60, 0, "EF.COM", "EF_COM.bin"},
    {FileId::Dg1, 0x01, 0x61, 1, "EF.DG1", "EF_DG1.bin"},
    {FileId::Dg2, 0x02, 0x75, 2, "EF.DG2", "EF_DG2.bin"},
    {FileId::Dg3, 0x03, 0x63, 3, "EF.DG3", "EF_DG3.bin"},
    {FileId::Dg4, 0x04, 0x76, 4, "EF.DG4", "EF_DG4.bin"},
    {FileId::Dg5, 0x05, 0x65, 5, "EF.DG5", "EF_DG5.bin"},
    {FileId::Dg6, 0x06, 0x66, 6, "EF.DG6", "EF_DG6.bin"},
    {FileId::Dg7, 0x07, 0x67, 7, "EF.DG7", "EF_DG7.bin"},
    {FileId::Dg8, 0x08, 0x68, 8, "EF.DG8", "EF_DG8.bin"},
    {FileId::Dg9, 0x09, 0x69, 9, "EF.DG9", "EF_DG9.bin"},
    {FileId::Dg10, 0x0A, 0x6A, 10, "EF.DG10", "EF_DG10.bin"},
    {FileId::Dg11, 0x0B, 0x6B, 11, "EF.DG11", "EF_DG11.bin"},
    {FileId::Dg12, 0x0C, 0x6C, 12, "EF.DG12", "EF_DG12.bin"},
    {FileId::Dg13, 0x0D, 0x6D, 13, "EF.DG13", "EF_DG13.bin"},
    {FileId::Dg14, 0x0E, 0x6E, 14, "EF.DG14", "EF_DG14.bin"},
    {FileId::Dg15, 0x0F, 0x6F, 15, "EF.DG15", "EF_DG15.bin"},
    {FileId::Dg16, 0x10, 0x70, 16, "EF.DG16", "EF_DG16.bin"},
    {FileId::Sod, 0x1D, 0x77, 0, "EF.SOD", "EF_SOD.bin"},
    {FileId::CardAccess, 0x1C, 0x31, 0, "EF.CardAccess", "EF_CardAccess.bin"},
});

}  // namespace

std::span<const FileInfo> all_files() {
  return kFiles;
}

const FileInfo& info(FileId id) {
  const auto found = std::ranges::find(kFiles, id, &FileInfo::id);
  base::ensure(found != kFiles.end(), "every FileId stands in the table");
  return *found;
}

const FileInfo* data_group(int number) {
  if (number < 1 || number > 16) return nullptr;
  return &*std::ranges::find(kFiles, number, &FileInfo::data_group);
}

const FileInfo* file_with_tag(asn1::Tag tag) {
  const auto found = std::ranges::find(kFiles, tag, &FileInfo::tag);
  return found == kFiles.end() ? nullptr : &*found;
}

Files read_folder(const std::string& folder) {
  constexpr std::string_view kDoing = "reading a folder of card files";
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    throw base::Error(base::Fault::FixConfiguration, std::string(kDoing), fmt::format("{} is no folder", folder));
  }
  Files files;
  for (const FileInfo& file : kFiles) {
    const auto path = std::filesystem::path(folder) / file.file_name;
    if (std::filesystem::exists(path, error)) {
      files[file.id] = base::read_file_start(path, kDoing, kLargestCardFile + 1);
    }
  }
  if (files.empty()) {
    throw base::Error(base::Fault::FixConfiguration, std::string(kDoing),
                      fmt::format("{} holds none of EF_COM.bin, EF_SOD.bin, EF_DG1.bin …", folder));
  }
  return files;
}

void write_folder(const Files& files, const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) throw base::Error(base::Fault::FixConfiguration, fmt::format("making {}", folder), failed.message());
  for (const auto& [id, content] : files) {
    base::write_file(std::filesystem::path(folder) / info(id).file_name, content, "writing a card file");
  }
}

}  // namespace lds
