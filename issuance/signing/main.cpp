#include "issuance/signing/commands.h"

int main(int argc, char** argv) {
  return signing::signer_program().main(argc, argv);
}
