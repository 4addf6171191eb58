#pragma once
// What a layout file says, checked: the elements of both faces in the order in which they are painted. Lengths are
// millimetres from the upper left corner of the face, x to the right, y down; a text's y is its base line.

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace artwork {

struct Color {
  double red, green, blue, alpha;  // 0 … 1
};

struct Box {
  double x, y, width, height;
};

enum class Align { Left, Center, Right };

struct Style {
  std::string family;
  bool bold = false;
  bool italic = false;
  double size = 0;  // em, mm
  Color color{};
};

// Colors run from the left edge over the middle to the right edge.
struct Background {
  Color edge;
  Color middle;
};

enum class MotifKind { Guilloche, Drum, Ribbon, Lotus, Curves, Emblem, ChipSymbol, ContactModule };

// Line art drawn by motifs.cpp into a box.
struct Motif {
  MotifKind kind;
  Box box;
  Color color;
  double line;  // width of a line, mm
};

// A text that stands on every card, or on those that print a card access number; the English part follows a '/' in
// italics.
struct Label {
  std::string text;
  std::string english;
  Style style;
  double x, y, width;
  Align align;
  bool with_can;
};

enum class FieldName {
  Number,
  FullName,
  Birth,
  Sex,
  Nationality,
  PlaceOfOrigin,
  PlaceOfBirth,
  Residence,
  Issue,
  Expiry,
  Can,
};
std::string_view field_name(FieldName field);  // "full_name", as in the layout file

// A text of this card (Can: of a card that prints one): as large as `style.size`, in one line if some size down to
// `shrink_to` allows it, then in two … up to `lines`; failing that, as large as it can be down to `smallest`. Refused
// when it does not fit even then.
struct Field {
  FieldName field;
  Style style;
  double x, y, width;
  Align align;
  int lines;
  double spacing;  // from base line to base line, mm
  double shrink_to;
  double smallest;
  bool upper;  // in upper case
};

struct Photo {
  Box box;
};

// The symbol stays inside the square; symbol and quiet zone stay inside the square and the margin round it, all white.
struct QrArea {
  double x, y, size, margin;
};

// Three lines of 30 characters with a fixed pitch (9303-3 §4.4: OCR-B size 1, 2.54 mm).
struct MrzArea {
  Style style;
  double x, y, spacing, pitch;
};

struct Element {
  std::variant<Background, Motif, Label, Field, Photo, QrArea, MrzArea> what;
  int line;  // in the layout file
};

struct Design {
  std::string form;
  std::string source;  // the file, for messages
  double width = 0;
  double height = 0;
  std::vector<std::filesystem::path> font_files;  // beside the shipped ones
  std::vector<Element> front;
  std::vector<Element> back;
};

// Reads TOML; every key is checked, and an unknown one is refused. Throws base::Error{FixConfiguration} with file:line.
Design read_design(std::string_view toml, const std::string& source, const std::filesystem::path& folder);

}  // namespace artwork
