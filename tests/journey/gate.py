"""A gate at a real pcscd: card after card, and over a restart of the service."""
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["CCCD_SOURCE_DIR"])
BIN = pathlib.Path(os.environ["CCCD_BUILD_DIR"]) / "bin"
PCSCD = SOURCE / "smartcard/simulator/private-pcscd"
MRZ = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<\n"  # 9303-5 App. B


class Gate(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="cccd-gate-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.start_pcscd("0")
        self.addCleanup(self.stop_pcscd)
        self.port = (self.dir / "pcscd/ports").read_text().split()[0]
        keys = self.dir / "keys.toml"
        keys.write_text("version = 0x30\n" + "".join(f'{k} = "{secrets.token_hex(16)}"\n' for k in ("enc", "mac", "dek")))
        keys.chmod(0o600)
        self.run_ok(BIN / "cccd-chip", "--init", "--state", self.dir / "chip.state", "--serial", "00112233445566AA", "--transport-keys", keys)
        (self.dir / "mrz.txt").write_text(MRZ)

    def run_ok(self, *words):
        return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL).stdout

    def start_pcscd(self, port):
        self.socket = self.run_ok(PCSCD, "start", "--dir", self.dir / "pcscd", "--port", port).strip()

    def stop_pcscd(self):
        self.run_ok(PCSCD, "stop", "--dir", self.dir / "pcscd")

    def insert(self):
        with open(self.dir / "chip.out", "a") as out:
            chip = subprocess.Popen([BIN / "cccd-chip", "--port", self.port, "--state", self.dir / "chip.state"], stdout=out, stderr=out,
                                    stdin=subprocess.DEVNULL)
        self.addCleanup(self.remove, chip)
        return chip

    def remove(self, chip):
        chip.terminate()
        chip.wait(60)

    def hear(self, text):
        """Reads the gate's stderr up to a line with this text."""
        for line in self.gate.stderr:
            if text in line:
                return
        self.fail(f"the gate ended without saying '{text}'")

    def verdict(self):
        report = json.loads(self.gate.stdout.readline())
        return report["verdict"], report["reasons"]

    def test_card_after_card_and_over_a_restart_of_the_service(self):
        command = [BIN / "cccd-verify", "card", "--watch", "--cards", "3", "--json", "--reader", "Virtual PCD 00 00", "--mrz", self.dir / "mrz.txt",
                   "--csca", SOURCE / "tests/vectors/synth/csca1_p384.cer", "--as-of", "2026-03-01"]
        self.gate = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL,
                                     env=os.environ | {"PCSCLITE_CSOCK_NAME": self.socket})
        self.addCleanup(self.gate.stderr.close)
        self.addCleanup(self.gate.stdout.close)
        self.addCleanup(self.gate.kill)
        blank = ("NOT GENUINE", ["LDS_APPLICATION_MISSING"])
        for _ in range(2):
            chip = self.insert()
            self.assertEqual(self.verdict(), blank)
            self.remove(chip)
            self.hear("card out")
        self.stop_pcscd()
        self.hear("cccd-verify: ")
        self.start_pcscd(self.port)
        self.insert()
        self.assertEqual(self.verdict(), blank)
        self.assertEqual(self.gate.wait(60), 0)


if __name__ == "__main__":
    unittest.main()
