"""./demo --hsm with the programs that were built: one card, whose CSCA, document signer, card-management master key and inspection
system never had a key in a file."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["CCCD_SOURCE_DIR"])
BIN = pathlib.Path(os.environ["CCCD_BUILD_DIR"]) / "bin"


class DemoOnTokens(unittest.TestCase):
    def test_the_card_is_genuine_and_the_keys_are_in_tokens(self):
        out = pathlib.Path(tempfile.mkdtemp(prefix="cccd-demo-hsm-"))
        self.addCleanup(shutil.rmtree, out)
        done = subprocess.run([SOURCE / "demo", "--hsm", "--bin", BIN, "--out", out], capture_output=True, text=True, timeout=200)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stdout.splitlines()[-1], "verdict: GENUINE")
        report = json.loads((out / "report.json").read_text())
        self.assertEqual(report["verdict"], "GENUINE")
        self.assertTrue(report["document"]["fingers"])  # the reader's token opened EF.DG3
        for file in ("pki/csca.key", "pki/ds.key", "signer/keys/card-master.json", "cvc/is/is.key"):
            self.assertFalse((out / file).exists(), file)
        environment = {**os.environ, "SOFTHSM2_CONF": str(out / "softhsm2.conf")}
        for token, label, kind in (("pki-csca", "csca-1", "brainpoolP512r1"), ("pki-ds", "ds-1", "brainpoolP384r1"), ("cards", "card-master", "AES-128"),
                                   ("is", "is-1", "brainpoolP256r1")):
            address = f"pkcs11:token={token};object={label}?module-path=/usr/lib/softhsm/libsofthsm2.so"
            listed = subprocess.run([BIN / "cccd-pki", "key", "list", address, "--json", "--password-file", out / "secrets" / token], env=environment,
                                    capture_output=True, text=True, check=True)
            key, = json.loads(listed.stdout)["keys"]
            self.assertEqual((key["label"], key["kind"], key["extractable"], key["made_here"]), (label, kind, False, True))


if __name__ == "__main__":
    unittest.main()
