"""The hardened card (docs/decisions/cccd-hardened.md), made by the station and read at checkpoints with and without rights: its own number
is read where a person reads it, on the card's face, and EF.DG13 is for inspection systems."""
import re
import subprocess

from stage import SOURCE, READER, JourneyCase, Stage, main

PROFILE = SOURCE / "smartcard/personalization/profiles/cccd-hardened.toml"
POLICY = """version = 1
[access]
pace = "always"
bac = "never"
[checks]
chip_authentication = "always"
[reading]
may_be_refused = [13]
"""
BY_BAC = """version = 1
[access]
pace = "never"
bac = "when-pace-is-not-offered"
[reading]
may_be_refused = [13]
"""
FALLING_BACK = POLICY.replace('"always"', '"when-offered"').replace('"never"', '"when-pace-fails"')


class InspectionStage(Stage):
    """With an inspection PKI: a checkpoint that reads fingers (gate) and one that has no right but its role (desk)."""

    def station_options(self):
        cvc = self.dir / "cvc"
        self.ok("cccd-pki", "cvca", "create", "--out", cvc, "--holder", "VNCVCAVN001", "--password-file", self.password("cvca"))
        self.ok("cccd-pki", "dv", "request", "--out", cvc / "dv", "--holder", "VNDVPOLVN001", "--authority", "VNCVCAVN001", "--password-file",
                self.password("dv"))
        self.ok("cccd-pki", "dv", "issue", "--cvca", cvc, "--cvca-password-file", self.password("cvca"), "--request", cvc / "dv/dv.cvreq", "--first",
                "--out", cvc / "dv/dv.cvcert")
        for name, holder, rights in (("gate", "VNISGATE7VN001", ("--read", "DG3")), ("desk", "VNISDESK1VN001", ("--read", "none"))):
            self.ok("cccd-pki", "is", "request", "--out", cvc / name, "--holder", holder, "--authority", "VNDVPOLVN001", "--password-file",
                    self.password(name))
            self.ok("cccd-pki", "is", "issue", "--dv", cvc / "dv", "--dv-password-file", self.password("dv"), "--request", cvc / name / "is.cvreq",
                    "--first", *rights, "--out", cvc / name / "is.cvcert")
        return ("--cvca", cvc / "cvca.cvcert")

    def is_key(self, name):
        cvc = self.dir / "cvc"
        return ("--is-key", cvc / name / "is.key", "--is-password-file", self.password(name), "--is-chain", cvc / name / "is.cvcert", "--is-chain",
                cvc / "dv/dv.cvcert")


class HardenedCard(JourneyCase):
    make_stage = InspectionStage

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        s = cls.stage
        s.insert(s.new_chip("hardened"))
        cls.person = s.people["adult0"]
        cls.case = s.approved_case(cls.person)
        cls.produced = s.produce(cls.case, "--profile", PROFILE)
        if cls.produced.code != 0:
            raise AssertionError(cls.produced)
        cls.out = s.dir / f"out-{cls.case}"
        face = subprocess.run(["pdftotext", "-layout", cls.out / "card.pdf", "-"], capture_output=True, text=True, check=True).stdout
        (printed,) = re.findall(r"CAN +(\d{6})\b", face)
        cls.can = s.dir / "can.txt"
        cls.can.write_text(printed + "\n")
        s.insert(s.dir / "hardened.state")  # taken out and handed over

    def inspect(self, *words, policy=POLICY):
        file = self.stage.dir / "policy.toml"
        file.write_text(policy)
        return self.stage.run("cccd-verify", "card", "--reader", READER, "--csca", self.stage.dir / "pki/csca.cer", "--policy", file, "--json", *words)

    def assertGenuine(self, result):
        self.assertEqual((result.code, result.json["verdict"], result.json["reasons"]), (0, "GENUINE", []), result)

    @staticmethod
    def steps(result):
        return {step["name"]: step["result"] for step in result.json["steps"]}

    @staticmethod
    def codes(result, severity):
        return [finding["code"] for finding in result.json["findings"] if finding["severity"] == severity]

    def test_its_printed_number_opens_it_and_keeps_back_what_is_for_inspection_systems(self):
        read = self.inspect("--can", self.can)
        self.assertGenuine(read)
        steps = self.steps(read)
        for name in ("pace", "chip_authentication", "active_authentication", "passive_authentication"):
            self.assertEqual(steps[name], "passed", name)
        self.assertEqual((steps["bac"], steps["terminal_authentication"]), ("not_performed", "not_performed"))
        self.assertIn("DG13_NOT_READ", self.codes(read, "note"))
        self.assertNotIn("dg13", read.json["document"])
        self.assertNotIn("fingers", read.json["document"])
        for told in (self.person["ethnicity"], self.person["mother"], self.person["residence"]):
            self.assertNotIn(told, read.out)

    def test_an_inspection_system_reads_it_whole(self):
        read = self.inspect("--can", self.can, *self.stage.is_key("gate"))
        self.assertGenuine(read)
        self.assertEqual(self.steps(read)["terminal_authentication"], "passed")
        self.assertNotIn("DG13_NOT_READ", self.codes(read, "note"))
        self.assertEqual(read.json["document"]["dg13"]["mother"], self.person["mother"])
        self.assertTrue(read.json["document"]["fingers"])

    def test_the_role_opens_dg13_and_the_right_opens_fingers(self):
        read = self.inspect("--can", self.can, *self.stage.is_key("desk"))
        self.assertGenuine(read)
        self.assertEqual(self.steps(read)["terminal_authentication"], "passed")
        self.assertEqual(read.json["document"]["dg13"]["mother"], self.person["mother"])
        self.assertNotIn("fingers", read.json["document"])

    def test_the_zone_opens_it_by_pace_and_never_by_bac(self):
        zone = ("--mrz", self.out / "mrz.txt")
        by_pace = self.inspect(*zone)
        self.assertGenuine(by_pace)
        self.assertEqual(self.steps(by_pace)["pace"], "passed")
        by_bac = self.inspect(*zone, policy=BY_BAC)
        self.assertReasons(by_bac, "NOT GENUINE", "BAC_REFUSED")
        self.assertEqual(self.steps(by_bac)["bac"], "failed")

    def test_a_wrong_number_opens_nothing_and_there_is_no_bac_to_fall_back_to(self):
        wrong = self.stage.dir / "wrong.txt"
        wrong.write_text(self.person["number"][6:] + "\n")  # which opens a card in circulation
        self.assertReasons(self.inspect("--can", wrong), "NOT GENUINE", "PACE_PASSWORD")
        fallen = self.inspect("--can", wrong, "--mrz", self.out / "mrz.txt", policy=FALLING_BACK)
        self.assertReasons(fallen, "NOT GENUINE", "BAC_REFUSED")
        self.assertIn("BAC_FALLBACK", self.codes(fallen, "warn"))

    def test_a_checkpoint_that_expects_dg13_of_everybody_refuses_it_for_that(self):
        usual = self.inspect("--can", self.can, policy="version = 1\n")
        self.assertReasons(usual, "NOT GENUINE", "DG13_NOT_READ")

    def test_its_number_is_on_its_face_and_in_no_log_or_answer(self):
        printed = self.can.read_text().strip()
        self.assertFalse((self.stage.dir / f"station/work/{self.case}/can").exists())
        self.assertNotRegex(self.produced.out + self.produced.err, rf"\b{printed}\b")
        logs = [file for file in self.stage.dir.rglob("*") if file.is_file() and ("log" in file.parts or file.suffix in (".out", ".jsonl"))]
        self.assertGreater(len(logs), 5)
        for file in logs:
            self.assertNotRegex(file.read_bytes().decode(errors="replace"), rf"\b{printed}\b", file)


main()
