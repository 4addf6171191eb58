#include "smartcard/inspection/verify_commands.h"

int main(int argc, char** argv) {
  cli::Program program{"cccd-verify", "Says what a card contains and whether it is genuine.",
                       "cccd-verify card --mrz mrz.txt --csca csca.cer"};
  inspection::add_verify_commands(program);
  return program.main(argc, argv);
}
