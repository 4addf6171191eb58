"""The good path, and what stays true after it."""
import json
import re
import subprocess

from stage import SOURCE, JourneyCase, main


class IssueOneCard(JourneyCase):
    def test_1_a_card_goes_from_application_to_delivery_and_is_read_again_with_its_mrz_alone(self):
        s = self.stage
        s.insert(s.new_chip("first"))
        case = s.approved_case(s.people["adult0"])
        self.assertExit(s.produce(case), 0)
        self.assertExit(s.deliver(case), 0)
        type(self).case = case
        s.insert(s.dir / "first.state")  # taken out and put back
        report = s.verify_card(case)
        self.assertExit(report, 0)
        self.assertEqual(report.json["verdict"], "GENUINE")
        passed = {step["name"] for step in report.json["steps"] if step["result"] == "passed"}
        self.assertLessEqual({"open", "pace", "read", "passive_authentication", "active_authentication", "chip_authentication", "compare"}, passed)

    def test_2_the_registry_knows_the_card_and_a_second_first_card_is_refused(self):
        s = self.stage
        case = s.open_case(s.people["adult0"])
        self.assertReasons(s.station("case", "vet", case), "NOT ISSUED", "LIVE_CARD")

    def test_3_an_exchange_closes_the_old_card(self):
        s = self.stage
        s.insert(s.new_chip("second"))
        case = s.approved_case(s.people["adult0"], reason="EX-REQ")
        self.assertExit(s.produce(case), 0)
        self.assertExit(s.deliver(case), 0)
        person = s.ok("cccd-registry", "show", s.people["adult0"]["number"], "--data", s.dir / "registry", "--json").json
        self.assertEqual(sorted(card["status"] for card in person["cards"]), ["active", "exchanged"])

    def test_4_delivering_twice_changes_nothing(self):
        s = self.stage
        before = s.ok("cccd-registry", "show", s.people["adult0"]["number"], "--data", s.dir / "registry", "--json").json["cards"]
        s.deliver(self.case)
        after = s.ok("cccd-registry", "show", s.people["adult0"]["number"], "--data", s.dir / "registry", "--json").json["cards"]
        self.assertEqual(before, after)

    def test_5_a_card_without_expiry_says_so_in_its_mrz_and_on_its_face(self):
        s = self.stage
        s.insert(s.new_chip("elder"))
        case = s.approved_case(s.people["elder"])
        self.assertExit(s.produce(case), 0)
        self.assertIn("991231", (s.dir / f"out-{case}/mrz.txt").read_text())
        text = subprocess.run(["pdftotext", s.dir / f"out-{case}/card.pdf", "-"], capture_output=True, text=True, check=True).stdout
        self.assertIn("Không thời hạn", text)
        self.assertEqual(s.verify_card(case).json["verdict"], "GENUINE")

    def test_5_and_a_child_under_six_has_a_card_without_portrait_and_fingers(self):
        s = self.stage
        s.insert(s.new_chip("infant"))
        case = s.approved_case(s.people["infant"], reason="NEW-U14", form="child-2024", portrait=None, fingers=None, fingers_missing="under-six",
                               representative={"number": s.people["adult1"]["number"], "relation": "father"})
        self.assertExit(s.produce(case), 0)
        out = s.dir / f"out-{case}"
        self.assertEqual(sorted(f.name for f in (out / "lds").glob("EF_DG*")), ["EF_DG1.bin", "EF_DG13.bin", "EF_DG14.bin", "EF_DG15.bin"])
        report = s.verify_card(case)
        self.assertEqual(report.json["verdict"], "GENUINE", report)
        self.assertIn("NO_PORTRAIT_CHILD", [finding["code"] for finding in report.json["findings"]])

    def test_5_and_an_old_product_is_written_through_scp02(self):
        s = self.stage
        keys = s.make_transport_keys("old-product", version=0x20)
        s.insert(s.new_chip("old", "--scp02", "75", keys=keys))
        case = s.approved_case(s.people["adult1"])
        shipped = SOURCE / "smartcard/personalization/profiles"
        other = s.produce(case, "--profile", shipped / "virtual-lds.toml", keys=keys)  # who asks for SCP03 is never served by SCP02
        self.assertExit(other, 1)
        self.assertEqual(other.json["reasons"], ["CHIP_UNUSABLE"])
        profile = s.dir / "old.toml"
        profile.write_text((shipped / "virtual-lds-scp02.toml").read_text().replace("option = 0x55", "option = 0x75")
                           .replace("security_level = 0x03", "security_level = 0x13"))
        self.assertExit(s.produce(case, "--profile", profile, keys=keys), 0)
        self.assertEqual(s.verify_card(case).json["verdict"], "GENUINE")

    def test_6_a_flipped_byte_in_any_data_group_or_the_sod_is_not_genuine(self):
        s = self.stage
        folder = s.dir / f"out-{self.case}/lds"
        good = s.run("cccd-verify", "files", folder, "--csca", s.dir / "pki/csca.cer", "--json")
        self.assertExit(good, 0)
        for file in sorted(folder.glob("EF_*.bin")):
            if file.name == "EF_COM.bin":
                continue  # not under the signature (9303-10 §4.6.1)
            whole = file.read_bytes()
            for at in (0, len(whole) // 2, len(whole) - 1):
                file.write_bytes(whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1:])
                bad = s.run("cccd-verify", "files", folder, "--csca", s.dir / "pki/csca.cer", "--json")
                self.assertEqual((bad.code, bad.json["verdict"]), (1, "NOT GENUINE"), f"{file.name} at {at}")
                self.assertTrue(bad.json["reasons"])
            file.write_bytes(whole)

    def test_7_every_log_proves_itself_and_names_nobody(self):
        s = self.stage
        for program, data in (("cccd-station", "station"), ("cccd-registry", "registry")):
            self.assertExit(s.run(program, "log", "verify", "--data", s.dir / data), 0)
        mrz_names = {p["full_name"].split()[-1] for p in s.people.values()}
        self.assertTrue(mrz_names)
        logs = [f for f in s.dir.rglob("*") if f.is_file() and ("log" in f.parts or f.suffix in (".out", ".jsonl"))]
        self.assertGreater(len(logs), 5)
        for file in logs:
            text = file.read_bytes().decode(errors="replace")
            for person in s.people.values():
                self.assertNotIn(person["number"], text, file)
                self.assertNotIn(person["full_name"], text, file)

    def test_8_a_changed_log_entry_and_a_cut_tail_are_found(self):
        s = self.stage
        log = s.dir / "station/log/log.jsonl"
        whole = log.read_text()
        log.write_text(re.sub('"by":"binh"', '"by":"an"', whole, count=1))
        self.assertExit(s.run("cccd-station", "log", "verify", "--data", s.dir / "station"), 1, "LOG_ROOT_MISMATCH")
        log.write_text("".join(whole.splitlines(keepends=True)[:-3]))
        self.assertExit(s.run("cccd-station", "log", "verify", "--data", s.dir / "station"), 1, "LOG_TAIL_CUT")
        log.write_text(whole)
        self.assertExit(s.run("cccd-station", "log", "verify", "--data", s.dir / "station"), 0)


main()
