#pragma once
// How much one STORE DATA carries: what the profile allows, the reader takes and the chip receives. Readers lie about
// it or say nothing, so it is tried once per reader and profile, and the answer is kept.
//
// What is tried is GET STATUS for an application whose AID is as long as the block (GPCS §11.4), under the secure
// channel. It reads and changes nothing, and no card has such an application. When it arrives cut, its C-MAC is wrong
// and it is not obeyed; the chip closes the session, which costs no try (tries are counted at EXTERNAL AUTHENTICATE
// alone). Whatever status word comes back proves nothing; a second GET STATUS does: its C-MAC is chained to that of the
// first (Amendment D §6.2.4, GPCS §E.3.4), so a right R-MAC says that the chip received the first one whole; an SCP02
// without R-MAC says it by obeying, which is proof against readers and not against attackers.

#include <cstddef>
#include <optional>

#include "smartcard/personalization/profile.h"

namespace personalization {

// Plain octets of one command. All sizes are one less than a multiple of 16: with their padding they fill AES blocks.
struct KnownBlock {
  std::size_t proven = 0;   // arrived whole; 0: nothing was tried
  std::size_t refused = 0;  // did not, or nobody came back from trying it; 0: nothing failed
  bool operator==(const KnownBlock&) const = default;
};

// What is remembered of one reader and one profile, between runs too.
class BlockMemory {
 public:
  virtual ~BlockMemory() = default;
  virtual KnownBlock recall() const = 0;
  // Called before each trial beyond the first as if it had failed, and again when it has not: where a reader or a chip
  // falls silent and the program ends, the next run does not try the same again. Empty: found to be wrong.
  virtual void keep(KnownBlock known) = 0;
};

// For a caller that remembers nothing between runs.
class BlockOfThisRun final : public BlockMemory {
 public:
  explicit BlockOfThisRun(KnownBlock known = {}) : known_(known) {}
  KnownBlock recall() const override { return known_; }
  void keep(KnownBlock known) override { known_ = known; }

 private:
  KnownBlock known_;
};

// What a reader of this kind may be given at most, by the profile.
std::size_t largest_block(const Profile& profile, bool extended);

// The order of trying: the short block; if that passed, the largest; between what passed and what did not, the middle.
class BlockSearch {
 public:
  // What is known may be of another profile's limit, or of the time when this reader took longer commands.
  BlockSearch(const Profile& profile, bool extended, KnownBlock known);
  // nullopt: known().proven is the answer; 0: this chip gives no proof of anything.
  std::optional<std::size_t> next() const;
  void tried(std::size_t size, bool arrived);
  KnownBlock known() const { return known_; }

 private:
  std::size_t first_, largest_;
  KnownBlock known_;
};

}  // namespace personalization
