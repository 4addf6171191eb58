"""The inspection PKI as separate processes: our certificates before cvc-print, cvc-create's before us, and a DV that renews its readers'."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

PKI = pathlib.Path(os.environ["CCCD_BUILD_DIR"]) / "bin/cccd-pki"


class InspectionPki(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="cccd-cvc-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir)
        for name in ("tls-ca", "gate-tls", "stranger-tls"):
            cls.certify_tls(name)
        cls.made("cvca", "create", "--out", "cvca", "--holder", "VNCVCAVN001")
        cls.made("dv", "request", "--out", "dv", "--holder", "VNDVPOLVN001", "--authority", "VNCVCAVN001")
        cls.made("dv", "issue", "--cvca", "cvca", "--cvca-password-file", "password", "--request", "dv/dv.cvreq", "--first", "--out", "dv/dv.cvcert")
        cls.made("is", "request", "--out", "is", "--holder", "VNISGATE7VN001", "--authority", "VNDVPOLVN001")
        cls.made("is", "issue", "--dv", "dv", "--dv-password-file", "password", "--request", "is/is.cvreq", "--first", "--read", "DG3", "--out", "is/is.cvcert")

    @classmethod
    def run_pki(cls, *words):
        (cls.dir / "password").write_text("correct horse\n")
        return subprocess.run([PKI, *map(str, words)], cwd=cls.dir, capture_output=True, text=True, timeout=60)

    @classmethod
    def made(cls, *words):
        needs = () if words[1] == "issue" and words[0] != "tls" else ("--password-file", "password")
        done = cls.run_pki(*words, *needs)
        if done.returncode != 0:
            raise AssertionError(f"{words}: {done.stdout}{done.stderr}")
        return done

    @classmethod
    def certify_tls(cls, name):
        if name == "tls-ca":
            cls.made("tls", "ca", "--out", "tls-ca")
            cls.made("tls", "issue", "--ca", "tls-ca", "--ca-password-file", "password", "--server", "127.0.0.1", "--out", "dv-tls")
        else:
            client = name.removesuffix("-tls") + "-7"
            cls.made("tls", "issue", "--ca", "tls-ca", "--ca-password-file", "password", "--client", client, "--out", name)

    def last_line_of_cvc_print(self, *files):
        """Of cvc-print for the last file; the others are the certificates that it may look up by name."""
        known = pathlib.Path(tempfile.mkdtemp(dir=self.dir))
        for file in files:
            holder = json.loads(self.run_pki("cvc", "show", file, "--json").stdout)["holder"]
            shutil.copy(self.dir / file, known / holder)
        done = subprocess.run(["cvc-print", "-c", self.dir / files[-1], "--cvc-dir", known], capture_output=True, text=True, timeout=60)
        return (done.stdout + done.stderr).strip().splitlines()[-1].lower()

    def test_openpace_verifies_every_certificate_we_make(self):
        self.assertIn("certificate verified", self.last_line_of_cvc_print("cvca/cvca.cvcert"))
        self.assertIn("certificate verified", self.last_line_of_cvc_print("cvca/cvca.cvcert", "dv/dv.cvcert"))
        self.assertIn("certificate verified", self.last_line_of_cvc_print("cvca/cvca.cvcert", "dv/dv.cvcert", "is/is.cvcert"))
        whole = bytearray((self.dir / "is/is.cvcert").read_bytes())
        whole[-1] ^= 1
        (self.dir / "bent.cvcert").write_bytes(whole)
        self.assertNotIn("certificate verified", self.last_line_of_cvc_print("cvca/cvca.cvcert", "dv/dv.cvcert", "bent.cvcert"))

    def test_openpace_verifies_keys_on_each_curve_and_the_link(self):
        for at, curve in enumerate(("P-256", "P-384", "P-521", "brainpoolP384r1", "brainpoolP512r1"), 1):
            with self.subTest(curve=curve):
                self.made("cvca", "create", "--out", f"c{at}", "--holder", f"VNCURVEVN00{at}", "--curve", curve)
                self.assertIn("certificate verified", self.last_line_of_cvc_print(f"c{at}/cvca.cvcert"))
        self.made("cvca", "succeed", "--cvca", "c1", "--cvca-password-file", "password", "--out", "c1-next", "--holder", "VNCURVEVN00A", "--curve", "P-384")
        self.assertIn("certificate verified", self.last_line_of_cvc_print("c1/cvca.cvcert", "c1-next/link.cvcert"))
        done = self.run_pki("cvc", "verify", "c1-next/cvca.cvcert", "--with", "c1-next/link.cvcert", "--anchor", "c1/cvca.cvcert")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertFalse((self.dir / "c1/ca.db").exists())  # the newest key certifies
        self.made("dv", "request", "--out", "c1-dv", "--holder", "VNDVPOLVN001", "--authority", "VNCURVEVN001", "--curve", "P-256")
        old = self.run_pki("dv", "issue", "--cvca", "c1", "--cvca-password-file", "password", "--request", "c1-dv/dv.cvreq", "--first", "--out", "no.cvcert")
        self.assertEqual(old.returncode, 3, old.stdout)

    def test_certificates_of_openpace_are_read_and_chained(self):
        def create(name, *words):
            subprocess.run(["cvc-create", "--scheme=ECDSA_SHA_256", f"--chr={name}", f"--out-cert={name}.cvcert", *words],
                           cwd=self.dir, check=True, capture_output=True, timeout=60)

        def key(name):
            subprocess.run(f"openssl ecparam -name brainpoolP256r1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -outform DER -out {name}.pkcs8",
                           shell=True, cwd=self.dir, check=True, capture_output=True, timeout=60)
        names = ("DECVCA00001", "DEDV0DE001", "DEIS0DE001")
        for name in names:
            key(name)
        create(names[0], "--role=cvca", "--type=is", "--read-finger", "--read-iris", "--expires=991231", f"--key={names[0]}.pkcs8", f"--sign-with={names[0]}.pkcs8")
        create(names[1], "--role=dv_domestic", "--type=is", "--read-finger", "--expires=991231", f"--key={names[1]}.pkcs8", f"--sign-with={names[0]}.pkcs8", f"--sign-as={names[0]}.cvcert")
        create(names[2], "--role=terminal", "--type=is", "--read-finger", "--read-iris", "--expires=991231", f"--key={names[2]}.pkcs8", f"--sign-with={names[1]}.pkcs8", f"--sign-as={names[1]}.cvcert")
        done = self.run_pki("cvc", "verify", f"{names[2]}.cvcert", "--with", f"{names[1]}.cvcert", "--anchor", f"{names[0]}.cvcert", "--json")
        said = json.loads(done.stdout)
        self.assertTrue(said["good"], said)
        self.assertEqual(said["path"], list(names))
        self.assertEqual(said["reads"], ["DG3"])  # the DV has no right to the iris
        self.assertEqual([finding["code"] for finding in said["findings"]], ["CVC_RIGHTS_NOT_WIDER"])
        # An inspection system straight under the CVCA: openpace calls it verified, we do not.
        create("DEIS0DE002", "--role=terminal", "--type=is", "--read-finger", "--expires=991231", f"--key={names[2]}.pkcs8", f"--sign-with={names[0]}.pkcs8", f"--sign-as={names[0]}.cvcert")
        done = self.run_pki("cvc", "verify", "DEIS0DE002.cvcert", "--anchor", f"{names[0]}.cvcert", "--json")
        self.assertEqual(done.returncode, 1)
        self.assertEqual([finding["code"] for finding in json.loads(done.stdout)["findings"]], ["CVC_ROLE_ORDER"])

    def serve(self):
        ready = self.dir / "dv.ready"
        ready.unlink(missing_ok=True)
        (self.dir / "readers.toml").write_text('[[reader]]\nclient = "gate-7"\nholder = "VNISGATE7"\nread = ["DG3"]\ndays = 7\n')
        process = subprocess.Popen([PKI, "dv", "serve", "--dv", "dv", "--dv-password-file", "password", "--readers", "readers.toml", "--listen", "127.0.0.1:0", "--tls", "dv-tls",
                                    "--tls-password-file", "password", "--client-ca", "tls-ca/ca.pem", "--ready-file", "dv.ready"], cwd=self.dir, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.send_signal, signal.SIGTERM)
        for _ in range(1000):
            if ready.exists() and len(ready.read_text().splitlines()) == 2:
                return ready.read_text().splitlines()[1]
            if process.poll() is not None:
                self.fail(process.stderr.read())
            time.sleep(0.02)
        self.fail("the service is not ready after 20 s")

    def renew(self, url, current, out, tls="gate-tls"):
        return self.run_pki("is", "renew", "--url", url, "--is", current, "--is-password-file", "password", "--out", out, "--password-file", "password", "--tls", tls,
                            "--tls-password-file", "password", "--server-ca", "tls-ca/ca.pem", "--json")

    def test_an_enrolled_reader_renews_and_nobody_else(self):
        url = self.serve()
        done = self.renew(url, "is", "is-2")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(json.loads(done.stdout)["holder"], "VNISGATE7VN002")
        self.assertEqual(json.loads(done.stdout)["reads"], ["DG3"])
        self.assertIn("certificate verified", self.last_line_of_cvc_print("cvca/cvca.cvcert", "dv/dv.cvcert", "is-2/is.cvcert"))
        self.assertEqual(self.renew(url, "is-2", "is-3").returncode, 0)  # by the renewed key

        before = (self.dir / "is-3/is.cvcert").read_bytes()
        (self.dir / "is-3/is.cvcert").unlink()  # as if the answer had been lost: the same request, the same certificate
        self.assertEqual(self.renew(url, "is-2", "is-3").returncode, 0)
        self.assertEqual((self.dir / "is-3/is.cvcert").read_bytes(), before)

        taken = self.renew(url, "is", "is-again")  # another key under a name that was given
        self.assertEqual((taken.returncode, json.loads(taken.stdout)["code"]), (1, "CVREQ_REFERENCE_USED"))
        stranger = self.renew(url, "is-3", "is-4", tls="stranger-tls")
        self.assertEqual((stranger.returncode, json.loads(stranger.stdout)["code"]), (1, "READER_UNKNOWN"))

        readers = self.dir / "readers.toml"  # another reader's name
        readers.write_text(readers.read_text().replace("VNISGATE7", "VNISGATE8"))
        other = self.renew(url, "is-3", "is-4")
        self.assertEqual((other.returncode, json.loads(other.stdout)["code"]), (1, "READER_HOLDER"))
        readers.write_text("")  # struck off
        self.assertEqual(json.loads(self.renew(url, "is-3", "is-4").stdout)["code"], "READER_UNKNOWN")

        events = [json.loads(line)["event"] for line in (self.dir / "dv/log/log.jsonl").read_text().splitlines()]
        self.assertEqual(events, ["is.requested", "is.issued"] * 3 + ["is.requested", "is.refused"])

    def test_a_request_without_the_key_before_it_is_refused(self):
        self.made("is", "request", "--out", "unsigned", "--holder", "VNISGATE9VN001", "--authority", "VNDVPOLVN001")
        done = self.run_pki("is", "issue", "--dv", "dv", "--dv-password-file", "password", "--request", "unsigned/is.cvreq", "--out", "unsigned/is.cvcert")
        self.assertEqual(done.returncode, 1)
        self.assertIn("CVREQ_OUTER_SIGNATURE", done.stdout)
        self.assertFalse((self.dir / "unsigned/is.cvcert").exists())

    def test_nothing_is_overwritten(self):
        again = self.run_pki("cvca", "create", "--out", "cvca", "--holder", "VNCVCAVN009", "--password-file", "password")
        self.assertEqual(again.returncode, 3)
        self.assertIn("already there", again.stderr)


if __name__ == "__main__":
    unittest.main()
