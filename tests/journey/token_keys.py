"""Keys in tokens, as their administrator meets them: every `cccd-pki key` command, every command that takes a key's address, and the
card-management master key of a signer, on SoftHSM2 tokens of the test's own. OpenSSL and OpenPACE look at what was signed."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

BIN = pathlib.Path(os.environ["CCCD_BUILD_DIR"]) / "bin"
MODULE = "/usr/lib/softhsm/libsofthsm2.so"
DONE, REFUSED, WRONG, FAILED = 0, 1, 2, 3
# Two custodians' components of one wrapping key, each with its check value (AES of sixteen octets 01).
COMPONENTS = ["00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF", "0123456789ABCDEFFEDCBA98765432100123456789ABCDEFFEDCBA9876543210"]


def check_value(key):
    done = subprocess.run(["openssl", "enc", "-aes-256-ecb", "-K", key, "-nopad"], input=b"\x01" * 16, capture_output=True, check=True)
    return done.stdout[:3].hex().upper()


class Tokens(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="cccd-tokens-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir)
        (cls.dir / "tokens").mkdir()
        (cls.dir / "softhsm2.conf").write_text(f"directories.tokendir = {cls.dir}/tokens\nlog.level = ERROR\n")
        cls.environment = {**os.environ, "SOFTHSM2_CONF": str(cls.dir / "softhsm2.conf"), "LC_ALL": "C.UTF-8"}
        for token in ("PKI", "SPARE"):
            subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", token, "--so-pin", "87654321", "--pin", "1234"],
                           env=cls.environment, check=True, capture_output=True)
        for name, line in (("pin", "1234"), ("wrong", "4321"), ("so", "87654321"), ("password", "correct horse")):
            (cls.dir / name).write_text(line + "\n")
            (cls.dir / name).chmod(0o600)
        for name, component in zip("ab", COMPONENTS):
            (cls.dir / name).write_text(f"{component} {check_value(component)}\n")
        cls.kcv = check_value("%064X" % (int(COMPONENTS[0], 16) ^ int(COMPONENTS[1], 16)))

    @classmethod
    def run_program(cls, program, *words):
        return subprocess.run([BIN / program, *map(str, words)], cwd=cls.dir, env=cls.environment, capture_output=True, text=True, timeout=120)

    @classmethod
    def pki(cls, *words, code=DONE):
        done = cls.run_program("cccd-pki", *words)
        if done.returncode != code:
            raise AssertionError(f"cccd-pki {' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    @staticmethod
    def at(object_, token="PKI"):
        return f"pkcs11:token={token}" + (f";object={object_}" if object_ else "") + f"?module-path={MODULE}"

    def keys(self, token="PKI"):
        listed = json.loads(self.pki("key", "list", self.at("", token), "--json", "--password-file", "pin").stdout)["keys"]
        return {key["label"]: key for key in listed}


class KeyCommands(Tokens):
    def test_a_key_is_made_shown_and_destroyed(self):
        address = self.at("made")
        self.pki("key", "generate", address, "--kind", "brainpoolP384r1", "--password-file", "pin")
        shown = self.keys()["made"]
        self.assertEqual((shown["kind"], shown["extractable"], shown["backup"], shown["made_here"]), ("brainpoolP384r1", False, False, True))
        self.assertRegex(self.pki("key", "list", address, "--password-file", "pin").stdout, r"^made +brainpoolP384r1 +[0-9A-F]{40} made here\n$")
        again = self.pki("key", "generate", address, "--kind", "P-256", "--password-file", "pin", code=FAILED)
        self.assertIn("is there already", again.stderr)
        self.pki("key", "retire", address, "--confirm", "another", "--password-file", "pin", code=WRONG)
        self.assertIn("made", self.keys())
        self.pki("key", "retire", address, "--confirm", "made", "--password-file", "pin")
        self.assertNotIn("made", self.keys())
        self.pki("key", "retire", address, "--confirm", "made", "--password-file", "pin", code=FAILED)

    def test_what_cannot_be_meant_is_used_wrongly(self):
        for words in (["generate", self.at("x"), "--kind", "P-999"], ["generate", self.at(""), "--kind", "P-256"],
                      ["generate", self.dir / "x.key", "--kind", "AES-128"], ["generate", self.dir / "x.key", "--kind", "P-256", "--backup"],
                      ["limit", self.at("x")], ["receive", self.at("x"), "--component", "a", "--component", "b", "--kcv", "12"],
                      ["receive", self.at("x"), "--component", "a", "--component", "b", "--kcv", self.kcv, "--for", "fun"]):
            self.pki("key", *words, "--password-file", "pin", code=WRONG)
        self.assertNotIn("x", self.keys())

    def test_a_key_file_is_made_and_limited_as_well(self):
        self.pki("key", "generate", "own.key", "--kind", "P-256", "--password-file", "password")
        self.assertIn("made 0 of 2 signatures", self.pki("key", "limit", "own.key", "--uses", 2, "--password-file", "password").stdout)
        self.assertEqual((self.dir / "own.key.uses").read_text(), "0 of 2\n")
        self.assertIn("is not raised", self.pki("key", "limit", "own.key", "--uses", 3, "--password-file", "password", code=FAILED).stderr)

    def test_a_transport_key_comes_in_by_its_components(self):
        words = ("key", "receive", self.at("transport"), "--component", "a", "--component", "b", "--password-file", "pin")
        self.assertIn("check value", self.pki(*words, "--kcv", "000000", code=FAILED).stderr)
        self.pki(*words, "--kcv", self.kcv)
        shown = self.keys()["transport"]
        self.assertEqual((shown["kind"], shown["made_here"]), ("AES-256", False))
        self.pki(*words, "--kcv", self.kcv, code=FAILED)

    def test_a_key_goes_to_the_spare_token_and_signs_there(self):
        for token in ("PKI", "SPARE"):
            received = self.pki("key", "receive", self.at("kek", token), "--for", "wrapping", "--component", "a", "--component", "b", "--kcv", self.kcv,
                                "--password-file", "so")
            self.assertIn("2 components", received.stdout)
        self.assertEqual(self.keys()["kek"]["kind"], "wrapping")
        self.pki("key", "generate", self.at("root"), "--kind", "P-384", "--backup", "--password-file", "pin")
        self.pki("key", "generate", self.at("stays"), "--kind", "P-384", "--password-file", "pin")
        self.pki("key", "limit", self.at("root"), "--uses", 9, "--password-file", "pin")
        self.assertIn("leaves wrapped only, 0 of 9 uses", self.pki("key", "list", self.at("root"), "--password-file", "pin").stdout)
        words = ("--wrapping-key", "kek", "--out", "root.backup", "--password-file", "pin")
        self.assertIn("never leaves its token", self.pki("key", "backup", self.at("stays"), *words, code=FAILED).stderr)
        self.pki("key", "backup", self.at("root"), *words)
        self.assertEqual((self.dir / "root.backup").stat().st_mode & 0o777, 0o600)
        self.pki("key", "backup", self.at("root"), *words, code=FAILED)  # nothing is overwritten
        self.pki("key", "restore", self.at("root", "SPARE"), "--backup", "root.backup", "--password-file", "pin")
        spare, original = self.keys("SPARE")["root"], self.keys()["root"]
        self.assertEqual(spare["id"], original["id"])
        self.assertFalse(spare["backup"])
        self.assertEqual(spare["uses"], {"made": 1, "limit": 9})
        self.pki("key", "restore", self.at("root", "SPARE"), "--backup", "root.backup", "--password-file", "pin", code=FAILED)


class Authorities(Tokens):
    """One command after another, each with its key in the token, and foreign programs behind them."""

    def openssl(self, *words):
        done = subprocess.run(["openssl", *map(str, words)], cwd=self.dir, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, f"openssl {words}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def test_a_csca_certifies_revokes_and_comes_to_its_limit(self):
        self.pki("csca", "create", "--out", "csca", "--key", self.at("csca") + "&x-backup=wrapped", "--password-file", "pin")
        self.assertFalse((self.dir / "csca/csca.key").exists())
        self.assertTrue(self.keys()["csca"]["backup"])
        by_csca = ("--csca", "csca", "--csca-password-file", "pin")
        self.pki("ds", "issue", *by_csca, "--csca-key", self.at("csca"), "--out", "ds", "--key", self.at("ds"), "--password-file", "pin")
        self.pki("crl", "issue", *by_csca, "--key", self.at("csca"), "--out", "csca.crl")
        for kind, file in (("csca", "csca/csca.cer"), ("ds", "ds/ds.cer")):
            self.openssl("x509", "-inform", "DER", "-in", file, "-out", f"{kind}.pem")
        self.assertIn("verify OK", self.openssl("crl", "-inform", "DER", "-in", "csca.crl", "-CAfile", "csca.pem", "-noout"))
        self.pki("pack", "signer", "--out", "packs", "--key", self.at("pack"), "--password-file", "pin")
        self.pki("pack", "make", "--csca", "csca/csca.cer", "--crl", "csca.crl", "--number", 1, "--signer", "packs/pack.cer", "--key", self.at("pack"),
                 "--password-file", "pin", "--out", "a.pack")
        self.pki("pack", "verify", "a.pack", "--pack-signer", "packs/pack.cer")
        self.assertLessEqual({"csca", "ds", "pack"}, set(self.keys()))
        # Two more signatures, and no third: the count stands in the token, whichever command asks.
        self.pki("key", "limit", self.at("csca"), "--uses", 2, "--password-file", "pin")
        for name in ("ds-2", "ds-3"):
            self.pki("ds", "issue", *by_csca, "--csca-key", self.at("csca"), "--out", name, "--key", self.at(name), "--password-file", "pin")
        spent = self.pki("ds", "issue", *by_csca, "--csca-key", self.at("csca"), "--out", "ds-4", "--key", self.at("ds-4"), "--password-file", "pin", code=FAILED)
        self.assertIn("the 2 signatures that it may make", spent.stderr)
        self.assertFalse((self.dir / "ds-4/ds.cer").exists())
        self.assertNotIn("ds-4", self.keys(), "the new key certified nothing and is gone again")

    def test_a_wrong_pin_and_an_absent_key_make_nothing(self):
        self.pki("csca", "create", "--out", "other", "--password-file", "password")
        absent = self.pki("ds", "issue", "--csca", "other", "--csca-password-file", "pin", "--csca-key", self.at("nobody"), "--out", "other", "--key",
                          self.at("other-ds"), "--password-file", "pin", code=FAILED)
        self.assertIn("no pair of keys is called 'nobody'", absent.stderr)
        self.assertFalse((self.dir / "other/ds.cer").exists())
        self.assertNotIn("other-ds", self.keys())
        refused = self.pki("key", "list", self.at("", "SPARE"), "--password-file", "wrong", code=FAILED)
        self.assertIn("the token refuses the PIN; one try is spent", refused.stderr)
        again = self.pki("key", "list", self.at("", "SPARE"), "--password-file", "wrong", code=FAILED)
        self.assertIn("none is spent here", again.stderr)

    def test_the_inspection_pki_is_certified_from_tokens(self):
        self.pki("cvca", "create", "--out", "cvca", "--holder", "VNCVCAVN001", "--key", self.at("cvca"), "--password-file", "pin")
        self.pki("dv", "request", "--out", "dv", "--holder", "VNDVPOLVN001", "--authority", "VNCVCAVN001", "--key", self.at("dv"), "--password-file", "pin")
        self.pki("dv", "issue", "--cvca", "cvca", "--cvca-key", self.at("cvca"), "--cvca-password-file", "pin", "--request", "dv/dv.cvreq", "--first",
                 "--out", "dv/dv.cvcert")
        self.pki("is", "request", "--out", "is", "--holder", "VNISGATE7VN001", "--authority", "VNDVPOLVN001", "--password-file", "password")
        self.pki("is", "issue", "--dv", "dv", "--dv-key", self.at("dv"), "--dv-password-file", "pin", "--request", "is/is.cvreq", "--first", "--out",
                 "is/is.cvcert")
        self.pki("cvc", "verify", "is/is.cvcert", "--with", "dv/dv.cvcert", "--anchor", "cvca/cvca.cvcert")
        known = self.dir / "known"
        known.mkdir()
        for holder, file in (("VNCVCAVN001", "cvca/cvca.cvcert"), ("VNDVPOLVN001", "dv/dv.cvcert")):
            shutil.copy(self.dir / file, known / holder)
        done = subprocess.run(["cvc-print", "-c", self.dir / "dv/dv.cvcert", "--cvc-dir", known], capture_output=True, text=True, timeout=60)
        self.assertIn("certificate verified", (done.stdout + done.stderr).strip().splitlines()[-1].lower())


class MasterKey(Tokens):
    def signer(self, *words):
        return self.run_program("cccd-signer", *words)

    def test_a_signer_has_one_master_key(self):
        self.pki("key", "generate", self.at("card-master"), "--kind", "AES-128", "--password-file", "pin")
        self.pki("csca", "create", "--out", "csca", "--password-file", "password")
        self.pki("ds", "issue", "--csca", "csca", "--csca-password-file", "password", "--out", "ds", "--password-file", "password")
        for data, more in (("file", ["--master-key-kind", "AES-256"]), ("token", ["--master-key-in-token"])):
            self.assertEqual(self.signer("init", "--data", data, "--password-file", "password", *more).returncode, DONE)
        for wrong in (["--master-key-kind", "AES-512"], ["--master-key-kind", "AES-256", "--master-key-in-token"]):
            self.assertEqual(self.signer("init", "--data", "wrong", "--password-file", "password", *wrong).returncode, WRONG)
        self.assertTrue((self.dir / "file/keys/card-master.json").exists())
        self.assertFalse((self.dir / "token/keys/card-master.json").exists())
        serve = ["serve", "--socket", self.dir / "socket", "--ds-cert", "ds/ds.cer", "--ds-key", "ds/ds.key", "--password-file", "password"]
        in_token = ["--master-key", self.at("card-master"), "--master-key-password-file", "pin"]
        both = self.signer(*serve, "--data", "file", *in_token)
        self.assertEqual(both.returncode, FAILED)
        self.assertIn("is there as well as --master-key", both.stderr)
        neither = self.signer(*serve, "--data", "token")
        self.assertEqual(neither.returncode, FAILED)
        self.assertIn("card-master.json", neither.stderr)
        absent = self.signer(*serve, "--data", "token", "--master-key", self.at("another"), "--master-key-password-file", "pin")
        self.assertEqual(absent.returncode, FAILED)
        self.assertIn("no secret key is called 'another'", absent.stderr)


if __name__ == "__main__":
    unittest.main()
