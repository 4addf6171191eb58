#include "printer/artwork/fonts.h"

#include <fmt/format.h>
#include <fontconfig/fontconfig.h>
#include <pango/pangofc-fontmap.h>

#include <array>
#include <cmath>
#include <string_view>

#include "pki/base/core/error.h"

#if defined(CCCD_SANITIZE)
// Pango 1.50 matches fonts on a thread that nobody can join: a pattern that it holds while the process ends looks lost.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libfontconfig\n";
}
#endif

namespace artwork {

namespace {

constexpr std::array<std::string_view, 4> kShipped{"NotoSans-Regular.ttf", "NotoSans-Bold.ttf", "NotoSans-Italic.ttf",
                                                   "OCR-B.ttf"};

[[noreturn]] void refuse(std::string seen) {
  throw base::Error(base::Fault::FixConfiguration, "loading the card's fonts", std::move(seen));
}

void check_format(const std::filesystem::path& file) {
  int count = 0;
  FcPattern* const pattern = FcFreeTypeQuery(reinterpret_cast<const FcChar8*>(file.c_str()), 0, nullptr, &count);
  if (pattern == nullptr) refuse(fmt::format("{} is no font file", file.string()));
  FcChar8* format = nullptr;
  const bool true_type = FcPatternGetString(pattern, FC_FONTFORMAT, 0, &format) == FcResultMatch &&
                         std::string_view(reinterpret_cast<const char*>(format)) == "TrueType";
  FcPatternDestroy(pattern);
  if (!true_type) {
    refuse(
        fmt::format("{} has no TrueType outlines and would be missing in the PDF; convert it, for example with "
                    "fontforge",
                    file.string()));
  }
}

// Pango starts fontconfig with the process's configuration, which by default scans every font of the machine. Ours is
// empty: nothing is scanned and nothing foreign can be found.
void hide_the_machines_fonts() {
  static std::once_flag once;
  std::call_once(once, [] {
    FcConfig* const empty = FcConfigCreate();
    base::ensure(empty != nullptr && FcConfigSetCurrent(empty) == FcTrue, "fontconfig takes an empty configuration");
    FcConfigDestroy(empty);  // the process's reference stays
  });
}

void add(FcConfig* config, const std::filesystem::path& file) {
  if (!std::filesystem::is_regular_file(file)) refuse(fmt::format("{} is missing", file.string()));
  check_format(file);
  if (FcConfigAppFontAddFile(config, reinterpret_cast<const FcChar8*>(file.c_str())) == FcFalse)
    refuse(fmt::format("fontconfig does not take {}", file.string()));
}

}  // namespace

std::filesystem::path shipped_fonts() {
  const auto folder = std::filesystem::canonical("/proc/self/exe").parent_path().parent_path() / "share";
  for (const auto& candidate : {folder / "cccd" / "fonts", folder / "fonts"})
    if (std::filesystem::is_regular_file(candidate / kShipped.back())) return candidate;
  refuse(fmt::format("neither {0}/cccd/fonts nor {0}/fonts holds them; install the program with its share folder",
                     folder.string()));
}

void DestroyConfig::operator()(_FcConfig* config) const noexcept {
  FcConfigDestroy(config);
}

Fonts::Fonts(const std::vector<std::filesystem::path>& more) : config_(FcConfigCreate()) {
  base::ensure(config_ != nullptr, "fontconfig makes a configuration");
  const auto folder = shipped_fonts();
  for (const auto name : kShipped) add(config_.get(), folder / name);
  for (const auto& file : more) add(config_.get(), file);
  hide_the_machines_fonts();
  map_.reset(pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT));
  base::ensure(map_ != nullptr, "Cairo was built with FreeType");
  pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(map_.get()), config_.get());
}

// Pango 1.50 never gives back its reference to a configuration unless another one is set.
Fonts::~Fonts() {
  if (map_) pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(map_.get()), nullptr);
}

FontDescriptionPtr Fonts::describe(const Style& style, double size) const {
  FontDescriptionPtr description(pango_font_description_new());
  pango_font_description_set_family(description.get(), style.family.c_str());
  pango_font_description_set_weight(description.get(), style.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_font_description_set_style(description.get(), style.italic ? PANGO_STYLE_ITALIC : PANGO_STYLE_NORMAL);
  pango_font_description_set_absolute_size(description.get(), std::round(size * PANGO_SCALE));
  return description;
}

GObjectPtr<PangoContext> Fonts::context(cairo_t* cairo) const {
  GObjectPtr<PangoContext> context(pango_font_map_create_context(map_.get()));
  cairo_font_options_t* const options = cairo_font_options_create();
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  pango_cairo_context_set_font_options(context.get(), options);
  cairo_font_options_destroy(options);
  pango_context_set_round_glyph_positions(context.get(), FALSE);  // a millimetre is no pixel to round to
  pango_cairo_update_context(cairo, context.get());
  return context;
}

GObjectPtr<PangoFont> Fonts::load(PangoContext* context, const PangoFontDescription* description) const {
  return GObjectPtr<PangoFont>(pango_font_map_load_font(map_.get(), context, description));
}

void Fonts::require(const Style& style, const std::string& where) const {
  const GObjectPtr<PangoContext> context(pango_font_map_create_context(map_.get()));
  const auto wanted = describe(style, style.size);
  const auto font = load(context.get(), wanted.get());
  const FontDescriptionPtr got(font ? pango_font_describe(font.get()) : nullptr);
  const bool same = got && pango_font_description_get_family(got.get()) == std::string_view(style.family) &&
                    pango_font_description_get_weight(got.get()) == pango_font_description_get_weight(wanted.get()) &&
                    pango_font_description_get_style(got.get()) == pango_font_description_get_style(wanted.get());
  if (!same) {
    throw base::Error(base::Fault::FixConfiguration, "reading a card layout",
                      fmt::format("{}: there is no font '{}{}{}'; shipped are Noto Sans (regular, bold, italic) and "
                                  "OCR B, others go into [fonts] files",
                                  where, style.family, style.bold ? " bold" : "", style.italic ? " italic" : ""));
  }
}

}  // namespace artwork
