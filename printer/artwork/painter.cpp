#include <cairo-pdf.h>
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstring>
#include <memory>

#include "pki/base/core/error.h"
#include "pki/base/text/text.h"
#include "printer/artwork/artwork.h"
#include "printer/artwork/jpeg.h"
#include "printer/artwork/motifs.h"
#include "printer/artwork/png.h"
#include "printer/artwork/typeset.h"
#include "printer/qr/qr.h"
#include "smartcard/document/dg13.h"

namespace artwork {

namespace {

constexpr double kMmPerInch = 25.4;
constexpr double kPointsPerInch = 72;

struct DestroySurface {
  void operator()(cairo_surface_t* surface) const noexcept { cairo_surface_destroy(surface); }
};
struct DestroyCairo {
  void operator()(cairo_t* cairo) const noexcept { cairo_destroy(cairo); }
};
using SurfacePtr = std::unique_ptr<cairo_surface_t, DestroySurface>;
using CairoPtr = std::unique_ptr<cairo_t, DestroyCairo>;

void check(cairo_status_t status, std::string_view doing) {
  if (status != CAIRO_STATUS_SUCCESS)
    throw base::Error(base::Fault::AskOperator, std::string(doing), cairo_status_to_string(status));
}

void check_dpi(int dpi) {
  if (dpi < kLowestDpi || dpi > kHighestDpi) {
    throw base::Error(base::Fault::FixConfiguration, "painting a card",
                      fmt::format("{} dpi is not between {} and {}", dpi, kLowestDpi, kHighestDpi));
  }
}

int dots(double mm, int dpi) {
  return static_cast<int>(std::lround(mm * dpi / kMmPerInch));
}

SurfacePtr image_surface(int width, int height) {
  SurfacePtr surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height));
  check(cairo_surface_status(surface.get()), "making room for a picture");
  return surface;
}

SurfacePtr surface_of(const Pixels& pixels) {
  SurfacePtr surface = image_surface(pixels.width, pixels.height);
  unsigned char* const data = cairo_image_surface_get_data(surface.get());
  const auto stride = static_cast<std::size_t>(cairo_image_surface_get_stride(surface.get()));
  const auto width = static_cast<std::size_t>(pixels.width);
  for (std::size_t y = 0; y < static_cast<std::size_t>(pixels.height); ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const std::uint8_t* const rgb = pixels.rgb.data() + (y * width + x) * 3;
      const std::uint32_t pixel = std::uint32_t{rgb[0]} << 16U | std::uint32_t{rgb[1]} << 8U | rgb[2];
      std::memcpy(data + y * stride + x * 4, &pixel, 4);
    }
  }
  cairo_surface_mark_dirty(surface.get());
  return surface;
}

void forget_jpeg(void* copy) {
  delete static_cast<base::Bytes*>(copy);
}

// A PDF then carries the JPEG itself and not the pixels once more.
void attach_jpeg(cairo_surface_t* surface, const base::Bytes& jpeg) {
  auto copy = std::make_unique<base::Bytes>(jpeg);
  const auto status =
      cairo_surface_set_mime_data(surface, CAIRO_MIME_TYPE_JPEG, copy->data(), copy->size(), forget_jpeg, copy.get());
  check(status, "attaching the portrait");
  static_cast<void>(copy.release());  // forget_jpeg deletes it
}

std::string value_of(const Card& card, FieldName field) {
  const document::Person& person = card.person;
  switch (field) {
    case FieldName::Number:
      return person.number.text();
    case FieldName::FullName:
      return person.full_name;
    case FieldName::Birth:
      return base::to_vietnamese(person.birth);
    case FieldName::Sex:
      return std::string(document::vietnamese(person.sex));
    case FieldName::Nationality:
      return person.nationality;
    case FieldName::PlaceOfOrigin:
      return person.place_of_origin;
    case FieldName::PlaceOfBirth:
      return person.place_of_birth;
    case FieldName::Residence:
      return person.residence;
    case FieldName::Issue:
      return base::to_vietnamese(card.issue);
    case FieldName::Expiry:
      return card.expiry ? base::to_vietnamese(*card.expiry) : std::string(document::kNoExpiryText);
    case FieldName::Can:
      return card.can;
  }
  base::ensure(false, "every field has a value");
  return {};
}

// The white plate and the symbol on whole dots of the printer, also in a PDF. User unit: 1 mm.
void draw_qr(cairo_t* cairo, std::string_view text, const QrArea& area, int dpi) {
  const qr::Symbol symbol = qr::encode(text);
  const qr::Fit fit = qr::fit(symbol, area.size, area.margin, dpi);
  const double dot = kMmPerInch / dpi;
  const auto whole = [dot](double mm) { return std::round(mm / dot) * dot; };
  cairo_set_antialias(cairo, CAIRO_ANTIALIAS_NONE);
  cairo_set_source_rgb(cairo, 1, 1, 1);
  const double plate = whole(area.size + 2 * area.margin);
  cairo_rectangle(cairo, whole(area.x - area.margin), whole(area.y - area.margin), plate, plate);
  cairo_fill(cairo);
  const double left = whole(area.x + (area.size - fit.symbol_dots * dot) / 2);
  const double top = whole(area.y + (area.size - fit.symbol_dots * dot) / 2);
  const double module = fit.dots * dot;
  for (const auto& loop : qr::outlines(symbol)) {
    cairo_new_sub_path(cairo);
    for (const qr::Corner& corner : loop) cairo_line_to(cairo, left + corner.x * module, top + corner.y * module);
    cairo_close_path(cairo);
  }
  cairo_set_fill_rule(cairo, CAIRO_FILL_RULE_EVEN_ODD);
  cairo_set_source_rgb(cairo, 0, 0, 0);
  cairo_fill(cairo);
}

// Paints elements on a surface whose user unit is 1 mm.
class FacePainter {
 public:
  FacePainter(cairo_t* cairo, const Card& card, const Layout& layout, int dpi)
      : cairo_(cairo), card_(card), layout_(layout), dpi_(dpi) {}

  void paint(const std::vector<Element>& elements) {
    for (const Element& element : elements) {
      line_ = element.line;
      cairo_save(cairo_);
      std::visit([this](const auto& what) { draw(what); }, element.what);
      cairo_restore(cairo_);
    }
    check(cairo_status(cairo_), "painting a card");
  }

 private:
  std::string where(std::string_view name) const {
    return fmt::format("{} ({}:{})", name, layout_.design().source, line_);
  }

  void draw(const Background& background) {
    draw_background(cairo_, background, layout_.design().width, layout_.design().height);
  }

  void draw(const Motif& motif) { draw_motif(cairo_, motif); }

  void draw(const Label& label) {
    if (label.with_can && card_.can.empty()) return;
    const std::string text = label.english.empty() ? label.text : label.text + "/" + label.english;
    const TextPlace place{label.x, label.y,          label.width,      label.align,
                          1,       label.style.size, label.style.size, label.style.size};
    set_text(cairo_, layout_.fonts(), label.style, text, label.english.empty() ? text.size() : label.text.size(), place,
             where("a label"));
  }

  void draw(const Field& field) {
    if (field.field == FieldName::Can && card_.can.empty()) return;
    std::string text = text::to_nfc(value_of(card_, field.field));
    if (field.upper) text = text::to_upper(text);
    const TextPlace place{field.x,     field.y,       field.width,     field.align,
                          field.lines, field.spacing, field.shrink_to, field.smallest};
    set_text(cairo_, layout_.fonts(), field.style, text, text.size(), place, where(field_name(field.field)));
  }

  // The picture fills the box; what its shape has too much is cut off evenly on both sides.
  void draw(const Photo& photo) {
    const SurfacePtr picture = surface_of(decode_jpeg(card_.portrait_jpeg));
    attach_jpeg(picture.get(), card_.portrait_jpeg);
    const Box& box = photo.box;
    const double width = cairo_image_surface_get_width(picture.get());
    const double height = cairo_image_surface_get_height(picture.get());
    const double scale = std::max(box.width / width, box.height / height);
    cairo_rectangle(cairo_, box.x, box.y, box.width, box.height);
    cairo_clip(cairo_);
    cairo_translate(cairo_, box.x + (box.width - width * scale) / 2, box.y + (box.height - height * scale) / 2);
    cairo_scale(cairo_, scale, scale);
    cairo_set_source_surface(cairo_, picture.get(), 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cairo_), CAIRO_FILTER_GOOD);
    cairo_pattern_set_extend(cairo_get_source(cairo_), CAIRO_EXTEND_PAD);
    cairo_paint(cairo_);
  }

  void draw(const QrArea& area) { draw_qr(cairo_, card_.qr_text, area, dpi_); }

  void draw(const MrzArea& area) {
    for (std::size_t i = 0; i < card_.mrz.lines.size(); ++i) {
      set_pitched_line(cairo_, layout_.fonts(), area.style, card_.mrz.lines.at(i), area.x,
                       area.y + static_cast<double>(i) * area.spacing, area.pitch,
                       where(fmt::format("line {} of the MRZ", i + 1)));
    }
  }

  cairo_t* cairo_;
  const Card& card_;
  const Layout& layout_;
  int dpi_;
  int line_ = 0;
};

const std::vector<Element>& elements_of(const Design& design, Face face) {
  return face == Face::Front ? design.front : design.back;
}

base::Bytes paint_png(const Card& card, const Layout& layout, Face face, int dpi) {
  const Design& design = layout.design();
  const SurfacePtr surface = image_surface(dots(design.width, dpi), dots(design.height, dpi));
  {
    const CairoPtr cairo(cairo_create(surface.get()));
    cairo_scale(cairo.get(), dpi / kMmPerInch, dpi / kMmPerInch);
    cairo_set_source_rgb(cairo.get(), 1, 1, 1);
    cairo_paint(cairo.get());
    FacePainter(cairo.get(), card, layout, dpi).paint(elements_of(design, face));
  }
  return write_png(surface.get(), dpi);
}

cairo_status_t append(void* to, const unsigned char* data, unsigned int length) {
  auto* const out = static_cast<base::Bytes*>(to);
  out->insert(out->end(), data, data + length);
  return CAIRO_STATUS_SUCCESS;
}

base::Bytes paint_pdf(const Card& card, const Layout& layout, int dpi) {
  const Design& design = layout.design();
  constexpr double kPointsPerMm = kPointsPerInch / kMmPerInch;
  base::Bytes out;
  const SurfacePtr surface(
      cairo_pdf_surface_create_for_stream(append, &out, design.width * kPointsPerMm, design.height * kPointsPerMm));
  const std::string title = fmt::format("Card, form {}", design.form);
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_TITLE, title.c_str());
  // The day of issue, not the moment of painting: the same card gives the same file.
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATE_DATE,
                                 fmt::format("{}T00:00:00+07:00", base::to_iso(card.issue)).c_str());
  {
    const CairoPtr cairo(cairo_create(surface.get()));
    cairo_scale(cairo.get(), kPointsPerMm, kPointsPerMm);
    for (const Face face : {Face::Front, Face::Back}) {
      FacePainter(cairo.get(), card, layout, dpi).paint(elements_of(design, face));
      cairo_show_page(cairo.get());
    }
    check(cairo_status(cairo.get()), "painting the PDF");
  }
  cairo_surface_finish(surface.get());
  check(cairo_surface_status(surface.get()), "writing the PDF");
  return out;
}

const QrArea& qr_area_of(const Design& design) {
  for (const auto* const face : {&design.back, &design.front})
    for (const Element& element : *face)
      if (const auto* const area = std::get_if<QrArea>(&element.what)) return *area;
  throw base::Error(base::Fault::FixConfiguration, "painting a QR code",
                    fmt::format("the layout {} has no element of kind qr", design.source));
}

}  // namespace

Painted paint(const Card& card, const Layout& layout, int dpi) {
  check_dpi(dpi);
  const std::lock_guard turn(layout.fonts().turn());
  return {paint_png(card, layout, Face::Front, dpi), paint_png(card, layout, Face::Back, dpi),
          paint_pdf(card, layout, dpi)};
}

base::Bytes paint_face(const Card& card, const Layout& layout, Face face, int dpi) {
  check_dpi(dpi);
  const std::lock_guard turn(layout.fonts().turn());
  return paint_png(card, layout, face, dpi);
}

base::Bytes paint_qr(std::string_view qr_text, const Layout& layout, int dpi) {
  check_dpi(dpi);
  QrArea area = qr_area_of(layout.design());
  area.x = area.y = area.margin;
  const int side = dots(area.size + 2 * area.margin, dpi);
  const SurfacePtr surface = image_surface(side, side);
  {
    const CairoPtr cairo(cairo_create(surface.get()));
    cairo_scale(cairo.get(), dpi / kMmPerInch, dpi / kMmPerInch);
    draw_qr(cairo.get(), qr_text, area, dpi);
    check(cairo_status(cairo.get()), "painting a QR code");
  }
  return write_png(surface.get(), dpi);
}

}  // namespace artwork
