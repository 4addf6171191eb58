# A module is a folder: its path gives the target's name (pki/base/core -> pki_base_core).
# Usage in a folder's CMakeLists.txt, one line for the sources and one for its friends:
#   cccd_module(bytes.cpp hex.cpp)
#   cccd_module(COMMANDS key_commands.cpp)        a room of commands, whose speed nobody feels
#   target_link_libraries(pki_asn1 PUBLIC pki_base_core)
function(cccd_module_name out)
  file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  string(REPLACE "/" "_" name ${folder})
  set(${out} ${name} PARENT_SCOPE)
endfunction()

function(cccd_module)
  cmake_parse_arguments(PARSE_ARGV 0 arg "COMMANDS" "" "")
  set(sources ${arg_UNPARSED_ARGUMENTS})
  cccd_module_name(name)
  if(sources)
    add_library(${name} STATIC ${sources})
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
    if(arg_COMMANDS)
      cccd_not_optimized(${name})
    else()
      cccd_reuse_headers(${name} cccd_headers)
    endif()
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR})
  endif()
endfunction()

# A program: cccd_program(cccd-pki main.cpp …) in the folder of its room; main only wires.
function(cccd_program name)
  add_executable(${name} ${ARGN})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  cccd_not_optimized(${name})
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# Data that a program carries in itself: cccd_embed(target file symbol) makes
# `extern const std::string_view symbol;` (declare it in the room's header, in the namespace given).
function(cccd_embed target file namespace symbol)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.embedded.cpp)
  set(in ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DIN=${in} -DOUT=${out} -DNAMESPACE=${namespace} -DSYMBOL=${symbol}
            -P ${CMAKE_SOURCE_DIR}/cmake/Embed.cmake
    DEPENDS ${in} ${CMAKE_SOURCE_DIR}/cmake/Embed.cmake VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
