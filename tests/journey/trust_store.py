"""A trust store as separate processes: anchors come in, one is distrusted, and cccd-verify judges by it as of a day."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

BIN = pathlib.Path(os.environ["CCCD_BUILD_DIR"]) / "bin"
SYNTH = pathlib.Path(os.environ["CCCD_SOURCE_DIR"]) / "tests/vectors/synth"
CSCA = SYNTH / "csca1_p384.cer"


class TrustStore(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="cccd-trust-"))
        self.addCleanup(shutil.rmtree, self.dir)
        (self.dir / "lds").mkdir()
        for group in ("COM", *(f"DG{n}" for n in (1, 2, 11, 12, 13, 14, 15))):
            shutil.copy(SYNTH / f"EF_{group}.bin", self.dir / "lds")
        shutil.copy(SYNTH / "EF_SOD_ok_p256_sha256.bin", self.dir / "lds/EF_SOD.bin")

    def run_in(self, program, *words):
        return subprocess.run([BIN / program, *map(str, words)], cwd=self.dir, capture_output=True, text=True, timeout=60)

    def trust(self, verb, *words):
        return self.run_in("cccd-pki", "trust", verb, *words, "--store", "trust")

    def take(self, *files):
        return self.trust("import", *files, "--how", "by hand", "--by", "Officer 17", "--json")

    def verify(self, as_of, *words):
        done = self.run_in("cccd-verify", "files", "lds", "--as-of", as_of, "--json", *words)
        report = json.loads(done.stdout)
        return done.returncode, report["verdict"], [finding["code"] for finding in report["findings"]]

    def test_good_anchors_are_kept_and_the_others_are_told(self):
        done = self.take(CSCA, SYNTH / "ds1_p256.cer", SYNTH / "EF_COM.bin")
        self.assertEqual(done.returncode, 1, done.stderr)
        answer = json.loads(done.stdout)
        self.assertEqual((len(answer["added"]), answer["anchors"]), (1, 1))
        self.assertIn(("ANCHOR_NOT_CA", "ds1_p256.cer"), [(f["code"], f["where"]) for f in answer["findings"]])
        index = (self.dir / "trust/trust.toml").read_bytes()
        again = self.take(CSCA)
        self.assertEqual((again.returncode, json.loads(again.stdout)["known"]), (0, answer["added"]))
        self.assertEqual((self.dir / "trust/trust.toml").read_bytes(), index)
        self.assertEqual(self.take(self.dir / "missing.cer").returncode, 3)
        self.assertEqual(self.take().returncode, 2)

    def test_distrust_ends_the_trust_as_of_its_day(self):
        fingerprint = json.loads(self.take(CSCA).stdout)["added"][0]
        self.assertEqual(self.verify("2026-03-01", "--trust", "trust")[:2], (0, "DATA AUTHENTIC"))
        reason = ("--from", "2026-04-01", "--why", "key stolen", "--by", "Officer 18")
        self.assertEqual(self.trust("distrust", "00" * 32, *reason).returncode, 1)
        self.assertEqual(self.trust("distrust", "no fingerprint", *reason).returncode, 2)
        self.assertEqual(self.trust("distrust", fingerprint.lower(), *reason).returncode, 0)
        self.assertEqual(self.verify("2026-03-31", "--trust", "trust")[:2], (0, "DATA AUTHENTIC"))
        code, verdict, findings = self.verify("2026-04-01", "--trust", "trust")
        self.assertEqual((code, verdict), (1, "NOT GENUINE"))
        self.assertIn("CSCA_DISTRUSTED", findings)
        for day, status in (("2026-03-31", "trusted"), ("2026-04-01", "distrusted")):
            listed = json.loads(self.trust("list", "--as-of", day, "--json").stdout)["anchors"][0]
            self.assertEqual((listed["status"], listed["added_later"], listed["by"]), (status, True, "Officer 17"))
            self.assertEqual(listed["distrust"][0]["why"], "key stolen")

    def test_a_kept_list_grows_old_by_the_grace_that_is_given(self):
        done = self.trust("import", CSCA, SYNTH / "crl_csca1.crl", "--how", "by hand", "--by", "Officer 17", "--as-of", "2020-01-01", "--json")
        answer = json.loads(done.stdout)
        self.assertEqual((done.returncode, answer["anchors"], answer["lists"], len(answer["added"])), (0, 1, 1, 2), done.stderr)
        listed = json.loads(self.trust("list", "--as-of", "2026-03-01", "--json").stdout)
        self.assertEqual(listed["lists"][0]["file"], "crl_csca1.crl")
        self.assertNotEqual(listed["lists"][0]["added_at"][:4], "2020", "the clock says when, --as-of does not")
        self.assertIn("revocation list", self.trust("list").stdout)
        grace = ("--trust", "trust", "--crl-grace-hours", "72")
        self.assertEqual(self.verify("2026-03-01", *grace), (0, "DATA AUTHENTIC", []))
        for day, options, expected in (("2026-05-03", grace, (0, "DATA AUTHENTIC", "REVOCATION_STALE")),
                                       ("2026-06-01", grace, (1, "UNDECIDED", "REVOCATION_TOO_OLD")),
                                       ("2026-06-01", grace[:2], (0, "DATA AUTHENTIC", "REVOCATION_UNKNOWN"))):
            code, verdict, findings = self.verify(day, *options)
            self.assertEqual((code, verdict), expected[:2])
            self.assertIn(expected[2], findings)
        wrong = self.run_in("cccd-verify", "files", "lds", "--crl-grace-hours", "-1")
        self.assertEqual(wrong.returncode, 2)

    def test_a_bad_csca_is_told_and_the_good_one_judges(self):
        bad = SYNTH / "ds1_p256.cer"
        code, verdict, findings = self.verify("2026-03-01", "--csca", bad, "--csca", CSCA)
        self.assertEqual((code, verdict), (0, "DATA AUTHENTIC"))
        self.assertIn("ANCHOR_NOT_CA", findings)
        code, verdict, findings = self.verify("2026-03-01", "--csca", bad)
        self.assertEqual((code, verdict), (1, "UNDECIDED"))
        self.assertLessEqual({"ANCHOR_NOT_CA", "NO_TRUST_ANCHOR"}, set(findings))
        self.assertEqual(self.run_in("cccd-verify", "files", "lds", "--csca", "missing.cer").returncode, 3)


if __name__ == "__main__":
    unittest.main()
