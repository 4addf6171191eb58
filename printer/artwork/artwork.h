#pragma once
// The card's two faces: what a card says and a layout become pictures for a card printer (PNG) and a PDF. The room only
// paints; it decides nothing about the person and never reads a card back.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "smartcard/document/mrz.h"
#include "smartcard/document/person.h"

namespace artwork {

inline constexpr int kDefaultDpi = 300;
inline constexpr int kLowestDpi = 200;
inline constexpr int kHighestDpi = 1200;

struct Card {
  document::Person person;
  base::Bytes portrait_jpeg;  // RGB or gray, the same bytes as in DG2; empty: a form without a photo
  document::Mrz mrz;
  std::string qr_text;
  base::Date issue;
  std::optional<base::Date> expiry;  // nullopt: "Không thời hạn" is printed
  std::string can = {};              // six digits that open the chip; empty: none of its own is printed
};

enum class Face { Front, Back };

class Fonts;
struct Design;

// One card form (docs/formats/layout.md), its fonts loaded and proved to be there. Cheap to copy; paint() takes turns
// on one layout, so threads that shall paint at the same time load one each.
class Layout {
 public:
  // A form shipped in the program: "adult-2024", "child-2024". Throws base::Error{FixConfiguration} on another name.
  static Layout embedded(std::string_view form);
  // A layout file. Throws base::Error{FixConfiguration} with file:line when anything in it is wrong.
  static Layout load(const std::filesystem::path& path);

  const std::string& form() const;
  bool has_photo() const;   // whether it has a place for the portrait
  bool prints_can() const;  // … for a card access number
  const Design& design() const { return *design_; }
  Fonts& fonts() const { return *fonts_; }

 private:
  explicit Layout(Design design);
  std::shared_ptr<const Design> design_;
  std::shared_ptr<Fonts> fonts_;
};

struct Painted {
  base::Bytes front_png;
  base::Bytes back_png;
  base::Bytes pdf;  // two pages of the card's size, every font embedded, text extractable in NFC
};

// Throws base::Error{FixConfiguration} naming the field when a text has a character that its font lacks (with the code
// point), does not fit, or is empty; also when the portrait is no JPEG. The text itself is never in the message.
// The same card gives the same bytes.
Painted paint(const Card& card, const Layout& layout, int dpi = kDefaultDpi);

// One face alone, PNG.
base::Bytes paint_face(const Card& card, const Layout& layout, Face face, int dpi = kDefaultDpi);

// The white plate with the QR code alone, PNG, with the module size that paint() puts on the card.
base::Bytes paint_qr(std::string_view qr_text, const Layout& layout, int dpi = kDefaultDpi);

}  // namespace artwork
