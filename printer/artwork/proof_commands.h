#pragma once
// The commands of cccd-proof, for people who design the print: no station, no registry, no key. FIELDS is described in
// docs/formats/layout.md.

#include "pki/base/cli/cli.h"

namespace proof {

cli::Exit paint_card(const cli::Arguments& arguments);     // FIELDS, portrait, out, form or layout, dpi
cli::Exit paint_qr(const cli::Arguments& arguments);       // TEXT, out, form or layout, dpi
cli::Exit draw_portrait(const cli::Arguments& arguments);  // seed, out, budget
cli::Exit draw_finger(const cli::Arguments& arguments);    // seed, out, budget

}  // namespace proof
