#include "printer/artwork/artwork.h"

#include <fmt/format.h>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "printer/artwork/design.h"
#include "printer/artwork/fonts.h"

namespace artwork {

extern const std::string_view kAdult2024;  // layouts/adult-2024.toml

namespace {

void require_fonts(const Design& design, const Fonts& fonts) {
  for (const auto* const face : {&design.front, &design.back}) {
    for (const Element& element : *face) {
      const std::string where = fmt::format("{}:{}", design.source, element.line);
      if (const auto* const label = std::get_if<Label>(&element.what)) {
        fonts.require(label->style, where);
        Style italic = label->style;
        italic.italic = true;
        if (!label->english.empty()) fonts.require(italic, where);
      } else if (const auto* const field = std::get_if<Field>(&element.what)) {
        fonts.require(field->style, where);
      } else if (const auto* const mrz = std::get_if<MrzArea>(&element.what)) {
        fonts.require(mrz->style, where);
      }
    }
  }
}

}  // namespace

Layout::Layout(Design design)
    : design_(std::make_shared<const Design>(std::move(design))), fonts_(std::make_shared<Fonts>(design_->font_files)) {
  require_fonts(*design_, *fonts_);
}

Layout Layout::embedded(std::string_view form) {
  if (form != "adult-2024") {
    throw base::Error(base::Fault::FixConfiguration, "choosing a card layout",
                      fmt::format("no form '{}' is shipped; shipped is adult-2024", form));
  }
  return Layout(read_design(kAdult2024, "adult-2024.toml", {}));
}

Layout Layout::load(const std::filesystem::path& path) {
  const std::string toml = base::read_text_file(path, "reading a card layout");
  return Layout(read_design(toml, path.string(), path.parent_path()));
}

const std::string& Layout::form() const {
  return design_->form;
}

}  // namespace artwork
