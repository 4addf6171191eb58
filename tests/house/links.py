"""Reads the built programs: what is inspected is not judged by the library that issued it, and the chip not by the terminal's.

cccd-verify holds no Botan, cccd-chip no OpenSSL: neither as a shared library nor as code linked in.
"""
import pathlib
import subprocess
import sys

FORBIDDEN = {
    "cccd-verify": [("libbotan", "Botan::")],
    "cccd-chip": [("libcrypto", "EVP_DigestInit"), ("libssl", "SSL_new")],
    "cccd-proof": [("libbotan", "Botan::"), ("libcrypto", "EVP_DigestInit")],
}


def output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main() -> int:
    bin_folder = pathlib.Path(sys.argv[2]) / "bin"
    wrong = []
    for program, rules in FORBIDDEN.items():
        path = str(bin_folder / program)
        needed = [line for line in output("readelf", "-d", path).splitlines() if "NEEDED" in line]
        defined = [line for line in output("nm", "-C", "--defined-only", path).splitlines() if " T " in line or " W " in line]
        if not needed or not defined:
            wrong.append(f"{program}: nothing was read from it")
        for library, symbol in rules:
            if any(library in line for line in needed):
                wrong.append(f"{program} links {library}")
            if any(f" {symbol}" in line for line in defined):
                wrong.append(f"{program} holds code of {symbol}")
    print("\n".join(wrong) if wrong else "two witnesses stand apart")
    return bool(wrong)


sys.exit(main())
