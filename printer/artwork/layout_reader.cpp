#include <array>
#include <cctype>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "printer/artwork/design.h"
#include "printer/artwork/toml_fields.h"

namespace artwork {

namespace {

template <class Value, std::size_t N>
using Words = std::array<std::pair<std::string_view, Value>, N>;

constexpr Words<FieldName, 11> kFields{{{"number", FieldName::Number},
                                        {"full_name", FieldName::FullName},
                                        {"birth", FieldName::Birth},
                                        {"sex", FieldName::Sex},
                                        {"nationality", FieldName::Nationality},
                                        {"place_of_origin", FieldName::PlaceOfOrigin},
                                        {"place_of_birth", FieldName::PlaceOfBirth},
                                        {"residence", FieldName::Residence},
                                        {"issue", FieldName::Issue},
                                        {"expiry", FieldName::Expiry},
                                        {"can", FieldName::Can}}};
constexpr Words<MotifKind, 8> kMotifs{{{"guilloche", MotifKind::Guilloche},
                                       {"drum", MotifKind::Drum},
                                       {"ribbon", MotifKind::Ribbon},
                                       {"lotus", MotifKind::Lotus},
                                       {"curves", MotifKind::Curves},
                                       {"emblem", MotifKind::Emblem},
                                       {"chip-symbol", MotifKind::ChipSymbol},
                                       {"contact-module", MotifKind::ContactModule}}};
constexpr Words<Align, 3> kAligns{{{"left", Align::Left}, {"center", Align::Center}, {"right", Align::Right}}};

constexpr double kLargestSide = 200;   // mm; a card is 85.6 x 53.98
constexpr double kSmallestText = 0.8;  // mm em: below that no printer of cards makes letters
constexpr double kLargestText = 20;    // mm em
constexpr double kDescent = 0.3;       // of an em below the base line
constexpr int kMostLines = 6;
constexpr double kMrzCharacters = 30;  // TD1, 9303-5 §4.2.2

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const int lower = std::tolower(static_cast<unsigned char>(c));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// "#rrggbb" or "#rrggbbaa".
std::optional<Color> parse_color(std::string_view text) {
  if ((text.size() != 7 && text.size() != 9) || text[0] != '#') return std::nullopt;
  std::array<double, 4> parts{0, 0, 0, 1};
  for (std::size_t i = 0; i * 2 + 1 < text.size(); ++i) {
    const int high = hex_digit(text[i * 2 + 1]);
    const int low = hex_digit(text[i * 2 + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    parts.at(i) = (high * 16 + low) / 255.0;
  }
  return Color{parts[0], parts[1], parts[2], parts[3]};
}

class Reader {
 public:
  Reader(const toml::table& root, std::string source, std::filesystem::path folder)
      : source_(std::move(source)), folder_(std::move(folder)), root_(root, source_) {}

  Design read() {
    design_.source = source_;
    design_.form = root_.text("form");
    read_card();
    if (root_.has("fonts")) read_fonts();
    read_colors();
    read_styles();
    design_.front = read_face("front");
    design_.back = read_face("back");
    root_.end();
    return std::move(design_);
  }

 private:
  void read_card() {
    TomlFields card(root_.table("card"), source_);
    design_.width = card.number("width", 10, kLargestSide);
    design_.height = card.number("height", 10, kLargestSide);
    card.end();
  }

  // Font files of the authority's own, beside the layout file.
  void read_fonts() {
    TomlFields fonts(root_.table("fonts"), source_);
    const toml::array* const files = fonts.need("files").as_array();
    if (files == nullptr) fonts.refuse("files", "is no list of file names");
    for (const toml::node& file : *files) {
      const auto name = file.value_exact<std::string>();
      if (!name || name->empty()) fonts.refuse("files", "holds something that is no file name");
      const auto path = folder_ / *name;
      if (!std::filesystem::is_regular_file(path)) fonts.refuse("files", fmt::format("names {}: no such file", *name));
      design_.font_files.push_back(path);
    }
    fonts.end();
  }

  void read_colors() {
    TomlFields colors(root_.table("colors"), source_);
    for (auto&& [key, value] : root_.table("colors")) {
      const std::string name(key.str());
      const auto color = parse_color(colors.text(name));
      if (!color) colors.refuse(name, "is no color of the form #rrggbb or #rrggbbaa");
      colors_[name] = *color;
    }
  }

  void read_styles() {
    const toml::table& all = root_.table("styles");
    TomlFields styles(all, source_);
    for (auto&& [key, value] : all) {
      const std::string name(key.str());
      TomlFields fields(styles.table(name), source_);
      Style style;
      style.family = fields.text("font");
      style.bold = fields.truth_or("bold", false);
      style.italic = fields.truth_or("italic", false);
      style.size = fields.number("size", kSmallestText, kLargestText);
      style.color = color(fields, "color");
      fields.end();
      styles_[name] = style;
    }
  }

  Color color(TomlFields& fields, std::string_view key) {
    const std::string word = fields.text(key);
    if (const auto found = colors_.find(word); found != colors_.end()) return found->second;
    if (const auto literal = parse_color(word)) return *literal;
    fields.refuse(key, fmt::format("'{}' is neither in [colors] nor of the form #rrggbb", word));
  }

  Style style(TomlFields& fields) {
    const std::string word = fields.text("style");
    const auto found = styles_.find(word);
    if (found == styles_.end()) fields.refuse("style", fmt::format("'{}' is not in [styles]", word));
    Style style = found->second;
    style.size = fields.number_or("size", style.size, kSmallestText, kLargestText);
    if (fields.has("color")) style.color = color(fields, "color");
    return style;
  }

  double x(TomlFields& fields) { return fields.number("x", 0, design_.width); }
  double y(TomlFields& fields) { return fields.number("y", 0, design_.height); }

  // The element stays on the card.
  void inside(const TomlFields& fields, const Box& box) const {
    constexpr double kRounding = 1e-6;
    if (box.x < 0 || box.y < 0 || box.x + box.width > design_.width + kRounding ||
        box.y + box.height > design_.height + kRounding) {
      fields.refuse(fmt::format("the element reaches over the card's edge: {:.2f}–{:.2f} × {:.2f}–{:.2f} mm of {} × {}",
                                box.x, box.x + box.width, box.y, box.y + box.height, design_.width, design_.height));
    }
  }

  Box box(TomlFields& fields) {
    const double left = x(fields);
    const double top = y(fields);
    const Box box{left, top, fields.number("width", 0.5, kLargestSide), fields.number("height", 0.5, kLargestSide)};
    inside(fields, box);
    return box;
  }

  Align align(TomlFields& fields) { return fields.has("align") ? fields.one_of("align", kAligns) : Align::Left; }

  Label label(TomlFields& fields) {
    Label label{fields.text("text"), fields.text_or("english", ""),
                style(fields),       x(fields),
                y(fields),           fields.number("width", 1, kLargestSide),
                align(fields),       fields.truth_or("with_can", false)};
    inside(fields, {label.x, label.y - label.style.size, label.width, label.style.size * (1 + kDescent)});
    return label;
  }

  Field field(TomlFields& fields) {
    Field field{.field = fields.one_of("field", kFields),
                .style = style(fields),
                .x = x(fields),
                .y = y(fields),
                .width = fields.number("width", 1, kLargestSide),
                .align = align(fields),
                .lines = fields.whole_or("lines", 1, 1, kMostLines),
                .spacing = 0,
                .shrink_to = 0,
                .smallest = 0,
                .upper = fields.truth_or("upper", false)};
    field.spacing = fields.number_or("spacing", field.style.size * 1.2, kSmallestText, kLargestText);
    field.shrink_to = fields.number_or("shrink_to", field.style.size, kSmallestText, field.style.size);
    field.smallest = fields.number_or("smallest", field.shrink_to, kSmallestText, field.shrink_to);
    inside(fields, {field.x, field.y - field.style.size, field.width,
                    field.style.size * (1 + kDescent) + (field.lines - 1) * field.spacing});
    return field;
  }

  QrArea qr_area(TomlFields& fields) {
    const QrArea area{x(fields), y(fields), fields.number("size", 5, 60), fields.number("margin", 0, 10)};
    inside(fields,
           {area.x - area.margin, area.y - area.margin, area.size + 2 * area.margin, area.size + 2 * area.margin});
    return area;
  }

  MrzArea mrz_area(TomlFields& fields) {
    const MrzArea area{style(fields), x(fields), y(fields), fields.number("spacing", 2, 20),
                       fields.number("pitch", 1, 5)};
    inside(fields, {area.x, area.y - area.style.size, kMrzCharacters * area.pitch,
                    area.style.size * (1 + kDescent) + 2 * area.spacing});
    return area;
  }

  Element element(const toml::table& table) {
    TomlFields fields(table, source_);
    const std::string kind = fields.text("kind");
    std::optional<Element> element;
    if (kind == "background") {
      element = {Background{color(fields, "edge"), color(fields, "middle")}, fields.line()};
    } else if (kind == "motif") {
      element = {
          Motif{fields.one_of("motif", kMotifs), box(fields), color(fields, "color"), fields.number("line", 0.02, 2)},
          fields.line()};
    } else if (kind == "label") {
      element = {label(fields), fields.line()};
    } else if (kind == "field") {
      element = {field(fields), fields.line()};
    } else if (kind == "photo") {
      element = {Photo{box(fields)}, fields.line()};
    } else if (kind == "qr") {
      element = {qr_area(fields), fields.line()};
    } else if (kind == "mrz") {
      element = {mrz_area(fields), fields.line()};
    } else {
      fields.refuse("kind",
                    fmt::format("'{}' is not known; known are background, motif, label, field, photo, qr, mrz", kind));
    }
    fields.end();
    return *element;
  }

  std::vector<Element> read_face(std::string_view face) {
    std::vector<Element> elements;
    for (const toml::node& node : root_.tables(face)) elements.push_back(element(*node.as_table()));
    return elements;
  }

  std::string source_;
  std::filesystem::path folder_;
  TomlFields root_;
  Design design_;
  std::map<std::string, Color> colors_;
  std::map<std::string, Style> styles_;
};

}  // namespace

std::string_view field_name(FieldName field) {
  for (const auto& [name, value] : kFields)
    if (value == field) return name;
  base::ensure(false, "every field has a name");
  return {};
}

Design read_design(std::string_view toml, const std::string& source, const std::filesystem::path& folder) {
  try {
    const toml::table root = toml::parse(toml, source);
    return Reader(root, source, folder).read();
  } catch (const toml::parse_error& error) {
    throw base::Error(base::Fault::FixConfiguration, std::string(TomlFields::kDoing),
                      fmt::format("{}:{}: {}", source, error.source().begin.line, error.description()));
  }
}

}  // namespace artwork
