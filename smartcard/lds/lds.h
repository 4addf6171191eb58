#pragma once
// The files of the LDS1 application (ICAO Doc 9303-10 §4): their identifiers, and the codecs of EF.COM, DG1, DG2, DG15.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pki/asn1/tlv.h"
#include "pki/base/core/bytes.h"
#include "pki/base/core/finding.h"

namespace lds {

enum class FileId : std::uint16_t {
  Com = 0x011E,
  Sod = 0x011D,
  CardAccess = 0x011C,
  Dg1 = 0x0101,
  Dg2,
  Dg3,
  Dg4,
  Dg5,
  Dg6,
  Dg7,
  Dg8,
  Dg9,
  Dg10,
  Dg11,
  Dg12,
  Dg13,
  Dg14,
  Dg15,
  Dg16,
};

// 9303-10 Table 38.
struct FileInfo {
  FileId id;
  std::uint8_t sfi;
  asn1::Tag tag;
  int data_group;              // 1…16, 0 for EF.COM and EF.SOD
  std::string_view name;       // "EF.DG1"
  std::string_view file_name;  // "EF_DG1.bin", the name in a dump folder
};
std::span<const FileInfo> all_files();
const FileInfo& info(FileId id);
const FileInfo* data_group(int number);        // nullptr outside 1…16
const FileInfo* file_with_tag(asn1::Tag tag);  // nullptr for a foreign tag

// The content of one card, by file.
using Files = std::map<FileId, base::Bytes>;

inline constexpr std::size_t kLargestCardFile = 1U << 20;  // bytes; no card holds a larger one, and none is read whole

// A folder of EF_*.bin files. read throws Error{FixConfiguration} when the folder holds none. Of a file larger than
// kLargestCardFile one byte more than that is read: that it is too large is for the judgement to say.
Files read_folder(const std::string& folder);
void write_folder(const Files& files, const std::string& folder);

// EF.COM, §4.6.1: LDS 1.7, Unicode 4.0.0 unless told.
base::Bytes encode_com(const std::vector<int>& data_groups, std::string_view lds_version = "0107",
                       std::string_view unicode_version = "040000");
struct Com {
  std::string lds_version, unicode_version;
  std::vector<asn1::Tag> tags;
};
std::optional<Com> parse_com(base::ByteView file);

// DG1, §4.7.1: 61 { 5F1F 90 characters }.
base::Bytes encode_dg1(std::string_view mrz90);
std::optional<std::string> parse_dg1(base::ByteView file);  // 90, 72 or 88 characters

// DG2, §4.7.2: one face. As an ISO/IEC 19794-5:2005 record without feature points (the image begins at byte 84, where
// readers of real cards look for it), or as ISO/IEC 39794-5, which issuers must write from 2030 on; read in both forms.
enum class FaceFormat { Iso19794, Iso39794 };
struct FaceImage {
  base::Bytes jpeg;
  std::uint16_t width = 0, height = 0;
};
// The JPEG's own header gives the size. nullopt when it is no JPEG.
std::optional<FaceImage> face_image(base::Bytes jpeg);
base::Bytes encode_dg2(const FaceImage& face, FaceFormat format = FaceFormat::Iso19794);
struct Dg2Reading {
  std::optional<base::Bytes> image;  // JPEG or JPEG 2000, as it stood
  base::Findings findings;           // DG2_MALFORMED …
};
Dg2Reading parse_dg2(base::ByteView file);

// DG15, §4.7.15: 6F { SubjectPublicKeyInfo }.
base::Bytes encode_dg15(base::ByteView subject_public_key_info);
std::optional<base::Bytes> parse_dg15(base::ByteView file);

}  // namespace lds
