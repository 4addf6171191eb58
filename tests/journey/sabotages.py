"""The demo as a user runs it: one genuine card, and nine false ways that each end with their verdict, reason and exit code."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["CCCD_SOURCE_DIR"])
BIN = pathlib.Path(os.environ["CCCD_BUILD_DIR"]) / "bin"
EXPECTED = {
    "dg2-bit": ("NOT GENUINE", ["DG2_HASH_MISMATCH"]),
    "clone": ("NOT GENUINE", ["ACTIVE_AUTHENTICATION_FAILED"]),
    "rogue-ds": ("NOT GENUINE", ["CSCA_NOT_TRUSTED"]),
    "one-approval": ("NOT ISSUED", ["APPROVAL_MISSING"]),
    "same-officer": ("NOT ISSUED", ["APPROVERS_NOT_DISTINCT"]),
    "receiver-approves": ("NOT ISSUED", ["APPROVER_IS_RECEIVER"]),
    "rogue-officer": ("NOT ISSUED", ["OFFICER_NOT_TRUSTED"]),
    "forged-answer": ("NOT ISSUED", ["REGISTRY_ANSWER_NOT_TRUSTED"]),
    "foreign-chip": ("NOT ISSUED", ["CHIP_NOT_IN_STOCK"]),
}


def demo(folder, *options):
    return subprocess.run([SOURCE / "demo", "--bin", BIN, "--out", folder, *options], capture_output=True, text=True, timeout=120)


class Demo(unittest.TestCase):
    def test_a_card_is_genuine(self):
        with tempfile.TemporaryDirectory() as folder:
            done = demo(folder)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual((pathlib.Path(folder) / "log").read_text().splitlines()[-1], "verdict: GENUINE")
            for name in ("front.png", "back.png", "card.pdf", "qr.txt", "mrz.txt", "csca.cer", "ds.cer", "report.json", "chip.state", "lds/EF_SOD.bin"):
                self.assertTrue((pathlib.Path(folder) / name).stat().st_size, name)
            report = json.loads((pathlib.Path(folder) / "report.json").read_text())
            passed = {step["name"] for step in report["steps"] if step["result"] == "passed"}
            self.assertLessEqual({"pace", "passive_authentication", "active_authentication", "chip_authentication", "terminal_authentication"}, passed)

    def test_another_program_reads_the_card_that_is_kept(self):
        """OpenSC knows nothing of us: it selects EF.CardAccess and reads it, over the socket that the demo names."""
        with tempfile.TemporaryDirectory() as folder:
            kept = subprocess.Popen([SOURCE / "demo", "--bin", BIN, "--out", folder, "--keep"], stdout=subprocess.PIPE, text=True)
            try:
                told = {}
                for line in kept.stdout:
                    if "PCSCLITE_CSOCK_NAME=" in line:
                        told["PCSCLITE_CSOCK_NAME"] = line.strip().split("=", 1)[1]
                    if line.startswith("verdict: "):
                        break
                self.assertEqual(line, "verdict: GENUINE\n")
                tool = ["opensc-tool", "--reader", "0", "--card-driver", "default"]  # our own inspection left the application selected
                subprocess.run([*tool, "--reset=cold"], env=os.environ | told, capture_output=True, check=True, timeout=60)
                command = [*tool, "-s", "00:A4:02:0C:02:01:1C", "-s", "00:B0:00:00:00"]
                done = subprocess.run(command, env=os.environ | told, capture_output=True, text=True, timeout=60)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("31 34 30 0D 06 08 04 00 7F 00 07 02 02 02 02 01", done.stdout)
            finally:
                kept.terminate()
                kept.communicate(timeout=60)

    def test_each_sabotage_is_found_out_for_its_reason(self):
        for name, expected in EXPECTED.items():
            with self.subTest(sabotage=name), tempfile.TemporaryDirectory() as folder:
                done = demo(folder, "--sabotage", name)
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                report = json.loads((pathlib.Path(folder) / "report.json").read_text())
                self.assertEqual((report["verdict"], report["reasons"]), expected)

    def test_wrong_words_are_refused(self):
        for words in (["--sabotage", "everything"], ["--nonsense"], ["--out"]):
            done = subprocess.run([SOURCE / "demo", *words], capture_output=True, text=True, timeout=60)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1), done.stderr)

    def test_a_folder_that_no_demo_made_is_not_cleared(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "precious").write_text("x")
            done = demo(folder)
            self.assertEqual(done.returncode, 3)
            self.assertTrue((pathlib.Path(folder) / "precious").exists())


unittest.main(verbosity=2)
