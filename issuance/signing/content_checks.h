#pragma once
// The data groups against the order and the chip: what is about to be signed is what two officers approved, and nothing
// else. Built again from the order and compared to the byte.

#include <map>
#include <optional>
#include <string>

#include "issuance/signing/client.h"
#include "issuance/signing/ledger.h"
#include "smartcard/document/card_order.h"

namespace signing {

// VALIDITY_CHANGED: the expiry that was approved is not the one of a card issued today (Luật 26/2023 Đ21).
void check_validity(const document::CardOrder& order, base::Date today, base::Findings& findings);

// BIOMETRICS_DUE: the order leaves out portrait or fingers as of a child under six, and a card issued today to this
// person carries them (TT 16/2024). Who is under six today was so on the day of the order.
void check_age(const document::CardOrder& order, base::Date today, base::Findings& findings);

// DG1_DIFFERS_FROM_ORDER, DG2_DIFFERS_FROM_ORDER and DG3_DIFFERS_FROM_ORDER (by hash), DG13_DIFFERS_FROM_ORDER (issued
// today, for this chip).
void check_data_groups(const SignRequest& request, const document::CardOrder& order, const std::string& serial,
                       base::Date today, base::Findings& findings);

// How the chip proves itself with the key of this EF.DG15; nullopt for one that is not signed: neither RSA of 2048 to
// 4096 bits nor a point of a named curve of at least 256 bits, or not in DER.
enum class AaKind { Rsa, Ecdsa };
std::optional<AaKind> aa_kind_of(base::ByteView dg15);

// The chip's AA key: DG15_MALFORMED (of no kind), AA_KEY_CHANGED (the chip told another one before),
// AA_KEY_OF_ANOTHER_CHIP. Answers the key's hash, base64url.
std::optional<std::string> check_aa_key(base::ByteView dg15, const Binding& binding, const Ledger& ledger,
                                        base::Findings& findings);

// The chip's DG14, as the card in circulation has it (9303-11 §9.2): one PACEInfo, lds::kCccdPace; chip authentication
// of version 1 with AES and its one key, a point of a named curve of at least 256 bits; terminal authentication version
// 1; for an ECDSA key in EF.DG15 the one ActiveAuthenticationInfo, ecdsa-plain with SHA-256, -384 or -512; nothing
// else; all in DER. Codes: DG14_MISSING (`required` or an ECDSA key, and there is none), DG14_NOT_ACCEPTED,
// CA_KEY_CHANGED (what the chip told before was another key, or none, or one where it shows none now),
// CA_KEY_OF_ANOTHER_CHIP. Answers the key's hash, base64url; "" for a chip that has none and needs none; nullopt with a
// finding.
std::optional<std::string> check_ca_key(base::ByteView dg14, bool required, AaKind aa_kind, const Binding& binding,
                                        const Ledger& ledger, base::Findings& findings);

// Data group number -> SHA-256, for the SOD; and one hash over all of it, base64url, to know a repeated request by.
std::map<int, base::Bytes> hashes_of(const SignRequest& request);
std::string content_sha256(const std::map<int, base::Bytes>& hashes);

}  // namespace signing
