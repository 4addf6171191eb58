#pragma once
// What the judging commands of cccd-verify have in common: whom they trust, as of when, and how they answer.

#include <boost/program_options/options_description.hpp>

#include "pki/base/cli/cli.h"
#include "pki/trust/trust_store.h"
#include "smartcard/inspection/report.h"

namespace inspection {

void declare_trust(boost::program_options::options_description& to);

struct Trust {
  trust::TrustStore store;
  base::Findings findings;  // what is odd or was left out; nothing worse than a warning, since nothing hangs on it
};
Trust load_trust(const cli::Arguments& arguments);
base::Moment moment_of(const cli::Arguments& arguments);

// json_indent: -1 for one line.
void show(Report report, const Trust& trust, const cli::Arguments& arguments, int json_indent = 2);
cli::Exit answer(const Report& report, const Trust& trust, const cli::Arguments& arguments);

}  // namespace inspection
