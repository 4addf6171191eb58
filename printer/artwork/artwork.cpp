#include "printer/artwork/artwork.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "printer/artwork/design.h"
#include "printer/artwork/fonts.h"

namespace artwork {

extern const std::string_view kAdult2024;  // layouts/adult-2024.toml
extern const std::string_view kChild2024;  // layouts/child-2024.toml

namespace {

template <class Is>
bool any_element(const Design& design, Is is) {
  return std::ranges::any_of(design.front, is) || std::ranges::any_of(design.back, is);
}

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
  if (form == "adult-2024") return Layout(read_design(kAdult2024, "adult-2024.toml", {}));
  if (form == "child-2024") return Layout(read_design(kChild2024, "child-2024.toml", {}));
  throw base::Error(base::Fault::FixConfiguration, "choosing a card layout",
                    fmt::format("no form '{}' is shipped; shipped are adult-2024 and child-2024", form));
}

Layout Layout::load(const std::filesystem::path& path) {
  const std::string toml = base::read_text_file(path, "reading a card layout");
  return Layout(read_design(toml, path.string(), path.parent_path()));
}

const std::string& Layout::form() const {
  return design_->form;
}

bool Layout::has_photo() const {
  return any_element(*design_, [](const Element& element) { return std::holds_alternative<Photo>(element.what); });
}

bool Layout::prints_can() const {
  return any_element(*design_, [](const Element& element) {
    const auto* const field = std::get_if<Field>(&element.what);
    return field != nullptr && field->field == FieldName::Can;
  });
}

}  // namespace artwork
