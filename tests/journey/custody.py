"""What the PKI's custodians have to come through: a disk that is full while a revocation list is written, a document signer's key
that has leaked, a card that was lost. Every word that is told travels by files, as far as the checkpoint that hears it."""
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from stage import READER, JourneyCase, main

BIN = pathlib.Path(os.environ["CCCD_BUILD_DIR"]) / "bin"

# Run in a mount namespace of its own: $1 is the folder that is a small disk, $2 the folder to write the answers to.
FULL_DISK = """
set -u
mount -t tmpfs -o size=512k disk "$1" || exit 77
cd "$1/.."
cp -r csca/. csca-on-disk/
cccd-pki crl issue --csca csca-on-disk --csca-password-file password --out "$LIST" > "$2/first" || exit 78
second=$(date +%s)
cp "$LIST" "$2/before"
cccd-pki crl revoke "$SERIAL" --csca csca-on-disk --reason-text test > "$2/revoked" || exit 79
dd if=/dev/zero of="$1/ballast" bs=1k status=none 2> /dev/null
until [ "$(date +%s)" -gt "$second" ]; do :; done  # two lists are not of one second
cccd-pki crl issue --csca csca-on-disk --csca-password-file password --out "$LIST" > "$2/full" 2> "$2/full.err"
echo $? > "$2/full.code"
cp "$LIST" "$2/after"
ls "$1" > "$2/left"
rm "$1/ballast"
cccd-pki crl issue --csca csca-on-disk --csca-password-file password --out "$LIST" --json > "$2/again" || exit 80
cp "$LIST" "$2/new"
cp csca-on-disk/csca.cer "$2/csca.cer"
"""


class FullDisk(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="cccd-disk-"))
        self.addCleanup(shutil.rmtree, self.dir)
        (self.dir / "password").write_text("custody\n")
        for folder in ("disk", "answers", "csca-on-disk"):
            (self.dir / folder).mkdir()
        self.pki("csca", "create", "--out", "csca", "--password-file", "password")
        self.pki("ds", "issue", "--csca", "csca", "--csca-password-file", "password", "--out", "ds", "--password-file", "password")
        self.serial = json.loads(self.pki("show", "ds/ds.cer", "--json"))["serial"]

    def pki(self, *words):
        return subprocess.run([BIN / "cccd-pki", *words], cwd=self.dir, check=True, capture_output=True, text=True, timeout=60).stdout

    def fill(self, disk, crl):
        environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "SERIAL": self.serial, "LIST": crl}
        done = subprocess.run(["unshare", "--map-root-user", "--mount", "bash", "-c", FULL_DISK, "bash", self.dir / disk, self.dir / "answers"],
                              env=environment, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        answer = {file.name: file.read_bytes() for file in (self.dir / "answers").iterdir()}
        self.assertEqual(answer["full.code"], b"3\n", answer["full"] + answer["full.err"])
        self.assertEqual(answer["after"], answer["before"], "the old list stays")
        self.assertNotEqual(answer["new"], answer["before"])
        told = json.loads(answer["again"])
        self.assertEqual(told["crl"]["number"], self.number(self.dir / "answers/new"))
        seen = subprocess.run(["openssl", "crl", "-inform", "DER", "-in", self.dir / "answers/new", "-noout", "-text"], check=True, capture_output=True,
                              text=True).stdout
        self.assertIn(f"Serial Number: {self.serial.upper()}", seen)
        lint = subprocess.run([BIN / "cccd-pki", "lint", self.dir / "answers/new", "--issuer", self.dir / "answers/csca.cer", "--previous-crl",
                               self.dir / "answers/before"], capture_output=True, text=True)
        self.assertEqual(lint.returncode, 0, lint.stdout)
        return answer, told

    def number(self, file):
        told = subprocess.run(["openssl", "crl", "-inform", "DER", "-in", file, "-noout", "-crlnumber"], check=True, capture_output=True, text=True).stdout
        return int(told.strip().removeprefix("crlNumber="), 16)

    def test_the_disk_of_the_published_list_is_full(self):
        answer, told = self.fill("disk", str(self.dir / "disk/csca.crl"))
        self.assertIn(b"No space left on device", answer["full.err"])
        self.assertEqual(answer["left"].split(), [b"ballast", b"csca.crl"], "nothing half written is left")
        self.assertTrue(told["published_again"], "it was signed and recorded before, and no second one is made")
        self.assertEqual(told["crl"]["number"], 2)

    def test_the_disk_of_the_book_is_full(self):
        answer, told = self.fill("csca-on-disk", str(self.dir / "csca.crl"))
        self.assertLessEqual(told["crl"]["number"], 3)


class Leak(JourneyCase):
    """Two signed cards; then the key of their signer is out, and one of them had been lost before."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        s = cls.stage
        s.ok("cccd-pki", "pack", "signer", "--out", s.dir / "packs", "--password-file", s.password("packs"))
        s.ok("cccd-pki", "crl", "issue", "--csca", s.dir / "pki", "--csca-password-file", s.password("csca"), "--out", s.dir / "first.crl")
        cls.cases = []
        for n in (0, 1):
            s.insert(s.new_chip(f"chip{n}"))
            case = s.approved_case(s.people[f"adult{n}"])
            for result in (s.produce(case), s.deliver(case)):
                if result.code != 0:
                    raise AssertionError(result)
            cls.cases.append(case)
        cls.number = 0

    def lines(self, text):
        return [json.loads(line) for line in text.splitlines()]

    def signed(self, *words):
        file = self.stage.dir / "cards.jsonl"
        file.write_text(self.stage.ok("cccd-signer", "cards", "--data", self.stage.dir / "signer", *words).out)
        return file

    def pack(self, crl, closed):
        """The status list and the next trust pack, as the checkpoint is given them."""
        s = self.stage
        type(self).number += 1
        due = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
        made = s.ok("cccd-pki", "status", "make", "--cards", self.signed(), *(word for file in closed for word in ("--closed", file)), "--next-due", due,
                    "--out", s.dir / "status.list", "--json").json
        s.ok("cccd-pki", "pack", "make", "--csca", s.dir / "pki/csca.cer", "--crl", crl, "--status-list", s.dir / "status.list", "--number", self.number,
             "--signer", s.dir / "packs/pack.cer", "--key", s.dir / "packs/pack.key", "--password-file", s.password("packs"), "--out", s.dir / "vietnam.pack")
        return made["cards"]

    def at_the_checkpoint(self, n):
        s = self.stage
        s.insert(s.dir / f"chip{n}.state")
        report = s.run("cccd-verify", "card", "--reader", READER, "--mrz", s.dir / f"out-{self.cases[n]}/mrz.txt", "--pack", s.dir / "vietnam.pack",
                       "--pack-signer", s.dir / "packs/pack.cer", "--json").json
        return report["verdict"], [finding["code"] for finding in report["findings"] if finding["severity"] == "fail"]

    def test_1_a_lost_card_is_known_at_the_checkpoint_and_the_other_is_good(self):
        s = self.stage
        self.assertEqual(self.pack(s.dir / "first.crl", []), {})
        self.assertEqual([self.at_the_checkpoint(n)[0] for n in (0, 1)], ["GENUINE", "GENUINE"])
        serial = next(card["serial"] for card in self.lines(self.signed().read_text()) if card["case"] == self.cases[0])
        (s.dir / "lost.jsonl").write_text(json.dumps({"serial": serial, "status": "lost"}) + "\n")
        s.ok("cccd-registry", "card", "close", s.dir / "lost.jsonl", "--data", s.dir / "registry")
        (s.dir / "closed.jsonl").write_text(s.ok("cccd-registry", "card", "closed", "--data", s.dir / "registry").out)
        self.assertEqual(self.pack(s.dir / "first.crl", [s.dir / "closed.jsonl"]), {"lost": 1})
        self.assertEqual(self.at_the_checkpoint(0), ("NOT GENUINE", ["CARD_LOST"]))
        self.assertEqual(self.at_the_checkpoint(1)[0], "GENUINE")

    def test_2_a_signer_leaks_and_every_one_hears_of_it(self):
        s = self.stage
        cards = self.signed("--signed-by", s.dir / "pki/ds.cer")
        drill = ("cccd-pki", "drill", "signer-leaked", s.dir / "pki/ds.cer", "--cards", cards, "--csca", s.dir / "pki", "--json")
        rehearsed = s.ok(*drill, "--rehearse", "--out", s.dir / "drill").json
        self.assertEqual((rehearsed["live"], sum(day["cards"] for day in rehearsed["days"])), (2, 2))
        self.assertFalse((s.dir / "drill/csca.crl").exists())

        told = s.ok(*drill, "--csca-password-file", s.password("csca"), "--out", s.dir / "leak").json
        self.assertEqual(told["days"], rehearsed["days"])
        self.assertEqual([line["replaces"] for line in self.lines((s.dir / "leak/reissue.jsonl").read_text())],
                         [card["serial"] for card in self.lines(cards.read_text())])

        # The list alone, without one word about cards: the signer is revoked.
        self.assertEqual(self.pack(s.dir / "leak/csca.crl", []), {})
        self.assertEqual(self.at_the_checkpoint(1), ("NOT GENUINE", ["DS_REVOKED"]))

        # The register closes the one that was active and tells of the other, which stays lost; the readers hear the graver word.
        closed = s.run("cccd-registry", "card", "close", s.dir / "leak/status.jsonl", "--data", s.dir / "registry", "--json")
        self.assertExit(closed, 1)
        self.assertEqual([finding["code"] for finding in closed.json["findings"]], ["CARD_NOT_ACTIVE"])
        for n in (0, 1):
            person = s.ok("cccd-registry", "show", s.people[f"adult{n}"]["number"], "--data", s.dir / "registry", "--json").json
            self.assertNotIn("active", [card["status"] for card in person["cards"]])
        self.assertEqual(self.pack(s.dir / "leak/csca.crl", [s.dir / "leak/status.jsonl"]), {"revoked": 2})
        self.assertEqual(self.at_the_checkpoint(1), ("NOT GENUINE", ["DS_REVOKED", "CARD_REVOKED"]))

        # Made anew under another signer, the card is good again.
        s.stop_signer()
        shutil.move(s.dir / "pki/ds.cer", s.dir / "pki/leaked.cer")
        shutil.move(s.dir / "pki/ds.key", s.dir / "pki/leaked.key")
        s.ok("cccd-pki", "ds", "issue", "--csca", s.dir / "pki", "--csca-password-file", s.password("csca"), "--out", s.dir / "pki",
             "--password-file", s.password("ds"))
        s.start_signer()
        s.insert(s.new_chip("chip2"))
        case = s.approved_case(s.people["adult1"], reason="RE-LOST")
        self.assertExit(s.produce(case), 0)
        self.cases.append(case)
        self.pack(s.dir / "leak/csca.crl", [s.dir / "leak/status.jsonl"])
        self.assertEqual(self.at_the_checkpoint(2)[0], "GENUINE")


if __name__ == "__main__":
    main()
