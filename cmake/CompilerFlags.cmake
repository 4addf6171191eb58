# Warnings for everyone, errors for us, sanitizers for tests, hardening for what is shipped.
add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor
                    -Wold-style-cast -Woverloaded-virtual -Wimplicit-fallthrough
                    -Wno-missing-field-initializers)  # designated initializers leave the rest at its default on purpose
if(CCCD_WARNINGS_AS_ERRORS)
  add_compile_options(-Werror)
endif()
if(CCCD_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(CCCD_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(CCCD_QUICK_KEYS)
  if(CCCD_HARDEN)
    message(FATAL_ERROR "CCCD_QUICK_KEYS makes passwords cheap to guess; a hardened build does not take it")
  endif()
  add_compile_definitions(CCCD_QUICK_KEYS)
endif()
if(CCCD_HARDEN)
  add_compile_options(-fstack-protector-strong -fstack-clash-protection -fcf-protection -D_FORTIFY_SOURCE=2
                      -D_GLIBCXX_ASSERTIONS)
  add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,--as-needed)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  include(CheckPIESupported)
  check_pie_supported()
endif()
