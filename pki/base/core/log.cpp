#include "pki/base/core/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace base::log {

namespace {

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("cccd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%SZ %n %l %v", spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::warn);
    return made;
  }();
  return *instance;
}

std::string g_program = "cccd";  // NOLINT: set once by start(), before any thread

// What could end the line or steer the terminal that shows it.
bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

bool is_blank_quote_or_control(char c) {
  return c == ' ' || c == '"' || is_control(c);
}

void write(spdlog::level::level_enum level, std::string_view event, std::initializer_list<Field> fields) {
  if (!logger().should_log(level)) return;
  std::string line = g_program + ": " + std::string(event);
  for (const Field& field : fields) {
    line += ' ';
    line += field.name;
    line += '=';
    const bool plain = !field.value.empty() && std::ranges::none_of(field.value, is_blank_quote_or_control);
    if (plain) {
      line += field.value;
      continue;
    }
    line += '"';
    for (const char c : field.value) {
      if (c == '"' || c == '\\') line += '\\';
      line += is_control(c) ? ' ' : c;
    }
    line += '"';
  }
  logger().log(level, "{}", line);
}

}  // namespace

void start(std::string_view program, Level lowest) {
  g_program = program;
  logger().set_pattern("%Y-%m-%dT%H:%M:%SZ %l %v", spdlog::pattern_time_type::utc);
  constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                                   spdlog::level::err};
  logger().set_level(kLevels[static_cast<std::size_t>(lowest)]);
}

void debug(std::string_view event, std::initializer_list<Field> fields) {
  write(spdlog::level::debug, event, fields);
}
void info(std::string_view event, std::initializer_list<Field> fields) {
  write(spdlog::level::info, event, fields);
}
void warn(std::string_view event, std::initializer_list<Field> fields) {
  write(spdlog::level::warn, event, fields);
}
void error(std::string_view event, std::initializer_list<Field> fields) {
  write(spdlog::level::err, event, fields);
}

}  // namespace base::log
