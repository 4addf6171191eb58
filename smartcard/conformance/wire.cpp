#include "smartcard/conformance/wire.h"

namespace conformance {

void Wire::edit(std::size_t index, Edit edit) {
  until_ = index;
  edit_ = std::move(edit);
  answered_.reset();
}

apdu::Response Wire::transmit(const apdu::Command& command) {
  if (!edit_ || until_-- != 0) return card_.transmit(command);
  const Edit edit = std::exchange(edit_, nullptr);
  apdu::Command changed = command;
  if (auto in_place = edit(changed)) return std::move(*in_place);
  apdu::Response answer = card_.transmit(changed);
  answered_ = answer.sw;
  return answer;
}

Objects take_apart(base::ByteView encoded) {
  Objects out;
  asn1::TlvReader reader(encoded, asn1::Lengths::Lenient);
  while (!reader.at_end()) {
    const asn1::Tlv one = reader.next();
    out.emplace_back(one.tag, base::Bytes(one.value.begin(), one.value.end()));
  }
  return out;
}

base::Bytes put_together(const Objects& objects) {
  asn1::TlvWriter out;
  for (const auto& [tag, value] : objects) out.put(tag, value);
  return out.take();
}

}  // namespace conformance
