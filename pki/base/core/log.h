#pragma once
// What the operator reads: one line an event on stderr, through spdlog. Personal data never goes in; a person is a case
// number. The audit log, which proves things, is another thing: pki/evidence.

#include <initializer_list>
#include <string>
#include <string_view>

namespace base::log {

struct Field {
  std::string_view name;
  std::string value;
};

enum class Level { Debug, Info, Warn, Error };

// Names the program in every line and sets the lowest level shown (Info unless told).
void start(std::string_view program, Level lowest = Level::Info);

// event: a short sentence; fields follow as name=value.
void debug(std::string_view event, std::initializer_list<Field> fields = {});
void info(std::string_view event, std::initializer_list<Field> fields = {});
void warn(std::string_view event, std::initializer_list<Field> fields = {});
void error(std::string_view event, std::initializer_list<Field> fields = {});

}  // namespace base::log
