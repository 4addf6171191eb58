#include "smartcard/inspection/card_knowledge.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <vector>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "smartcard/access/inspection_key.h"
#include "smartcard/document/mrz.h"
#include "smartcard/document/qr_text.h"

namespace inspection {

namespace {

constexpr std::size_t kCanDigits = 6;

// A file that holds no MRZ is ours to mend; whether the MRZ is the card's is the card's to answer.
std::string read_mrz(const std::string& file) {
  std::string mrz = base::read_text_file(file, "reading the MRZ");
  if (!document::parse_mrz(mrz).fields) {
    throw base::Error(base::Fault::FixConfiguration, fmt::format("reading the MRZ in {}", file),
                      "it is not three lines of 30 characters A to Z, 0 to 9 and <");
  }
  return mrz;
}

// doing: for messages.
std::string checked_can(std::string text, const std::string& doing) {
  text.erase(text.find_last_not_of(" \r\n") + 1);
  if (text.size() != kCanDigits || text.find_first_not_of("0123456789") != std::string::npos) {
    throw base::Error(base::Fault::FixConfiguration, doing, "it is not six digits");
  }
  return text;
}

// Of a CCCD the card access number is the end of the citizen number, which the QR code begins with.
std::string can_of_qr(const std::string& file) {
  std::string text = base::read_text_file(file, "reading the QR code's text");
  text.erase(text.find_last_not_of("\r\n") + 1);
  const auto fields = document::parse_qr_text(text);
  if (!fields || fields->number.size() < kCanDigits) {
    throw base::Error(base::Fault::FixConfiguration, fmt::format("reading the QR code's text in {}", file),
                      "it is not the text of a card's QR code: 7 or 11 fields parted by |");
  }
  return checked_can(fields->number.substr(fields->number.size() - kCanDigits), "taking the CAN from the QR code");
}

// It stands on the card: nobody has to hide it.
std::string ask_for_can() {
  if (::isatty(STDIN_FILENO) == 0) {
    throw base::Error(base::Fault::UsedWrongly, "asking for the card access number",
                      "standard input is no terminal: give --can FILE");
  }
  std::cerr << "Sáu số cuối của số định danh / card access number: " << std::flush;
  std::string line;
  std::getline(std::cin, line);
  return checked_can(line, "reading the card access number");
}

}  // namespace

void declare_knowledge(boost::program_options::options_description& to) {
  cli::add_text(to, "mrz", "file with the three lines of the machine-readable zone; - is stdin");
  cli::add_text(to, "can", "file with the six digits of the card access number, for PACE; - is stdin");
  cli::add_text(to, "qr", "file with the text of the card's QR code, which gives the card access number; - is stdin");
  cli::add_flag(to, "ask-can", "ask for the card access number on the terminal");
  cli::add_text(to, "is-key",
                "key of this inspection system (cccd-pki is request), a file or pkcs11:…: fingerprints are read too");
  cli::add_text(to, "is-password-file",
                "file whose first line is the password of --is-key, or its token's PIN; - is stdin");
  cli::add_texts(to, "is-chain",
                 "CV certificate of the inspection system, its DV or a link; may be given several times");
}

std::string read_can(const cli::Arguments& arguments) {
  const bool asks = arguments.flag("ask-can");
  if (arguments.has("can") + arguments.has("qr") + asks > 1) {
    throw base::Error(base::Fault::UsedWrongly, "reading the command line",
                      "--can, --qr and --ask-can say the same: give one of them");
  }
  if (asks) return ask_for_can();
  if (arguments.has("qr")) return can_of_qr(arguments.text("qr"));
  if (!arguments.has("can")) return {};
  const std::string file = arguments.text("can");
  return checked_can(base::read_text_file(file, "reading the CAN"), fmt::format("reading the CAN in {}", file));
}

std::string read_optional_mrz(const cli::Arguments& arguments, const std::string& can) {
  return can.empty() || arguments.has("mrz") ? read_mrz(arguments.text("mrz")) : std::string{};
}

InspectionSystem read_inspection_system(const cli::Arguments& arguments) {
  const bool has_chain = !arguments.texts("is-chain").empty();
  if (!arguments.has("is-key") && !arguments.has("is-password-file") && !has_chain) return std::nullopt;
  if (!arguments.has("is-key") || !arguments.has("is-password-file") || !has_chain) {
    throw base::Error(base::Fault::UsedWrongly, "reading the command line",
                      "terminal authentication needs --is-key, --is-password-file and --is-chain together");
  }
  std::vector<std::filesystem::path> chain;
  for (const std::string& file : arguments.texts("is-chain")) chain.emplace_back(file);
  const base::Secret password = base::read_password_file(arguments.text("is-password-file"),
                                                         "reading the password of the inspection system's key");
  return chip_access::load_inspection_system(arguments.text("is-key"), password, chain);
}

}  // namespace inspection
