#pragma once
// cccd-pki cvca …, dv …, is …, cvc …: the inspection PKI.

#include "pki/admin/ceremony.h"
#include "pki/base/cli/cli.h"

namespace admin {

void add_cvc_verbs(cli::Program& program, const World& world);

}  // namespace admin
