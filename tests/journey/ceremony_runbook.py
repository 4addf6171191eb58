"""The commands of docs/ceremony-runbook.md, extracted and run in an empty directory; then foreign programs look at what
they made, and what a ceremony has to refuse is tried."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["CCCD_SOURCE_DIR"])
BIN = pathlib.Path(os.environ["CCCD_BUILD_DIR"]) / "bin"


def commands() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", (SOURCE / "docs/ceremony-runbook.md").read_text(), re.M | re.S)


class Runbook(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="cccd-runbook-"))
        cls.environment = {**os.environ, "DOCS": str(SOURCE / "docs"), "PATH": f"{BIN}:{os.environ['PATH']}"}
        cls.blocks = commands()
        done = cls.run_shell("set -eu\n" + "".join(cls.blocks))
        if done.returncode != 0:
            raise AssertionError(f"the runbook stopped with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        cls.environment["SOFTHSM2_CONF"] = str(cls.folder / "softhsm2.conf")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def run_shell(cls, script: str):
        return subprocess.run(["bash", "-c", script], cwd=cls.folder, env=cls.environment, capture_output=True, text=True)

    def certificates(self):
        return sorted(self.folder.glob("root/*.cer")) + sorted(self.folder.glob("successor/*.cer"))

    def test_the_runbook_is_not_empty(self):
        self.assertGreaterEqual(len(self.blocks), 5)

    def test_everything_that_was_promised_is_there(self):
        names = {str(f.relative_to(self.folder)) for f in self.folder.rglob("*") if f.is_file()}
        for name in ["root/csca-1.cer", "root/ds-1.cer", "root/ds-2.cer", "root/seal-1.cer", "root/cvc/cvca.cvcert",
                     "root/cvc/dv.cvcert", "root/cvc/is.cvcert", "successor/csca-2.cer", "successor/csca-1-to-2.cer",
                     "successor/list-signer.cer", "successor/csca.crl", "successor/vietnam.ml"]:
            self.assertIn(name, names)

    def test_openssl_reads_every_certificate(self):
        for file in self.certificates():
            done = self.run_shell(f"openssl x509 -inform DER -in {file} -noout -subject")
            self.assertEqual(done.returncode, 0, file)

    def test_openssl_accepts_the_master_list(self):
        done = self.run_shell("openssl cms -verify -noverify -inform DER -in successor/vietnam.ml -out list.der")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertGreater((self.folder / "list.der").stat().st_size, 1000)

    def test_the_master_list_holds_both_keys_and_the_link(self):
        done = self.run_shell("cccd-pki masterlist show successor/vietnam.ml")
        self.assertEqual(done.returncode, 0, done.stdout)
        done = self.run_shell("cccd-pki masterlist verify successor/vietnam.ml --csca successor/csca-2.cer")
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_openssl_accepts_the_revocation_list_of_the_new_key(self):
        done = self.run_shell("openssl crl -inform DER -in successor/csca.crl -noout -crlnumber")
        self.assertEqual((done.returncode, done.stdout.strip()), (0, "crlNumber=0x01"), done.stderr)
        done = self.run_shell("cccd-pki lint successor/csca.crl --issuer successor/csca-2.cer")
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_the_minutes_hold_the_hash_of_the_book(self):
        text = (self.folder / "successor/minutes.txt").read_text()
        self.assertIn("the book root/ca.db (csca-1)", text)
        done = self.run_shell("cccd-pki ceremony verify --plan root.toml --out root")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("CEREMONY_BOOK_MOVED_ON", done.stdout)

    def test_lint_has_nothing_against_what_was_issued(self):
        issuers = {"root": "root/csca-1.cer", "successor": "successor/csca-2.cer"}
        for file in self.certificates():
            issuer = "root/csca-1.cer" if file.name == "csca-1-to-2.cer" else issuers[file.parent.name]
            option = "" if file.name.startswith("csca-") and "to" not in file.name else f"--issuer {issuer}"
            done = self.run_shell(f"cccd-pki lint {file} {option}")
            self.assertEqual(done.returncode, 0, f"{file}: {done.stdout}")

    def test_lint_is_told_what_was_issued_before_and_what_the_policy_is(self):
        for command, code in [
            ("root/ds-1.cer --issuer root/csca-1.cer --book root/ca.db", None),
            ("root/ds-1.cer --document-months 600 --signer-use-months 3", "DS_VALIDITY_COVERS_DOCUMENTS"),
            ("successor/csca.crl --book root/ca.db", None),
            ("successor/csca.crl --newest-csca root/csca-1.cer", "CRL_NEWEST_KEY"),
            ("successor/csca.crl --previous-crl successor/csca.crl", "CRL_NUMBER_GROWS"),
        ]:
            done = self.run_shell(f"cccd-pki lint {command}")
            self.assertEqual(done.returncode, 0 if code is None else 1, f"{command}: {done.stdout}{done.stderr}")
            self.assertIn(code or "", done.stdout)

    def test_cvc_print_verifies_the_readers_certificates(self):
        folder = self.folder / "by-name"
        folder.mkdir(exist_ok=True)
        for name, reference in [("cvca", "VNCVCAVN001"), ("dv", "VNDVVN001"), ("is", "VNISVN001")]:
            shutil.copy(self.folder / f"root/cvc/{name}.cvcert", folder / reference)
        for name in ["cvca", "dv", "is"]:
            done = self.run_shell(f"cvc-print -c root/cvc/{name}.cvcert --cvc-dir by-name 2>&1 | tail -n 1")
            self.assertIn("certificate verified", done.stdout, name)

    def run_again(self, plan: str, out: str, *who: int):
        approvals = " ".join(f"--approval root.custodian-{n}" for n in who)
        return self.run_shell(f"cccd-pki ceremony run --plan {plan} {approvals} --key custodians/custodian-1.key "
                              f"--password-file custodian-1.password --out {out}")

    def test_one_custodian_alone_makes_nothing(self):
        done = self.run_again("root.toml", "alone", 1)
        self.assertEqual(done.returncode, 1)
        self.assertIn("CEREMONY_QUORUM", done.stdout)
        self.assertFalse((self.folder / "alone").exists())

    def test_an_approval_is_for_the_plan_that_was_read(self):
        text = (self.folder / "root.toml").read_text()
        (self.folder / "changed.toml").write_text(text.replace("Test DS 2", "Test DS 3"))
        done = self.run_again("changed.toml", "changed", 1, 2)
        self.assertEqual(done.returncode, 1)
        self.assertIn("CEREMONY_APPROVAL_OTHER_PLAN", done.stdout)
        self.assertFalse((self.folder / "changed").exists())

    def test_nothing_is_overwritten(self):
        before = {f: f.read_bytes() for f in self.folder.glob("root/**/*") if f.is_file()}
        done = self.run_again("root.toml", "root", 1, 2)
        self.assertEqual(done.returncode, 3)
        self.assertIn("not overwritten", done.stderr)
        self.assertEqual(before, {f: f.read_bytes() for f in self.folder.glob("root/**/*") if f.is_file()})

    def test_an_unknown_field_is_named_with_its_line(self):
        text = (self.folder / "root.toml").read_text() + "colour = 'red'\n"
        (self.folder / "unknown.toml").write_text(text)
        done = self.run_shell("cccd-pki ceremony rehearse --plan unknown.toml")
        self.assertEqual(done.returncode, 3)
        self.assertIn(f"unknown.toml:{len(text.splitlines())}: step[7].colour is unknown here", done.stderr)

    def test_one_organisation_in_both_roles_is_refused(self):
        text = (self.folder / "root.toml").read_text()
        (self.folder / "one.toml").write_text(text.replace('"Test Card Authority"', '"Test Key Custody"'))
        done = self.run_shell("cccd-pki ceremony rehearse --plan one.toml")
        self.assertEqual(done.returncode, 3)
        self.assertIn("another organisation", done.stderr)

    def test_a_changed_file_does_not_fit_the_minutes(self):
        shutil.copytree(self.folder / "root", self.folder / "copy")
        (self.folder / "copy/ds-1.cer").write_bytes((self.folder / "root/ds-2.cer").read_bytes())
        done = self.run_shell("cccd-pki ceremony verify --plan root.toml --out copy")
        self.assertEqual(done.returncode, 1)
        self.assertIn("CEREMONY_FILE_CHANGED", done.stdout)


if __name__ == "__main__":
    unittest.main()
