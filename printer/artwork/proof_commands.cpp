#include "printer/artwork/proof_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "printer/artwork/artwork.h"
#include "printer/artwork/finger.h"
#include "printer/artwork/portrait.h"
#include "smartcard/document/card_order.h"
#include "smartcard/document/qr_text.h"

namespace proof {

namespace {

constexpr std::string_view kReadingFields = "reading the card's fields";

artwork::Layout layout_of(const cli::Arguments& arguments) {
  if (arguments.has("layout")) return artwork::Layout::load(arguments.text("layout"));
  return artwork::Layout::embedded(arguments.text_or("form", "adult-2024"));
}

int dpi_of(const cli::Arguments& arguments) {
  if (!arguments.has("dpi")) return artwork::kDefaultDpi;
  const long dpi = arguments.number("dpi");
  if (dpi < artwork::kLowestDpi || dpi > artwork::kHighestDpi) {
    throw base::Error(base::Fault::UsedWrongly, "reading the command line",
                      fmt::format("--dpi lies between {} and {}", artwork::kLowestDpi, artwork::kHighestDpi));
  }
  return static_cast<int>(dpi);
}

std::string can_of(const cli::Arguments& arguments) {
  std::string can = arguments.text_or("can", "");
  const bool digits = std::ranges::all_of(can, [](char c) { return c >= '0' && c <= '9'; });
  if (can.empty() || (can.size() == 6 && digits)) return can;
  throw base::Error(base::Fault::UsedWrongly, "reading the command line", "--can is six digits");
}

base::Date date_of(const nlohmann::json& json, const char* key) {
  const auto date = json.is_string() ? base::parse_iso_date(json.get<std::string>()) : std::nullopt;
  if (!date) {
    throw base::Error(base::Fault::FixConfiguration, std::string(kReadingFields),
                      fmt::format("{} is no day of the form 2026-11-23", key));
  }
  return *date;
}

// A person as document::person_from_json reads it, with "issue" and "expiry" (null: no expiry) beside its fields.
artwork::Card read_card(const std::string& path, base::Bytes portrait) {
  try {
    auto json = nlohmann::json::parse(base::read_text_file(path, kReadingFields));
    const base::Date issue = date_of(json.at("issue"), "issue");
    std::optional<base::Date> expiry;
    if (!json.at("expiry").is_null()) expiry = date_of(json.at("expiry"), "expiry");
    json.erase("issue");
    json.erase("expiry");
    const document::Person person = document::person_from_json(json);
    return {person,
            std::move(portrait),
            document::build_mrz(person.number, person.full_name, person.birth, person.sex, expiry),
            document::build_qr_text(person, issue),
            issue,
            expiry,
            {}};
  } catch (const nlohmann::json::exception&) {  // its text may quote the file, and the file is about a person
    throw base::Error(base::Fault::FixConfiguration, std::string(kReadingFields),
                      "it is no JSON object with the person's fields, issue and expiry (man cccd-proof)");
  } catch (const base::Error& error) {
    throw base::Error(base::Fault::FixConfiguration, error.doing(), error.seen());
  }
}

// picture: of a seed, in at most so many bytes.
template <class Picture>
cli::Exit draw(const cli::Arguments& arguments, Picture picture, std::size_t usual_budget) {
  const long seed = arguments.number("seed");
  const long budget = arguments.has("budget") ? arguments.number("budget") : static_cast<long>(usual_budget);
  if (seed < 0 || budget < 1)
    throw base::Error(base::Fault::UsedWrongly, "reading the command line", "--seed and --budget are not negative");
  base::write_file(arguments.text("out"), picture(static_cast<std::uint64_t>(seed), static_cast<std::size_t>(budget)),
                   "writing the picture");
  return cli::Exit::Done;
}

std::optional<document::Sex> sex_of(const cli::Arguments& arguments) {
  if (!arguments.has("sex")) return std::nullopt;
  const auto sex = document::parse_vietnamese_sex(arguments.text("sex"));
  if (!sex) throw base::Error(base::Fault::UsedWrongly, "reading the command line", "--sex is Nam or Nữ");
  return sex;
}

}  // namespace

cli::Exit paint_card(const cli::Arguments& arguments) {
  const std::filesystem::path out = arguments.text("out");
  const artwork::Layout layout = layout_of(arguments);
  artwork::Card card = read_card(
      arguments.text("FIELDS"),
      layout.has_photo() ? base::read_file(arguments.text("portrait"), "reading the portrait") : base::Bytes{});
  card.can = can_of(arguments);
  const artwork::Painted painted = artwork::paint(card, layout, dpi_of(arguments));
  std::error_code failed;
  std::filesystem::create_directories(out, failed);
  if (failed)
    throw base::Error(base::Fault::FixConfiguration, fmt::format("making {}", out.string()), failed.message());
  base::write_file(out / "front.png", painted.front_png, "writing the front");
  base::write_file(out / "back.png", painted.back_png, "writing the back");
  base::write_file(out / "card.pdf", painted.pdf, "writing the PDF");
  base::write_text_file(out / "qr.txt", card.qr_text, "writing the QR text");
  base::write_text_file(out / "mrz.txt", card.mrz.file_text(), "writing the MRZ");
  std::cout << "front.png back.png card.pdf qr.txt mrz.txt in " << out.string() << "\n";
  return cli::Exit::Done;
}

cli::Exit paint_qr(const cli::Arguments& arguments) {
  const std::string text = base::read_text_file(arguments.text("TEXT"), "reading the QR text");
  base::write_file(arguments.text("out"), artwork::paint_qr(text, layout_of(arguments), dpi_of(arguments)),
                   "writing the QR code");
  return cli::Exit::Done;
}

cli::Exit draw_portrait(const cli::Arguments& arguments) {
  const auto sex = sex_of(arguments);
  return draw(
      arguments, [sex](std::uint64_t seed, std::size_t budget) { return artwork::sample_portrait(seed, budget, sex); },
      artwork::kPortraitBudget);
}

cli::Exit draw_finger(const cli::Arguments& arguments) {
  return draw(arguments, artwork::sample_finger, artwork::kFingerBudget);
}

}  // namespace proof
