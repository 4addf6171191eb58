"""A signer's custodian witnesses the register's log: real processes, and what each says when the log was rewritten."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["CCCD_SOURCE_DIR"])
BIN = pathlib.Path(os.environ["CCCD_BUILD_DIR"]) / "bin"
sys.path.insert(0, str(SOURCE / "tests/evidence"))
import log_verifier  # noqa: E402


class Witnesses(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="cccd-witness-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)
        cls.password = cls.dir / "password"
        cls.password.write_text("a password of the test\n")
        cls.registry, cls.signer = cls.dir / "registry", cls.dir / "signer"
        for program, home in (("cccd-registry", cls.registry), ("cccd-signer", cls.signer)):
            cls.ok(program, "init", "--data", home, "--password-file", cls.password)
        (cls.registry / "log").mkdir(exist_ok=True)
        shutil.copy(cls.signer / "log.pub", cls.registry / "log/signer.pub")
        (cls.registry / "log/witnesses.toml").write_text('unwitnessed_hours = 24\n\n[[witness]]\nname = "signer"\nkey = "signer.pub"\n')

    @classmethod
    def run_program(cls, *words):
        return subprocess.run([BIN / words[0], *map(str, words[1:])], capture_output=True, text=True, timeout=60)

    @classmethod
    def ok(cls, *words):
        done = cls.run_program(*words)
        if done.returncode != 0:
            raise AssertionError(f"{words}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def ask_the_register(self):
        self.ok("cccd-registry", "answer", "001090990000", "--case", "2026-000001", "--purpose", "issuance", "--data", self.registry,
                "--password-file", self.password)

    def question(self, *more, data=None):
        file = self.dir / "question.json"
        file.write_text(self.ok("cccd-registry", "log", "prove", "--data", data or self.registry, *more))
        return file

    def cosign(self, question):
        return self.run_program("cccd-signer", "log", "cosign", question, "--owner", self.registry / "registry.pub.der", "--data", self.signer,
                                "--password-file", self.password)

    def verdict(self, *more):
        return self.run_program("cccd-registry", "log", "verify", "--json", "--data", self.registry, *more)

    def entries_under(self, line):
        return log_verifier.checkpoint(json.loads(line)["checkpoint"], (self.registry / "registry.pub.der").read_bytes())[0]

    def memory(self):
        return next((self.signer / "witnessed").glob("*.jsonl"))

    def assertSameFindings(self, expected, *more):
        done = self.verdict(*more)
        self.assertEqual(sorted({f["code"] for f in json.loads(done.stdout)["findings"] if f["severity"] == "fail"}), expected, done)
        self.assertEqual(done.returncode, 1 if expected else 0)
        seen = log_verifier.lines_of(self.memory()) if more else ()
        self.assertEqual(log_verifier.verify(self.registry / "log", (self.registry / "registry.pub.der").read_bytes(), seen), expected)

    def test_1_two_rounds(self):
        for entries in (1, 2):
            self.ask_the_register()
            answer = self.cosign(self.question())
            self.assertEqual(answer.returncode, 0, answer.stderr)
            self.assertEqual("WITNESS_FIRST_SEEN" in answer.stderr, entries == 1)
            (self.dir / "answer.json").write_text(answer.stdout)
            self.ok("cccd-registry", "log", "witness", self.dir / "answer.json", "--data", self.registry)
            self.assertEqual(len(log_verifier.lines_of(self.registry / "log/witnesses.jsonl")), entries)
        self.assertSameFindings([])
        self.assertSameFindings([], "--seen", self.memory())
        shutil.copytree(self.registry, self.dir / "after-two")

    def test_2_an_answer_that_somebody_changed_is_not_taken(self):
        text = (self.dir / "answer.json").read_text()
        (self.dir / "changed.json").write_text(text.replace('"witness":"e', '"witness":"f'))
        done = self.run_program("cccd-registry", "log", "witness", self.dir / "changed.json", "--data", self.registry)
        self.assertEqual(done.returncode, 1)
        self.assertIn("LOG_WITNESS_SIGNATURE", done.stdout)

    def test_3_the_witness_refuses_what_does_not_follow(self):
        self.ask_the_register()
        done = self.cosign(self.question("--since", "0"))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("WITNESS_PROOF_FROM_ELSEWHERE", done.stderr)
        self.assertEqual(self.cosign(self.question()).returncode, 0)
        # The register is put back to an older state and goes on from there: another history.
        old = self.cosign(self.question(data=self.dir / "after-two"))
        self.assertIn("WITNESS_ROLLED_BACK", old.stderr)
        shutil.rmtree(self.registry)
        shutil.copytree(self.dir / "after-two", self.registry)
        self.assertSameFindings([])  # nothing in the folder tells
        self.assertSameFindings(["LOG_ROLLED_BACK"], "--seen", self.memory())
        seen = self.entries_under(log_verifier.lines_of(self.memory())[-1])
        while self.entries_under(self.question().read_text()) <= seen:
            self.ask_the_register()
        forked = self.cosign(self.question("--since", seen))
        self.assertEqual((forked.returncode, forked.stdout), (1, ""))
        self.assertIn("WITNESS_FORKED", forked.stderr)
        self.assertSameFindings(["LOG_FORKED"], "--seen", self.memory())

    def test_4_a_log_without_a_checkpoint_has_nothing_to_prove(self):
        done = self.run_program("cccd-signer", "log", "prove", "--data", self.signer)
        self.assertEqual(done.returncode, 3)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)


unittest.main()
