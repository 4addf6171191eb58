#include "smartcard/simulator/chip_program.h"

int main(int argc, char** argv) {
  return simulator::chip_program().main(argc, argv);
}
