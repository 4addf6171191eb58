#pragma once
// The fonts of a layout and nothing else: a fontconfig configuration of our own sees only the shipped files and those
// the layout brings, so a card looks the same on every machine and no foreign font slips in for a missing glyph.

#include <pango/pangocairo.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "printer/artwork/design.h"

struct _FcConfig;

namespace artwork {

struct Unref {
  void operator()(void* object) const noexcept { g_object_unref(object); }
};
template <class T>
using GObjectPtr = std::unique_ptr<T, Unref>;

struct FreeFontDescription {
  void operator()(PangoFontDescription* description) const noexcept { pango_font_description_free(description); }
};
using FontDescriptionPtr = std::unique_ptr<PangoFontDescription, FreeFontDescription>;

struct DestroyConfig {
  void operator()(_FcConfig* config) const noexcept;
};

// Where the shipped fonts lie: ../share/fonts beside the program in a build tree, ../share/cccd/fonts when installed.
std::filesystem::path shipped_fonts();

class Fonts {
 public:
  // Throws base::Error{FixConfiguration} when a file is missing, or is no TrueType font: Cairo drops CFF outlines from
  // a PDF without an error.
  explicit Fonts(const std::vector<std::filesystem::path>& more);
  ~Fonts();
  Fonts(const Fonts&) = delete;
  Fonts& operator=(const Fonts&) = delete;

  // Throws base::Error{FixConfiguration} with `where` (file:line) when the family or one of its faces is not there:
  // Pango would silently take another one.
  void require(const Style& style, const std::string& where) const;

  FontDescriptionPtr describe(const Style& style, double size) const;  // size: em in mm
  GObjectPtr<PangoContext> context(cairo_t* cairo) const;              // for a surface whose user unit is 1 mm
  GObjectPtr<PangoFont> load(PangoContext* context, const PangoFontDescription* description) const;

  std::mutex& turn() { return turn_; }  // Pango's font maps are not for two threads at once

 private:
  std::unique_ptr<_FcConfig, DestroyConfig> config_;
  GObjectPtr<PangoFontMap> map_;
  std::mutex turn_;
};

}  // namespace artwork
