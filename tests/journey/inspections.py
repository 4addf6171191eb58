"""Inspections of a card that stays on the reader, one after the other: what one leaves open does not change what the next one finds."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["CCCD_SOURCE_DIR"])
BIN = pathlib.Path(os.environ["CCCD_BUILD_DIR"]) / "bin"
PCSCD = SOURCE / "smartcard/simulator/private-pcscd"
LIMIT = 60


class Inspections(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="cccd-inspections-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)
        cls.run_ok(BIN / "write_card", cls.dir)
        cls.environment = os.environ | {"PCSCLITE_CSOCK_NAME": cls.run_ok(PCSCD, "start", "--dir", cls.dir / "pcscd", "--port", "0").strip()}
        cls.addClassCleanup(cls.run_ok, PCSCD, "stop", "--dir", cls.dir / "pcscd")
        port = (cls.dir / "pcscd/ports").read_text().split()[0]
        with open(cls.dir / "chip.out", "w") as out:
            chip = subprocess.Popen([BIN / "cccd-chip", "--port", port, "--state", cls.dir / "chip.state", "--ready-file", cls.dir / "ready"],
                                    stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        cls.addClassCleanup(chip.wait, LIMIT)
        cls.addClassCleanup(chip.terminate)
        cls.verify("--watch", "--cards", "1", "--mrz", cls.dir / "mrz.txt")  # a gate waits until the service sees the card

    @staticmethod
    def run_ok(*words):
        return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True, timeout=LIMIT, stdin=subprocess.DEVNULL).stdout

    @classmethod
    def verify(cls, *words):
        command = [BIN / "cccd-verify", "card", "--json", "--reader", "Virtual PCD 00 00", "--csca", SOURCE / "tests/vectors/synth/csca1_p384.cer",
                   "--as-of", "2026-03-01", *words]
        return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=LIMIT, stdin=subprocess.DEVNULL, env=cls.environment)

    def test_a_session_left_open_changes_nothing(self):
        # pcscd keeps the power of a card that stays: each inspection finds the session that the one before it left.
        for known in (("--can", self.dir / "can.txt"), ("--can", self.dir / "can.txt"), ("--mrz", self.dir / "mrz.txt"), ("--can", self.dir / "can.txt")):
            with self.subTest(known=known[0]):
                done = self.verify(*known)
                report = json.loads(done.stdout)
                self.assertEqual((done.returncode, report["verdict"], report["reasons"]), (0, "GENUINE", []), done.stderr)
                results = {step["name"]: step["result"] for step in report["steps"]}
                self.assertEqual((results["pace"], results["bac"], results["chip_authentication"]), ("passed", "not_performed", "passed"))


if __name__ == "__main__":
    unittest.main()
