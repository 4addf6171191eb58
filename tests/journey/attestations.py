"""Officers confirm a person with the real program: book, signatures, refusals, and what the signed answer then says."""
import base64
import json
import pathlib
import subprocess
import tempfile
import unittest

from stage import BIN


class Attestations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.dir = pathlib.Path(cls.folder.name)
        cls.data = cls.dir / "registry"
        cls.password = cls.dir / "pw"
        cls.password.write_text("correct horse battery\n")
        cls.registry("init", "--data", cls.data, "--password-file", cls.password)
        cls.number = json.loads(cls.registry("sample", "60", "--data", cls.data, "--json").stdout)["adult"]
        (cls.dir / "record.pdf").write_text("book of births, page 7")
        for account, person, office, force in (("hoa", "H-1", "001-HT-0001", "civil-status"),
                                               ("tam", "T-1", "001-CT-0001", "provincial-police")):
            cls.key(account)
            cls.registry("officer", "add", cls.dir / f"{account}.pub", "--person", person, "--account", account, "--office", office,
                    "--force", force, "--data", cls.data, "--password-file", cls.password)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def registry(cls, *words, expect=0):
        done = subprocess.run([BIN / "cccd-registry", *map(str, words)], capture_output=True, text=True, timeout=120)
        assert done.returncode == expect, (words, done.returncode, done.stdout, done.stderr)
        return done

    @classmethod
    def key(cls, name):
        made = subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], check=True,
                              capture_output=True)
        subprocess.run(["openssl", "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256", "-iter", "1000", "-passout",
                        f"file:{cls.password}", "-out", cls.dir / f"{name}.key"], input=made.stdout, check=True)
        subprocess.run(["openssl", "pkey", "-pubout", "-out", cls.dir / f"{name}.pub"], input=made.stdout, check=True)

    def statement(self, account, office, force, kind="citizenship", key=None):
        signed = self.registry("attestation", "sign", self.number, "--kind", kind, "--account", account, "--office", office, "--force",
                          force, "--evidence", "birth-record", "--evidence-file", self.dir / "record.pdf", "--key",
                          self.dir / f"{key or account}.key", "--password-file", self.password).stdout
        file = self.dir / "statement.jws"
        file.write_text(signed)
        return file

    def add(self, file, expect=0):
        done = self.registry("attestation", "add", file, "--data", self.data, "--password-file", self.password, "--json", expect=expect)
        return [finding["code"] for finding in json.loads(done.stdout)["findings"]]

    def answer(self):
        jws = self.registry("answer", self.number, "--case", "2026-000001", "--purpose", "issuance", "--data", self.data,
                       "--password-file", self.password).stdout
        payload = jws.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))

    def test_a_statement_is_signed_taken_in_and_told_in_the_signed_answer(self):
        before = len(self.answer()["attestations"])
        self.assertEqual(self.add(self.statement("hoa", "001-HT-0001", "civil-status")), [])
        self.assertEqual(self.add(self.statement("tam", "001-CT-0001", "provincial-police", "birth")), [])
        told = self.answer()["attestations"]
        self.assertEqual(len(told), before + 2)
        self.assertEqual({(t["officer"], t["kind"]) for t in told if t["officer"] in ("H-1", "T-1")},
                         {("H-1", "citizenship"), ("T-1", "birth")})
        listed = json.loads(self.registry("attestation", "list", self.number, "--data", self.data, "--json").stdout)["attestations"]
        self.assertEqual(listed, told)

    def test_nobody_signs_for_another_officer_or_office(self):
        self.assertEqual(self.add(self.statement("hoa", "001-HT-0001", "civil-status", key="tam"), expect=1),
                         ["ATTESTATION_OFFICE_DIFFERS"])
        self.assertEqual(self.add(self.statement("hoa", "079-HT-0001", "civil-status"), expect=1), ["ATTESTATION_OFFICE_DIFFERS"])
        self.key("stranger")
        self.assertEqual(self.add(self.statement("hoa", "001-HT-0001", "civil-status", key="stranger"), expect=1),
                         ["ATTESTATION_NOT_TRUSTED"])

    def test_a_batch_needs_both_signatures(self):
        persons = self.dir / "persons.csv"
        persons.write_text("number\n")
        claim = ("--id", "HN-1", "--persons", "1", "--evidence", "birth-record", "--password-file", self.password)
        first = self.registry("source", "sign", persons, *claim, "--account", "hoa", "--office", "001-HT-0001", "--force", "civil-status",
                         "--key", self.dir / "hoa.key").stdout
        (self.dir / "one.json").write_text(first)
        refused = self.registry("source", "add", self.dir / "one.json", "--data", self.data, "--json", expect=1)
        self.assertIn("SOURCE_ONE_SIDED", refused.stdout)
        both = self.registry("source", "sign", persons, *claim, "--account", "tam", "--office", "001-CT-0001", "--force",
                        "provincial-police", "--key", self.dir / "tam.key", "--with", self.dir / "one.json").stdout
        (self.dir / "both.json").write_text(both)
        added = json.loads(self.registry("source", "add", self.dir / "both.json", "--data", self.data, "--json").stdout)
        self.assertEqual(added["name"], "HN-1")
        persons.write_text("number\n001090990001\n")
        smuggled = self.registry("import", persons, "--source", added["source"], "--data", self.data, "--json", expect=1)
        self.assertIn("SOURCE_FILE_DIFFERS", smuggled.stdout)

    def test_the_report_over_little_work_is_silent_and_says_what_it_cannot_judge(self):
        report = json.loads(self.registry("attestations", "report", "--data", self.data, "--json").stdout)
        self.assertEqual(report["anomalies"], [])

    def test_the_log_has_the_officers_and_verifies(self):
        log = (self.data / "log/log.jsonl").read_text()
        self.assertEqual(log.count("officer.added"), 2)
        self.registry("log", "verify", "--data", self.data)


if __name__ == "__main__":
    unittest.main()
