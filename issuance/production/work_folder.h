#pragma once
// What production keeps between its steps and gives out at the end: DIR/work/CASE (docs/formats/station-directory.md).
// The files of the chip wait here between signing and writing. They are not judged again before they are written: the
// inspection of the finished card by the public path is the judge, and it sees what stands on the chip.

#include <filesystem>
#include <optional>
#include <string>

#include "issuance/production/lds_content.h"
#include "pki/base/core/bytes.h"
#include "pki/base/core/secret.h"
#include "printer/artwork/artwork.h"
#include "smartcard/document/mrz.h"
#include "smartcard/lds/lds.h"

namespace production {

class WorkFolder {
 public:
  explicit WorkFolder(std::filesystem::path folder);

  // Forgets an earlier order's files: a new order has a new chip.
  void begin_anew() const;
  // EF.DG14 and EF.DG15 as soon as the chip has made its keys: a chip that is asked again would make others.
  std::optional<ChipKeys> kept_keys() const;
  void keep_keys(const ChipKeys& keys) const;
  void keep_files(const lds::Files& files) const;
  // What keep_files() wrote for this order, as it is there now. Throws Error{FixConfiguration} when a file is missing.
  lds::Files files(const document::CardOrder& order) const;

  // The card access number that was drawn for this card: a secret until it stands on chip and card. Six digits;
  // nullopt: none is kept whole.
  std::optional<base::Secret> kept_can() const;
  void keep_can(const base::Secret& can) const;
  void forget_can() const;

  void keep_lock_proof(const std::string& json) const;  // lock.json: what the locked chip refused
  void keep_report(const std::string& json) const;
  std::string report() const;

  // The papers of the card: front.png back.png card.pdf qr.txt mrz.txt.
  void keep_print(const artwork::Painted& painted, const std::string& qr_text, const document::Mrz& mrz) const;
  // Copies papers, lds/*.bin but EF.DG3, and report.json (what there is of them) to where the operator wants them.
  void give_out(const std::filesystem::path& folder) const;

 private:
  std::filesystem::path lds() const { return folder_ / "lds"; }
  std::filesystem::path folder_;
};

}  // namespace production
