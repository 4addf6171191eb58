"""A station without network: it vets by a signed extract and collects approvals; the card waits for the registry."""
import shutil
import sqlite3

from stage import JourneyCase, main


class Offline(JourneyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        s = cls.stage
        cls.numbers = s.dir / "numbers.txt"
        cls.numbers.write_text("# this week's applicants\n" + "".join(s.people[name]["number"] + "\n" for name in sorted(s.people)))
        cls.load_extract("first")

    @classmethod
    def load_extract(cls, name):
        s = cls.stage
        file = s.dir / f"{name}.extract"
        s.ok("cccd-registry", "extract", "--numbers", cls.numbers, "--out", file, "--data", s.dir / "registry", "--password-file",
             s.password("registry"))
        return file, s.station("extract", "load", file)

    def state(self, case):
        return self.stage.station("case", "show", case, password=False).json["state"]

    def approved_offline(self, person, **changes):
        case = self.stage.open_case(person, **changes)
        self.stage.stop_registry()
        vetted = self.stage.station("case", "vet", case)
        self.assertExit(vetted, 0, "REGISTRY_QUEUED")
        self.assertEqual(vetted.json["state"], "checked")
        for officer in ("binh", "chi"):
            self.assertExit(self.stage.station("case", "approve", case, officer=officer), 0)
        return case

    def cards(self, person):
        return self.stage.ok("cccd-registry", "show", person["number"], "--data", self.stage.dir / "registry", "--json").json["cards"]

    def test_1_a_case_is_vetted_and_approved_without_the_registry_and_the_card_waits_for_it(self):
        s = self.stage
        s.insert(s.new_chip("offline"))
        case = self.approved_offline(s.people["adult0"])
        self.assertOneLine(s.produce(case), 3, "registry")
        self.assertEqual(self.state(case), "approved")
        s.start_registry()
        self.assertExit(s.produce(case), 0)
        s.insert(s.dir / "offline.state")
        self.assertEqual(s.verify_card(case).json["verdict"], "GENUINE")
        self.assertExit(s.deliver(case), 0)
        self.assertEqual([card["status"] for card in self.cards(s.people["adult0"])], ["active"])

    def test_2_a_death_since_the_extract_ends_the_case_before_anything_is_signed(self):
        s = self.stage
        s.insert(s.new_chip("late"))
        case = self.approved_offline(s.people["adult1"])
        s.ok("cccd-registry", "event", "death", s.people["adult1"]["number"], "--on", "2026-11-01", "--data", s.dir / "registry")
        s.start_registry()
        result = s.produce(case)
        self.assertExit(result, 1, "LIVE_ANSWER_DIFFERS", "PERSON_DEAD")
        self.assertEqual(self.state(case), "refused")

    def test_3_what_waited_is_delivered_once_even_when_the_station_died_in_between(self):
        s = self.stage
        case = self.approved_offline(s.people["adult2"])
        refused = s.station("case", "refuse", case, "--reason", "Công dân rút hồ sơ", "--legal", "Luật 26/2023/QH15 Đ23", officer="binh")
        self.assertExit(refused, 0)
        self.assertOneLine(s.station("sync"), 3, "registry")
        with sqlite3.connect(s.dir / "station/station.db") as store:  # so that the copy below is whole
            store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = s.dir / "before-sync.db"
        shutil.copy(s.dir / "station/station.db", before)
        s.start_registry()
        self.assertEqual(s.station("sync").json["delivered"], 2)
        shutil.copy(before, s.dir / "station/station.db")  # as after a crash between delivery and deletion
        again = s.station("sync")
        self.assertExit(again, 0)
        self.assertEqual((again.json["delivered"], again.json["waiting"]), (2, 0))
        self.assertEqual(s.station("sync").json["delivered"], 0)
        # The number is free: another case takes it.
        other = s.open_case(s.people["adult2"])
        self.assertExit(s.station("case", "vet", other), 0)

    def test_4_a_case_opened_elsewhere_in_the_meantime_holds_ours(self):
        s = self.stage
        case = self.approved_offline(s.people["adult3"])
        s.ok("cccd-registry", "mark", s.people["adult3"]["number"], "--case", "ELSEWHERE-7", "--state", "open", "--data", s.dir / "registry")
        s.start_registry()
        result = s.station("sync")
        self.assertExit(result, 1, "OPEN_CASE")
        self.assertEqual(result.json["held"], [case])
        self.assertEqual(self.state(case), "held")

    def test_5_a_policy_of_the_signer_may_let_a_young_extract_be_enough(self):
        s = self.stage
        settings = s.dir / "signer/signer.toml"
        s.insert(s.new_chip("policy"))
        case = self.approved_offline(s.people["adult4"])
        self.assertExit(s.produce(case, "--offline"), 1, "LIVE_ANSWER_MISSING")
        whole = settings.read_text()
        self.assertIn("extract_max_age_hours = 0", whole)
        settings.write_text(whole.replace("extract_max_age_hours = 0", "extract_max_age_hours = 24"))
        s.stop_signer()
        s.start_signer()
        try:
            self.assertExit(s.produce(case, "--offline"), 0)
        finally:
            settings.write_text(whole)
            s.stop_signer()
            s.start_signer()
        self.assertOneLine(s.deliver(case), 3, "sync")  # earlier changes wait
        delivered = s.station("deliver", case, "--offline", officer="an")
        self.assertExit(delivered, 0, "REGISTRY_QUEUED")
        self.assertEqual(self.cards(s.people["adult4"]), [])
        s.start_registry()
        self.assertExit(s.station("sync"), 0)
        self.assertEqual([card["status"] for card in self.cards(s.people["adult4"])], ["active"])

    def test_6_a_changed_or_older_extract_is_not_taken_in(self):
        s = self.stage
        newer, loaded = self.load_extract("newer")
        self.assertExit(loaded, 0)
        self.assertReasons(s.station("extract", "load", s.dir / "first.extract"), "NOT ISSUED", "EXTRACT_OLDER")
        lines = newer.read_text().splitlines(keepends=True)
        bad = s.dir / "bad.extract"
        bad.write_text("".join(lines[:5] + lines[6:]))
        self.assertExit(s.station("extract", "load", bad), 1, "EXTRACT_DAMAGED")
        bad.write_text("".join(lines[:5] + [lines[5][:-9] + "AAAAAAAA\n"] + lines[6:]))
        self.assertExit(s.station("extract", "load", bad), 1, "EXTRACT_NOT_TRUSTED")

    def test_7_both_logs_prove_themselves_and_name_nobody(self):
        s = self.stage
        for program, data in (("cccd-station", "station"), ("cccd-registry", "registry")):
            self.assertExit(s.run(program, "log", "verify", "--data", s.dir / data), 0)
        for data in ("station", "registry", "signer"):
            text = (s.dir / data / "log/log.jsonl").read_text()
            for person in s.people.values():
                self.assertNotIn(person["number"], text)


main()
