"""Inspections of a card that stays on the reader, one after the other: what one leaves open does not change what the next one finds."""
import json
import os
import pathlib
import pty
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["CCCD_SOURCE_DIR"])
BIN = pathlib.Path(os.environ["CCCD_BUILD_DIR"]) / "bin"
PCSCD = SOURCE / "smartcard/simulator/private-pcscd"
LIMIT = 60
MOST_MEMORY = 48 * 1024  # KiB that cccd-verify may hold at once


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

    @staticmethod
    def card_command(*words):
        command = [BIN / "cccd-verify", "card", "--json", "--reader", "Virtual PCD 00 00", "--csca", SOURCE / "tests/vectors/synth/csca1_p384.cer",
                   "--as-of", "2026-03-01", *words]
        return [str(word) for word in command]

    @classmethod
    def verify(cls, *words, stdin=subprocess.DEVNULL):
        return subprocess.run(cls.card_command(*words), capture_output=True, text=True, timeout=LIMIT, stdin=stdin, env=cls.environment)

    def test_a_session_left_open_changes_nothing(self):
        # pcscd keeps the power of a card that stays: each inspection finds the session that the one before it left.
        for known in (("--can", self.dir / "can.txt"), ("--can", self.dir / "can.txt"), ("--mrz", self.dir / "mrz.txt"), ("--can", self.dir / "can.txt")):
            with self.subTest(known=known[0]):
                done = self.verify(*known)
                report = json.loads(done.stdout)
                self.assertEqual((done.returncode, report["verdict"], report["reasons"]), (0, "GENUINE", []), done.stderr)
                results = {step["name"]: step["result"] for step in report["steps"]}
                self.assertEqual((results["pace"], results["bac"], results["chip_authentication"]), ("passed", "not_performed", "passed"))

    def test_the_qr_code_or_a_person_at_the_terminal_tells_the_card_access_number(self):
        code = self.dir / "qr.txt"
        code.write_text("001090123456||Nguyễn Văn Mẫu|01011990|Nam|Số 1 Phố Mẫu|04102024||||\n")
        done = self.verify("--qr", code)
        self.assertEqual((done.returncode, json.loads(done.stdout)["verdict"]), (0, "GENUINE"), done.stderr)
        code.write_text("no card's\n")
        self.assertEqual(self.verify("--qr", code).returncode, 3)
        self.assertEqual(self.verify("--qr", code, "--can", self.dir / "can.txt").returncode, 2)
        self.assertEqual(self.verify("--ask-can").returncode, 2)  # nobody at a terminal
        ours, its = pty.openpty()
        os.write(ours, b"123456\n")
        done = self.verify("--ask-can", stdin=its)
        os.close(ours)
        os.close(its)
        self.assertEqual((done.returncode, json.loads(done.stdout)["verdict"]), (0, "GENUINE"), done.stderr)

    def test_the_chip_conforms_through_a_real_reader(self):
        done = subprocess.run([BIN / "cccd-verify", "conformance", "--reader", "Virtual PCD 00 00", "--json", "--mrz", self.dir / "mrz.txt", "--can",
                               self.dir / "can.txt"], capture_output=True, text=True, timeout=LIMIT, stdin=subprocess.DEVNULL, env=self.environment)
        said = json.loads(done.stdout)
        self.assertEqual((done.returncode, [row for row in said["rows"] if row["result"] == "fail"]), (0, []), done.stderr)
        self.assertGreater(said["passed"], 55)

    @unittest.skipIf(os.environ.get("CCCD_SANITIZE") == "ON", "sanitizers multiply a program's memory")
    def test_an_inspection_needs_little_memory(self):
        with open(os.devnull, "r+") as nothing:
            started = subprocess.Popen(self.card_command("--can", self.dir / "can.txt"), stdin=nothing, stdout=nothing, stderr=nothing, env=self.environment)
            _, status, used = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(started.returncode, 0)
        self.assertLessEqual(used.ru_maxrss, MOST_MEMORY)


if __name__ == "__main__":
    unittest.main()
