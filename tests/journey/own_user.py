"""The signer as its own system user: started as root it becomes that user for good, before it opens anything."""
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

BIN = pathlib.Path(os.environ["CCCD_BUILD_DIR"]) / "bin"
USER = pwd.getpwnam("daemon")  # on every Debian system, and it owns nothing
DONE, FAILED = 0, 3


class OwnUser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="cccd-own-user-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir)
        cls.dir.chmod(0o755)  # others may pass; what is inside is the signer's own
        cls.signer = shutil.copy(BIN / "cccd-signer", cls.dir)  # as installed: the build may lie where only root may go
        password = cls.dir / "password"
        password.write_text("correct horse\n")
        password.chmod(0o600)
        for words in (("cccd-pki", "csca", "create", "--out", "pki", "--password-file", "password"),
                      ("cccd-pki", "ds", "issue", "--csca", "pki", "--csca-password-file", "password", "--out", "pki", "--password-file", "password"),
                      ("cccd-signer", "init", "--data", "signer", "--password-file", "password")):
            subprocess.run([BIN / words[0], *words[1:]], cwd=cls.dir, check=True, capture_output=True, timeout=60)
        (cls.dir / "run").mkdir()
        for path in [cls.dir / name for name in ("password", "pki", "signer", "run")]:
            for one in [path, *path.rglob("*")]:
                os.chown(one, USER.pw_uid, USER.pw_gid)

    def serve(self, become, **started):
        return subprocess.Popen([self.signer, "serve", "--data", "signer", "--socket", "run/socket", "--ds-cert", "pki/ds.cer", "--ds-key", "pki/ds.key",
                                 "--password-file", "password", "--ready-file", "run/ready", "--user", become], cwd=self.dir, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, **started)

    def await_ready(self, signer):
        for _ in range(1500):
            if (self.dir / "run/ready").exists():
                return
            if signer.poll() is not None:
                self.fail(f"the signer ended with {signer.returncode}: {signer.stderr.read()}")
            time.sleep(0.02)
        self.fail("the signer is not ready")

    def status_of(self, process):
        lines = pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines()
        return dict(line.split(":\t", 1) for line in lines if ":\t" in line)

    def test_becomes_that_user_for_good(self):
        signer = self.serve(USER.pw_name)
        self.addCleanup(signer.stderr.close)
        self.addCleanup(signer.stdout.close)
        self.addCleanup(signer.wait)
        self.addCleanup(signer.kill)
        self.await_ready(signer)
        status = self.status_of(signer)
        self.assertEqual(status["Uid"].split(), [str(USER.pw_uid)] * 4)
        self.assertEqual(status["Gid"].split(), [str(USER.pw_gid)] * 4)
        self.assertEqual(int(status["CapEff"], 16), 0)
        self.assertNotIn("0", status["Groups"].split())
        socket = (self.dir / "run/socket").stat()
        self.assertEqual((socket.st_uid, socket.st_mode & 0o777), (USER.pw_uid, 0o660))
        signer.send_signal(signal.SIGTERM)
        self.assertEqual(signer.wait(60), DONE)

    def refused(self, become, **started):
        signer = self.serve(become, **started)
        _, said = signer.communicate(timeout=60)
        self.assertEqual(signer.returncode, FAILED, said)
        self.assertEqual(len(said.splitlines()), 1)
        return said

    def test_says_what_stands_in_the_way(self):
        self.assertIn("the system knows no such user", self.refused("no-such-user"))
        self.assertIn("start the program as root or as this user", self.refused("nobody", user=USER.pw_uid, group=USER.pw_gid, extra_groups=[]))


if __name__ == "__main__":
    unittest.main()
