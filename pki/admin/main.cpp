#include "pki/admin/commands.h"

int main(int argc, char** argv) {
  const base::SystemClock clock;
  base::SystemRandom random;
  const admin::World world{clock, random};
  return admin::make_program(world).main(argc, argv);
}
