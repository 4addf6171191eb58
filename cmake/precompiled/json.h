#pragma once
// With CCCD_PRECOMPILE the JSON library's own code is made once (json.cpp) and not in each source that speaks JSON: a
// quarter of what such a source costs under sanitizers.

#include <nlohmann/json.hpp>

#define CCCD_JSON_CODE(made)                                                 \
  made template class nlohmann::basic_json<>;                                \
  made template class nlohmann::detail::serializer<nlohmann::json>;          \
  made template class nlohmann::detail::json_sax_dom_parser<nlohmann::json>; \
  made template class nlohmann::detail::json_sax_dom_callback_parser<nlohmann::json>

CCCD_JSON_CODE(extern);
