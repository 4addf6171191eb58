#include "tests/pki/shim.h"

#include <dlfcn.h>

#include "pki/base/core/error.h"
#include "pki/pkcs11/time_limit.h"

namespace test {

Shim::Shim() {
  void* const library = ::dlopen(kShim, RTLD_NOW | RTLD_LOCAL);
  base::ensure(library != nullptr, "the shim is built");
  plan = reinterpret_cast<decltype(&shim_plan)>(::dlsym(library, "shim_plan"));
  calls = reinterpret_cast<decltype(&shim_calls)>(::dlsym(library, "shim_calls"));
  planned = reinterpret_cast<decltype(&shim_planned)>(::dlsym(library, "shim_planned"));
  release = reinterpret_cast<decltype(&shim_release)>(::dlsym(library, "shim_release"));
}

void Shim::pull_out() const {
  release();
  pkcs11::detail::await_overdue();
}

}  // namespace test
