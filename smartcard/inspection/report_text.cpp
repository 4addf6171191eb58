#include "smartcard/inspection/report_text.h"

#include <fmt/format.h>

#include <array>

namespace inspection {

namespace {

std::string_view headline(Verdict verdict) {
  switch (verdict) {
    case Verdict::Genuine:
      return "THẺ THẬT: dữ liệu đúng chữ ký và chip đã chứng minh là bản gốc";
    case Verdict::DataAuthentic:
      return "DỮ LIỆU THẬT: dữ liệu đúng chữ ký; không có chip để hỏi";
    case Verdict::ChipNotProven:
      return "CHIP CHƯA ĐƯỢC CHỨNG MINH: dữ liệu đúng chữ ký, chip có thể là bản sao";
    case Verdict::NotGenuine:
      return "KHÔNG CHẤP NHẬN: có kiểm tra bắt buộc không đạt";
    case Verdict::Undecided:
      return "CHƯA KẾT LUẬN ĐƯỢC: thiếu căn cứ để kiểm tra";
    case Verdict::NotIssued:
      return "THẺ CHƯA ĐƯỢC CẤP";
  }
  return "KHÔNG CHẤP NHẬN";
}

std::string_view result_text(StepResult result) {
  switch (result) {
    case StepResult::Passed:
      return "đạt / passed";
    case StepResult::Failed:
      return "không đạt / failed";
    case StepResult::NotPerformed:
      return "không thực hiện / not performed";
    case StepResult::NotSupported:
      return "thẻ không hỗ trợ / not supported";
  }
  return "không đạt / failed";
}

struct Line {
  std::string_view label;
  const char* object;
  const char* field;
};

constexpr std::array kLines{
    Line{"Số định danh / Number", "dg13", "number"}, Line{"Họ tên / Name", "dg13", "full_name"},
    Line{"Ngày sinh / Birth", "dg13", "birth"},      Line{"Giới tính / Sex", "dg13", "sex"},
    Line{"Hết hạn / Expiry", "dg13", "expiry"},      Line{"MRZ: số / number", "mrz", "document_number"},
    Line{"MRZ: họ tên / name", "mrz", "name"},       Line{"MRZ: ngày sinh / birth", "mrz", "birth"},
    Line{"MRZ: hết hạn / expiry", "mrz", "expiry"},
};

bool is_bidirectional(unsigned char second, unsigned char third) {
  // U+200B–200F, U+202A–202E, U+2066–2069
  return (second == 0x80 && ((third >= 0x8B && third <= 0x8F) || (third >= 0xAA && third <= 0xAE))) ||
         (second == 0x81 && third >= 0xA6 && third <= 0xA9);
}

}  // namespace

std::string printable(std::string_view utf8) {
  std::string out;
  const auto at = [&](std::size_t i) { return i < utf8.size() ? static_cast<unsigned char>(utf8[i]) : 0U; };
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x20 || c == 0x7F) {
      out += '?';
    } else if (c == 0xC2 && at(i + 1) >= 0x80 && at(i + 1) < 0xA0) {  // C1 controls
      out += '?';
      i += 1;
    } else if (c == 0xE2 &&
               is_bidirectional(static_cast<unsigned char>(at(i + 1)), static_cast<unsigned char>(at(i + 2)))) {
      out += '?';
      i += 2;
    } else {
      out += utf8[i];
    }
  }
  return out;
}

std::string to_text(const Report& report) {
  std::string out = fmt::format("Kết luận: {}\nverdict: {}\n", headline(report.verdict), verdict_name(report.verdict));
  for (const Line& line : kLines) {
    if (!report.document.contains(line.object)) continue;
    const auto& value = report.document.at(line.object).at(line.field);
    out += fmt::format("{}: {}\n", line.label, printable(value.get<std::string>()));
  }
  if (report.document.contains("signer")) {
    out += fmt::format("Người ký / Signer: {}\n", printable(report.document.at("signer").get<std::string>()));
  }
  for (const Step& step : report.steps) {
    if (step.result == StepResult::NotPerformed) continue;
    out += fmt::format("{}: {}, {:.0f} ms, {} commands, {} bytes\n", step.name, result_text(step.result),
                       step.cost.ms(), step.cost.commands, step.cost.bytes);
  }
  for (const base::Finding& finding : report.findings.list()) {
    out += fmt::format("[{}] {} {}: {}\n", base::severity_name(finding.severity), finding.code, finding.where,
                       printable(finding.text));
  }
  return out;
}

}  // namespace inspection
