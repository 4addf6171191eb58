#pragma once
// ISO 7816-4 §5.1.3, §11.8.1: answers that come in parts (61xx, GET RESPONSE) or ask for another Le (6Cxx).

#include <functional>

#include "smartcard/apdu/apdu.h"

namespace transport {

using SendOnce = std::function<apdu::Response(const apdu::Command&)>;

enum class Transmission { T0, Other };

// Sends the command and gathers the whole answer. Under secure messaging (CLA b4 b3) a plain GET RESPONSE or a repeated
// command would break the counters of the session, so the answer is given as it came; only with T=0, where fetching an
// answer is the transmission's own business (ISO 7816-3 §12.2.1) and no command of the session, it is fetched by a
// plain GET RESPONSE all the same. At most 65,536 bytes are gathered; a chip that announces more and delivers nothing
// is cut off.
apdu::Response whole_response(const SendOnce& send, const apdu::Command& command,
                              Transmission transmission = Transmission::Other);

}  // namespace transport
