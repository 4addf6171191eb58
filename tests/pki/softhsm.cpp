#include "tests/pki/softhsm.h"

#include <cstdlib>
#include <filesystem>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"

namespace test {

SoftHsm::SoftHsm() {
  std::filesystem::create_directories(folder_ / "tokens");
  const std::string text =
      "directories.tokendir = " + (folder_ / "tokens").string() + "\nobjectstore.backend = file\nlog.level = ERROR\n";
  base::write_text_file(folder_ / "softhsm2.conf", text, "writing SoftHSM's configuration");
  ::setenv("SOFTHSM2_CONF", (folder_ / "softhsm2.conf").c_str(), 1);
}

void SoftHsm::make_token(const std::string& label) {
  const std::string command = "softhsm2-util --init-token --free --label '" + label + "' --so-pin 87654321 --pin 1234" +
                              " >'" + (folder_ / "util.out").string() + "' 2>&1";
  base::ensure(std::system(command.c_str()) == 0, "softhsm2-util makes a token");
}

std::string SoftHsm::address(const std::string& token, const std::string& object, const std::string& module) const {
  return "pkcs11:token=" + token + (object.empty() ? "" : ";object=" + object) + "?module-path=" + module;
}

base::Secret SoftHsm::pin() {
  return base::Secret(base::bytes_of("1234"));
}

base::Secret SoftHsm::officer_pin() {
  return base::Secret(base::bytes_of("87654321"));
}

base::Secret SoftHsm::wrong_pin() {
  return base::Secret(base::bytes_of("4321"));
}

}  // namespace test
