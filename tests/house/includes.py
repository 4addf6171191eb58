"""Compares every #include with the floors of docs/architecture.md, and every library header with its list.

The table below is the picture: a room, and the rooms it may see (itself always). A stray arrow fails with file and line;
so does a room that stands in the tree and not in the table, and a stale arrow: one of a room's own (not of a list that
many rooms share) that no include needs any more.
"""
import pathlib
import re
import sys

BASE = ["pki/base/core", "pki/base/text", "pki/base/toml", "pki/base/cli", "pki/asn1"]
MAY_SEE = {
    "pki/base/core": [],
    "pki/base/text": ["pki/base/core"],
    "pki/base/toml": ["pki/base/core"],
    "pki/base/cli": ["pki/base/core"],
    "pki/base/db": ["pki/base/core"],
    "pki/base/net": ["pki/base/core", "pki/base/text"],
    "pki/asn1": ["pki/base/core"],
    "pki/crypto/botan": BASE,
    "pki/crypto/openssl": BASE,
    "pki/pkcs11": BASE,
    "pki/keystore": BASE + ["pki/crypto/botan", "pki/crypto/openssl", "pki/pkcs11"],
    "pki/evidence": BASE + ["pki/crypto/openssl", "pki/keystore"],
    "pki/lint": BASE + ["pki/crypto/openssl", "pki/cvc/format", "pki/cvc/judge"],
    "pki/x509/format": BASE,
    "pki/x509/issue": BASE + ["pki/lint", "pki/x509/format", "pki/keystore", "pki/crypto/botan", "pki/crypto/openssl"],
    "pki/sod/format": BASE,
    "pki/sod/issue": BASE + ["pki/lint", "pki/sod/format", "pki/x509/format", "pki/keystore", "pki/crypto/botan"],
    "pki/trust": BASE + ["pki/crypto/openssl"],
    "pki/cms/issue": BASE + ["pki/keystore", "pki/x509/format", "pki/x509/issue", "pki/crypto/openssl"],
    "pki/masterlist/format": BASE,
    "pki/masterlist/issue": BASE + ["pki/lint", "pki/masterlist/format", "pki/cms/issue", "pki/x509/format", "pki/keystore"],
    "pki/masterlist/judge": BASE + ["pki/masterlist/format", "pki/trust", "pki/crypto/openssl"],
    "pki/sod/judge": BASE + ["pki/crypto/openssl", "pki/trust"],
    "pki/cvc/format": BASE,
    "pki/cvc/issue": BASE + ["pki/lint", "pki/cvc/format", "pki/keystore", "pki/crypto/botan"],
    "pki/cvc/judge": BASE + ["pki/cvc/format", "pki/crypto/openssl"],
    "pki/admin": BASE + ["pki/pkcs11", "pki/cms/issue", "pki/trust", "pki/cvc/format", "pki/lint", "pki/masterlist/issue", "pki/masterlist/judge", "pki/base/db", "pki/keystore", "pki/x509/format",
                         "pki/x509/issue", "pki/crypto/openssl", "pki/cvc/issue", "pki/cvc/judge", "pki/base/net", "pki/evidence"],
    "smartcard/document": BASE,
    "smartcard/lds": BASE,
    "smartcard/apdu": BASE,
    "smartcard/transport": BASE + ["smartcard/apdu"],
    "smartcard/secure_messaging": BASE + ["pki/crypto/openssl", "smartcard/apdu", "smartcard/transport"],
    "smartcard/access": BASE + ["pki/crypto/openssl", "pki/cvc/format", "pki/cvc/judge", "pki/pkcs11", "smartcard/lds", "smartcard/transport",
                                "smartcard/secure_messaging"],
    "smartcard/globalplatform": BASE + ["pki/crypto/openssl", "smartcard/apdu", "smartcard/transport"],
    "smartcard/personalization": BASE + ["pki/cvc/format", "smartcard/transport", "smartcard/lds", "smartcard/globalplatform",
                                         "smartcard/access"],
    "smartcard/conformance": BASE + ["smartcard/access", "smartcard/lds", "smartcard/transport"],
    "smartcard/inspection": BASE + ["smartcard/conformance", "pki/cvc/format", "pki/trust", "pki/sod/judge", "smartcard/transport", "smartcard/document",
                                    "smartcard/lds", "smartcard/access"],
    "smartcard/simulator": BASE + ["smartcard/apdu", "pki/cvc/format"],
    "printer/qr": ["pki/base"],
    "printer/artwork": ["pki/base", "smartcard/document", "printer/qr"],
}
# issuance sees pki, smartcard and printer, except that signing trusts only what it is shown signed.
SEEN_BY_ISSUANCE = BASE + ["pki/base/db", "pki/crypto/openssl", "pki/keystore", "pki/evidence", "pki/x509", "pki/sod", "pki/trust",
                    "smartcard", "printer"]
MAY_SEE |= {
    "issuance/attestation": BASE + ["pki/crypto/openssl", "pki/keystore", "pki/evidence", "smartcard/document"],
    "issuance/extract": BASE + ["pki/evidence", "pki/keystore", "smartcard/document"],
    "issuance/registry": BASE + ["issuance/approval", "issuance/attestation", "issuance/extract", "pki/base/db", "pki/base/net", "pki/crypto/openssl",
                                             "pki/evidence", "pki/keystore", "smartcard/document"],
    "issuance/approval": BASE + ["pki/evidence", "pki/keystore", "smartcard/document"],
    "issuance/stock": BASE + ["pki/base/db"],
    "issuance/signing": BASE + ["pki/base/db", "pki/base/net", "pki/crypto/openssl", "pki/keystore", "pki/evidence", "pki/sod/issue",
                                "pki/sod/judge", "pki/trust", "smartcard/document", "smartcard/lds", "issuance/approval", "issuance/attestation",
                                "issuance/stock"],
    "issuance/vetting": SEEN_BY_ISSUANCE + ["issuance/attestation", "issuance/extract"],
    "issuance/cases": SEEN_BY_ISSUANCE + ["issuance/vetting", "issuance/approval", "issuance/signing/client.h"],
    "issuance/production": SEEN_BY_ISSUANCE + ["issuance/cases", "issuance/signing"],
    "issuance/delivery": SEEN_BY_ISSUANCE + ["issuance/cases"],
    "issuance/station": SEEN_BY_ISSUANCE + ["pki/base/net", "pki/cvc/format", "issuance/extract", "issuance/vetting", "issuance/cases", "issuance/approval",
                                            "issuance/production", "issuance/delivery"],
}
# A library's headers stay in the rooms named here.
LIBRARIES = {
    r"botan/": ["pki/crypto/botan", "pki/keystore", "smartcard/simulator"],
    r"openssl/": ["pki/base/net", "pki/crypto/openssl", "pki/lint", "pki/trust", "smartcard/access"],
    r"p11-kit/": ["pki/pkcs11"],
    r"boost/(asio|beast|system)": ["pki/base/net"],
    r"sqlite3\.h": ["pki/base/db"],
    r"(postgresql/)?libpq-fe\.h": ["pki/base/db"],
    r"(PCSC/)?(winscard|pcsclite|wintypes|reader)\.h": ["smartcard/transport"],
    r"(cairo|pango|fontconfig|hb)": ["printer/artwork"],
    r"qrencode\.h": ["printer/qr"],
    r"unicode/": ["pki/base/text"],
    r"spdlog/": ["pki/base/core"],
    r"jpeglib\.h": ["printer/artwork"],
}


def room_of(path: str) -> str | None:
    rooms = [room for room in MAY_SEE if path.startswith(room + "/")]
    return max(rooms, key=len, default=None)


def stale(arrows: set, headers: set):
    """The rows of both tables that no include needs; arrows and headers are the (room, row) pairs that one did."""
    for room, allowed in MAY_SEE.items():
        shared = SEEN_BY_ISSUANCE if room.startswith("issuance/") else BASE
        for row in sorted(set(allowed) - set(shared)):
            if (room, row) not in arrows:
                yield f"{room} may see {row} and does not: drop the arrow"
    for pattern, rooms in LIBRARIES.items():
        for room in rooms:
            if (room, pattern) not in headers:
                yield f"{room} may include {pattern} and does not: drop it from the list"


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    wings = ("pki", "smartcard", "printer", "issuance")
    wrong = []
    arrows, headers = set(), set()
    for file in sorted(f for wing in wings for f in (root / wing).rglob("*") if f.suffix in (".h", ".cpp")):
        name = file.relative_to(root).as_posix()
        room = room_of(name)
        if room is None:
            wrong.append(f"{name}: its folder has no place in tests/house/includes.py")
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            found = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
            if not found:
                continue
            target = found[1]
            if target.startswith("tests/"):
                wrong.append(f"{name}:{number}: sees a test")
            elif target.split("/")[0] in wings:
                seen = room_of(target)
                rows = {row for row in MAY_SEE[room] if target == row or target.startswith(row + "/")}
                arrows |= {(room, row) for row in rows}
                if seen != room and not rows:
                    wrong.append(f"{name}:{number}: {room} may not see {seen or target}")
            else:
                for pattern, rooms in LIBRARIES.items():
                    if not re.match(pattern, target):
                        continue
                    headers.add((room, pattern))
                    if room not in rooms:
                        wrong.append(f"{name}:{number}: {target} belongs in {', '.join(rooms)}")
    for room in MAY_SEE:
        if not (root / room).is_dir():
            wrong.append(f"{room} stands in the picture and not in the tree")
    wrong += stale(arrows, headers)
    print("\n".join(wrong) if wrong else "every arrow follows the floors")
    return bool(wrong)


sys.exit(main())
