#pragma once
// Made-up citizens: all serials are in a range of zeros, names and places are put together by chance.

#include <cstdint>

#include "printer/artwork/artwork.h"

// The person of the published worked example, with a drawn portrait.
artwork::Card example_card();

// The same number gives the same citizen on every machine; every fifth is a child with both parents in the QR text.
artwork::Card sample_card(std::uint64_t number);
