# With CCCD_PRECOMPILE (./check) the headers that most sources begin with are read once: a third of a build from nothing.
# Off otherwise, so that a source that forgets an include is found by everybody else's build.
set(CMAKE_PCH_WARN_INVALID OFF)  # a target whose flags differ reads the headers themselves

# cccd_precompiled(name header…): what targets with the same flags may reuse.
function(cccd_precompiled name)
  add_library(${name} OBJECT ${CMAKE_SOURCE_DIR}/cmake/precompiled/source.cpp)
  target_precompile_headers(${name} PRIVATE ${ARGN})
endfunction()

set(CCCD_OFTEN_INCLUDED <algorithm> <array> <chrono> <filesystem> <functional> <map> <memory> <optional> <ranges>
    <span> <string> <string_view> <variant> <vector> ${CMAKE_SOURCE_DIR}/cmake/precompiled/json.h)
if(CCCD_PRECOMPILE)
  add_compile_options(-pthread)  # for all or for none: clang takes no precompiled header that was read without it
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # What GCC 12 says under sanitizers about code inlined from the library is held back by its being in system headers;
    # that is lost with them precompiled. The builds without speak of our own code.
    add_compile_options(-Wno-array-bounds -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow
                        -Wno-stringop-overread)
  endif()
  cccd_precompiled(cccd_headers ${CCCD_OFTEN_INCLUDED})
  if(CCCD_SANITIZE)
    cccd_precompiled(cccd_command_headers ${CCCD_OFTEN_INCLUDED})
    target_compile_options(cccd_command_headers PRIVATE -O0)
  endif()
endif()

function(cccd_reuse_headers target from)
  if(CCCD_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${from})
  endif()
endfunction()

# For rooms of commands, which wait for people and files: under the sanitizers optimizing them costs more time than it ever
# gives back (a third of a build).
function(cccd_not_optimized target)
  if(CCCD_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
    cccd_reuse_headers(${target} cccd_command_headers)
  else()
    cccd_reuse_headers(${target} cccd_headers)
  endif()
endfunction()
