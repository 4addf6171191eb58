"""The commands of docs/ceremony-runbook.md, extracted and run in an empty directory; then foreign programs look at what
they made, and what a ceremony has to refuse is tried."""
import hashlib
import json
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


def sha256(file: pathlib.Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest().upper()


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
        return [file for part in ["root", "successor", "offline-accept"] for file in sorted(self.folder.glob(f"{part}/*.cer"))]

    def test_the_runbook_is_not_empty(self):
        self.assertGreaterEqual(len(self.blocks), 5)

    def test_everything_that_was_promised_is_there(self):
        names = {str(f.relative_to(self.folder)) for f in self.folder.rglob("*") if f.is_file()}
        for name in ["root/csca-1.cer", "root/ds-1.cer", "root/ds-2.cer", "root/seal-1.cer", "root/cvc/cvca.cvcert",
                     "root/cvc/dv.cvcert", "root/cvc/is.cvcert", "successor/csca-2.cer", "successor/csca-1-to-2.cer",
                     "successor/list-signer.cer", "successor/csca.crl", "successor/vietnam.ml", "offline-request/ds-3.p10",
                     "offline-certify/ds-3.cer", "offline-accept/ds-3.cer"]:
            self.assertIn(name, names)

    def issuer_of(self, file):
        """None: it is a root, which signed itself."""
        if file.name in ("csca-1.cer", "csca-2.cer"):
            return None
        old = file.parent.name == "root" or file.name == "csca-1-to-2.cer"
        return self.folder / ("root/csca-1.cer" if old else "successor/csca-2.cer")

    def openssl_verifies(self, file, issuer):
        """The signature alone: openssl verify takes no chain whose keys have explicit parameters, which 9303-12 demands."""
        elements = self.run_shell(f"openssl asn1parse -inform DER -in {file}").stdout.splitlines()
        body, signature = [line.split(":")[0].strip() for line in elements if ":d=1 " in line][::2]
        hash_ = re.search(r"ecdsa-with-(SHA\d+)", "\n".join(elements))[1]
        self.run_shell(f"openssl asn1parse -inform DER -in {file} -strparse {body} -noout -out body; "
                       f"openssl asn1parse -inform DER -in {file} -strparse {signature} -noout -out signature; "
                       f"openssl x509 -inform DER -in {issuer} -noout -pubkey >issuer.pub")
        return self.run_shell(f"openssl dgst -{hash_.lower()} -verify issuer.pub -signature signature body").stdout == "Verified OK\n"

    def test_openssl_verifies_every_certificate(self):
        files = self.certificates()
        self.assertEqual(len(files), 8)
        for file in files:
            with self.subTest(file=str(file.relative_to(self.folder))):
                self.assertTrue(self.openssl_verifies(file, self.issuer_of(file) or file))
                other = self.folder / ("successor/csca-2.cer" if (self.issuer_of(file) or file).name == "csca-1.cer" else "root/csca-1.cer")
                self.assertFalse(self.openssl_verifies(file, other))

    def test_the_list_signer_signs_from_its_token_by_hand_too(self):
        listed = self.run_shell("cccd-pki masterlist create --csca root/csca-1.cer --csca successor/csca-2.cer --signer successor/list-signer.cer "
                                "--key 'pkcs11:token=ceremony;object=list-signer-1' --password-file token.pin --out again.ml")
        self.assertEqual(listed.returncode, 0, listed.stdout + listed.stderr)
        done = self.run_shell("openssl cms -verify -noverify -inform DER -in again.ml -out again.der")
        self.assertEqual(done.returncode, 0, done.stderr)

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
        for csca, said in (("successor/csca-2", "verify OK\n"), ("root/csca-1", "verify failure\n")):
            self.run_shell(f"openssl x509 -inform DER -in {csca}.cer -out issuer.pem")
            done = self.run_shell("openssl crl -inform DER -in successor/csca.crl -CAfile issuer.pem -noout")
            self.assertEqual(done.stderr, said)
        done = self.run_shell("cccd-pki lint successor/csca.crl --issuer successor/csca-2.cer")
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_the_minutes_hold_the_hash_of_the_book(self):
        text = (self.folder / "successor/minutes.txt").read_text()
        self.assertIn("the book root/ca.db (csca-1)", text)
        done = self.run_shell("cccd-pki ceremony verify --plan root.toml --out root")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("CEREMONY_BOOK_MOVED_ON", done.stdout)

    def test_lint_has_nothing_against_what_was_issued(self):
        for file in self.certificates():
            issuer = self.issuer_of(file)
            option = f"--issuer {issuer}" if issuer else ""
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

    def test_an_approval_is_for_one_run(self):
        done = self.run_again("root.toml", "second", 1, 2)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("CEREMONY_APPROVAL_SPENT", done.stdout)
        self.assertIn(f"into {self.folder}/root", done.stdout)
        self.assertFalse((self.folder / "second").exists())

    def test_what_is_approved_is_every_file_that_is_read(self):
        for plan in ["root.toml", "successor.toml", "offline-accept.toml"]:
            told = json.loads(self.run_shell(f"cccd-pki ceremony rehearse --plan {plan} --json").stdout)
            lines = [f"plan {sha256(self.folder / plan)}\n"]
            for n in [1, 2, 3]:
                lines.append(f"custodian custodian-{n} {sha256(self.folder / f'custodians/custodian-{n}.cer')}\n")
            lines.append(f"profile profile {sha256(SOURCE / 'pki/x509/issue/profiles/cccd.toml')}\n")
            if plan == "successor.toml":
                lines.append(f"authority csca-1 {sha256(self.folder / 'root/csca-1.cer')}\n")
                lines.append(f"book csca-1 {sha256(self.folder / 'root/csca-1.cer')}\n")  # the first certificate in it
            if plan == "offline-accept.toml":
                lines.append(f"carried ds-3 {sha256(self.folder / 'carried/ds-3.cer')}\n")
                lines.append(f"csca ds-3 {sha256(self.folder / 'successor/csca-2.cer')}\n")
            whole = hashlib.sha256("".join(lines).encode()).hexdigest().upper()
            self.assertEqual(told["whole"], whole, plan)
            grouped = (self.folder / plan.removesuffix(".toml") / "minutes.txt").read_text()
            self.assertIn(whole, "".join(grouped.split()))

    def test_one_custodian_with_a_key_in_anothers_name_makes_nothing(self):
        forged = self.folder / "forged"
        forged.mkdir()
        for name in ["custodians", "root.toml", "token.pin", "custodian-1.password", "custodian-2.password"]:
            source = self.folder / name
            shutil.copytree(source, forged / name) if source.is_dir() else shutil.copy(source, forged / name)
        approve = ("cccd-pki ceremony approve --plan root.toml --name custodian-{0} --key custodians/custodian-{0}.key --password-file custodian-{0}.password "
                   "--out {0}.approval; ")
        done = self.run_shell(f"set -e; cd forged; {approve.format(1)} rm custodians/custodian-2.*; "
                              f"cccd-pki ceremony custodian --name custodian-2 --out custodians --password-file custodian-2.password; {approve.format(2)}")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.run_shell("cd forged; cccd-pki ceremony run --plan root.toml --approval 1.approval --approval 2.approval --key custodians/custodian-1.key "
                              "--password-file custodian-1.password --out out")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("custodian-1 approved this plan with other files than are beside it now: custodian-2.cer", done.stdout)
        self.assertFalse((forged / "out").exists())

    def test_a_rehearsal_refuses_what_the_run_would_stumble_over(self):
        for plan, change, told in [
            ("successor.toml", ("root/ca.db", "root/cvc/ca.db"), "step csca-1: root/cvc/ca.db does not hold the authority's certificate"),
            ("successor.toml", ("root/ca.db", "root/none.db"), "step csca-1: the book root/none.db: it cannot be opened"),
            ("root.toml", ("object=ds-2", "object=ds-1"), "step ds-2: pkcs11:token=ceremony;object=ds-1 is the key of step ds-1 too"),
            ("root.toml", (";object=ds-2", ""), "step ds-2: it names no key"),
            ("root.toml", ('"ds-2.cer"', '"ds-1.cer/ds-2.cer"'), "step ds-2: ds-1.cer and ds-1.cer/ds-2.cer cannot both be files"),
            ("root.toml", ("token.pin", "none.pin"), "step csca-1: the password file none.pin is not there"),
        ]:
            done = self.rehearse_changed(plan, change)
            self.assertEqual(done.returncode, 3, f"{change}: {done.stdout}{done.stderr}")
            self.assertIn(told, done.stderr)
            self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)

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

    def test_openssl_accepts_the_request_that_leaves(self):
        done = self.run_shell("openssl req -inform DER -in offline-request/ds-3.p10 -noout -verify -subject")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("CN = Test DS 3", done.stdout)

    def test_the_certificate_is_for_the_key_that_never_left_its_token(self):
        def key_of(command):
            return self.run_shell(f"{command} | openssl pkey -pubin -outform DER | sha256sum").stdout
        self.assertEqual(key_of("openssl req -inform DER -in offline-request/ds-3.p10 -noout -pubkey"),
                         key_of("openssl x509 -inform DER -in offline-accept/ds-3.cer -noout -pubkey"))
        self.assertIn("ds-3.p10 (ds-3)", (self.folder / "offline-request/minutes.txt").read_text())

    def rehearse_changed(self, plan, *changes):
        text = (self.folder / plan).read_text()
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        (self.folder / "tried.toml").write_text(text)
        return self.run_shell("cccd-pki ceremony rehearse --plan tried.toml")

    def refused_in_rehearsal(self, plan, *changes):
        done = self.rehearse_changed(plan, *changes)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        return done.stdout

    def rehearse_for(self, request):
        """The certifying plan for another request than its own."""
        hashes = self.run_shell(f"sha256sum offline-request/ds-3.p10 {request} | cut -d ' ' -f 1").stdout.split()
        return self.rehearse_changed("offline-certify.toml", ("carried/ds-3.p10", request), tuple(hashes))

    def test_a_request_that_openssl_made_is_certified_unless_it_asks_for_more_than_a_name(self):
        make = ("openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:brainpoolP384r1 -pkeyopt ec_param_enc:explicit -sha384 -nodes -keyout foreign.key "
                "-subj '/C=VN/O=TEST/CN=Foreign DS' -outform DER -utf8")
        self.assertEqual(self.run_shell(f"{make} -out carried/foreign.p10").returncode, 0)
        done = self.rehearse_for("carried/foreign.p10")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.run_shell(f"{make} -out carried/more.p10 -addext basicConstraints=CA:TRUE").returncode, 0)
        done = self.rehearse_for("carried/more.p10")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("CEREMONY_REQUEST", done.stdout)

    def test_a_request_for_a_weak_key_is_refused_before_anything_is_signed(self):
        weak = ["RSA -pkeyopt rsa_keygen_bits:512", "RSA -pkeyopt rsa_keygen_bits:2048"]
        weak += [f"EC -pkeyopt ec_paramgen_curve:{curve} -pkeyopt ec_param_enc:explicit" for curve in ["prime192v1", "secp224r1", "brainpoolP160r1"]]
        strange = ["EC -pkeyopt ec_paramgen_curve:secp256k1 -pkeyopt ec_param_enc:explicit"]
        for kind in weak + strange:
            made = self.run_shell(f"openssl genpkey -algorithm {kind} -out weak.key && openssl req -new -key weak.key -sha256 "
                                  "-subj '/C=VN/O=TEST/CN=Weak DS' -utf8 -outform DER -out carried/weak.p10")
            self.assertEqual(made.returncode, 0, made.stderr)
            done = self.rehearse_for("carried/weak.p10")
            self.assertEqual(done.returncode, 1, kind + done.stdout + done.stderr)
            self.assertIn("CERT_KEY_KIND", done.stdout, kind)
            self.assertEqual("CERT_KEY_LENGTH_POLICY" in done.stdout, kind in weak, kind)
        # The same in earnest, with the last plan: nothing is signed under the number that was not even reserved.
        before = self.run_shell("sqlite3 root/ca.db 'SELECT COUNT(*) FROM serial'").stdout
        done = self.run_shell("for n in 1 2; do cccd-pki ceremony approve --plan tried.toml --name custodian-$n --key custodians/custodian-$n.key "
                              "--password-file custodian-$n.password --out weak.$n; done; cccd-pki ceremony run --plan tried.toml --approval weak.1 "
                              "--approval weak.2 --key custodians/custodian-1.key --password-file custodian-1.password --out weak")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("CERT_KEY_KIND", done.stdout)
        self.assertFalse((self.folder / "weak/ds-3.cer").exists())
        self.assertEqual(before, self.run_shell("sqlite3 root/ca.db 'SELECT COUNT(*) FROM serial'").stdout)

    def test_what_was_exchanged_on_the_way_is_found_before_a_key_is_touched(self):
        shutil.copy(self.folder / "root/ds-2.cer", self.folder / "carried/other.cer")
        self.assertIn("CEREMONY_CARRIED_FILE", self.refused_in_rehearsal("offline-accept.toml", ("carried/ds-3.cer", "carried/other.cer")))
        self.assertIn("CEREMONY_CARRIED_FILE", self.refused_in_rehearsal("offline-certify.toml", ("carried/ds-3.p10", "carried/other.cer")))

    def test_a_request_that_its_key_did_not_sign_is_refused(self):
        request = bytearray((self.folder / "carried/ds-3.p10").read_bytes())
        (self.folder / "carried/cut.p10").write_bytes(request[:-1])
        request[-1] ^= 1
        (self.folder / "carried/forged.p10").write_bytes(request)
        for name in ["forged.p10", "cut.p10"]:
            self.assertIn("CEREMONY_REQUEST", self.rehearse_for(f"carried/{name}").stdout)

    def test_a_certificate_of_another_authority_or_key_is_not_taken_in(self):
        out = self.refused_in_rehearsal("offline-accept.toml", ("successor/csca-2.cer", "root/csca-1.cer"))
        self.assertIn("CERT_", out)
        hashes = self.run_shell("sha256sum offline-certify/ds-3.cer root/ds-2.cer | cut -d ' ' -f 1").stdout.split()
        text = (self.folder / "offline-accept.toml").read_text()
        for old, new in [("carried/ds-3.cer", "root/ds-2.cer"), tuple(hashes), ("successor/csca-2.cer", "root/csca-1.cer")]:
            text = text.replace(old, new)
        (self.folder / "wrong-key.toml").write_text(text)
        done = self.run_shell("for n in 1 2; do cccd-pki ceremony approve --plan wrong-key.toml --name custodian-$n --key custodians/custodian-$n.key "
                              "--password-file custodian-$n.password --out wrong-key.$n; done; cccd-pki ceremony run --plan wrong-key.toml --approval wrong-key.1 "
                              "--approval wrong-key.2 --key custodians/custodian-1.key --password-file custodian-1.password --out wrong-key")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("CEREMONY_KEY_AND_CERTIFICATE", done.stdout)
        self.assertFalse((self.folder / "wrong-key/ds-3.cer").exists())

    def test_a_plan_without_the_hash_is_no_plan(self):
        shutil.copy(SOURCE / "docs/ceremonies/offline-certify.toml", self.folder / "unfilled.toml")
        done = self.run_shell("cccd-pki ceremony rehearse --plan unfilled.toml")
        self.assertEqual(done.returncode, 3)
        self.assertIn("request_sha256 must be 64 hexadecimal digits", done.stderr)

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
