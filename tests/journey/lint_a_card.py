"""cccd-pki lint on somebody's EF.SOD with its data groups beside it: the synthetic document, whole and spoiled."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

BIN = pathlib.Path(os.environ["CCCD_BUILD_DIR"]) / "bin"
SYNTH = pathlib.Path(os.environ["CCCD_SOURCE_DIR"]) / "tests/vectors/synth"
GROUPS = (1, 2, 11, 12, 13, 14, 15)


class LintACard(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="cccd-lint-"))
        self.addCleanup(shutil.rmtree, self.dir)
        for n in GROUPS:
            shutil.copy(SYNTH / f"EF_DG{n}.bin", self.dir)

    def lint(self, *words, groups=GROUPS):
        beside = [word for n in groups for word in ("--data-group", f"{n}={self.dir}/EF_DG{n}.bin")]
        return subprocess.run([BIN / "cccd-pki", "lint", SYNTH / "EF_SOD_ok_p256_sha256.bin", *beside, *words, "--json"], capture_output=True, text=True,
                              timeout=60)

    def failing(self, done):
        return [finding["code"] for finding in json.loads(done.stdout)["findings"] if finding["severity"] == "fail"]

    def test_its_own_data_groups_fit(self):
        done = self.lint()
        self.assertEqual((done.returncode, self.failing(done)), (0, []))

    def test_a_changed_data_group_does_not(self):
        file = self.dir / "EF_DG13.bin"
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)
        done = self.lint()
        self.assertEqual((done.returncode, self.failing(done)), (1, ["LDSO_HASH_MATCHES"]))

    def test_a_missing_and_an_unlisted_one_are_told(self):
        self.assertEqual(self.failing(self.lint(groups=GROUPS[:-1])), ["LDSO_COVERS_ALL_DGS"])
        shutil.copy(self.dir / "EF_DG11.bin", self.dir / "EF_DG16.bin")
        self.assertEqual(self.failing(self.lint(groups=(*GROUPS, 16))), ["LDSO_COVERS_ALL_DGS"])

    def test_what_names_no_data_group_is_used_wrongly(self):
        for word in ("EF_DG1.bin", "17=EF_DG1.bin", "0=EF_DG1.bin", "=EF_DG1.bin", "1x=EF_DG1.bin"):
            self.assertEqual(self.lint("--data-group", word, groups=()).returncode, 2, word)
        self.assertEqual(self.lint("--data-group", f"1={self.dir}/EF_DG1.bin").returncode, 2, "twice")
        self.assertEqual(self.lint("--data-group", f"1={self.dir}/missing", groups=()).returncode, 3)


if __name__ == "__main__":
    unittest.main()
