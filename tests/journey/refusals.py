"""What is refused on the way to a card, and what the machine says when it fails: one clear line, the right exit code."""
import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import unittest

from stage import BIN, READER, JourneyCase, main


class Applications(JourneyCase):
    def test_every_field_of_an_application_is_checked_and_named(self):
        s = self.stage
        wrong = {"number": ["", 7, "x" * 40], "full_name": ["", 7, "A|B", "  "], "birth": ["1990-02-30", "01/01/1990", ""], "sex": ["male", ""],
                 "reason": ["BECAUSE", ""], "form": ["adult-1999"], "marks": [7, "a\nb"], "portrait": [7, "missing.jpg"],
                 "fingers": [7, [], ["right_index.jpg"], [{"position": "right_toe", "image": "right_index.jpg"}]], "fingers_missing": [7, "forgotten", "amputated"]}
        for field, values in wrong.items():
            for value in [*values, None]:
                if value is None and field in ("portrait", "fingers", "fingers_missing"):
                    continue  # whether they may be missing is vetting's question
                with self.subTest(field=field, value=value):
                    result = s.station("case", "open", s.application(s.people["adult0"], **{field: value}), officer="an")
                    self.assertExit(result, 1, "APPLICATION_MALFORMED", field)
        for text in ("", "{", "[]", "7", '{"number": "001090000100"'):
            file = s.dir / "broken.json"
            file.write_text(text)
            self.assertExit(s.station("case", "open", file, officer="an"), 1, "APPLICATION_MALFORMED")
        self.assertOneLine(s.station("case", "open", s.dir / "nowhere.json", officer="an"), 3, "nowhere.json")

    def test_a_card_without_fingers_needs_a_reason_that_both_approvers_are_told(self):
        s = self.stage
        case = s.open_case(s.people["adult20"], fingers=None)
        self.assertReasons(s.station("case", "vet", case), "NOT ISSUED", "FINGERS_MISSING")
        case = s.open_case(s.people["adult21"], fingers=None, fingers_missing="under-six")
        self.assertReasons(s.station("case", "vet", case), "NOT ISSUED", "FINGERS_AGE_MISMATCH")
        case = s.open_case(s.people["adult22"], fingers=None, fingers_missing="amputated")
        self.assertExit(s.station("case", "vet", case), 0, "FINGERS_NOT_TAKEN")
        for officer in ("binh", "chi"):
            self.assertExit(s.station("case", "approve", case, officer=officer), 0, "FINGERS_NOT_TAKEN", "amputated")

    def test_unknown_dead_and_foreign_applicants_get_no_card(self):
        s = self.stage
        stranger = dict(s.people["adult1"], number="001090999999")
        for person, code in ((stranger, "PERSON_NOT_FOUND"), (s.people["dead"], "PERSON_DEAD"), (s.people["foreign"], "NOT_A_CITIZEN"),
                             (dict(s.people["adult1"], full_name="Nguyễn Văn Mãu"), "NAME_DIFFERS"), (dict(s.people["adult1"], birth="1990-03-03"), "BIRTH_DIFFERS"),
                             (dict(s.people["adult1"], sex="Nữ"), "SEX_DIFFERS"), (s.people["child"], "AGE_REASON_MISMATCH"),
                             (dict(s.people["adult1"], number="0010900001"), "NUMBER_MALFORMED")):
            with self.subTest(code=code):
                case = s.open_case(person, representative={"number": "079190000001", "relation": "mother"})
                self.assertReasons(s.station("case", "vet", case), "NOT ISSUED", code)
                self.assertEqual(s.station("case", "approve", case, officer="binh").code, 1)
                self.assertEqual(s.produce(case).json["verdict"], "NOT ISSUED")


class Approvals(JourneyCase):
    def checked(self, n):
        case = self.stage.open_case(self.stage.people[f"adult{n}"])
        self.assertExit(self.stage.station("case", "vet", case), 0)
        return case

    def test_one_officer_alone_gets_no_card_whatever_he_calls_himself(self):
        s = self.stage
        s.insert(s.new_chip("approvals"))
        s.add_officer("binh2", "P-0002", "approver")
        case = self.checked(0)
        self.assertReasons(s.produce(case), "NOT ISSUED", "APPROVAL_MISSING")
        self.assertExit(s.station("case", "approve", case, officer="binh"), 0)
        self.assertReasons(s.produce(case), "NOT ISSUED", "APPROVAL_MISSING")
        for account, code in (("binh", "APPROVERS_NOT_DISTINCT"), ("binh2", "APPROVERS_NOT_DISTINCT"), ("an", "APPROVER_IS_RECEIVER")):
            with self.subTest(account=account):
                self.assertReasons(s.station("case", "approve", case, officer=account), "NOT ISSUED", code)
        self.assertReasons(s.produce(case), "NOT ISSUED", "APPROVAL_MISSING")

    def test_an_officer_whom_only_the_station_knows_does_not_count_at_the_signer(self):
        s = self.stage
        s.insert(s.new_chip("rogue"))
        s.add_officer("rogue", "P-0666", "approver", trusted=False)
        case = self.checked(1)
        self.assertExit(s.station("case", "approve", case, officer="binh"), 0)
        self.assertExit(s.station("case", "approve", case, officer="rogue"), 0)
        self.assertReasons(s.produce(case), "NOT ISSUED", "OFFICER_NOT_TRUSTED")

    def test_an_approval_of_another_case_is_not_counted(self):
        """A database administrator copies an approval from one case to another."""
        s = self.stage
        s.insert(s.new_chip("replay"))
        other, case = self.checked(2), self.checked(3)
        for account in ("binh", "chi"):
            self.assertExit(s.station("case", "approve", other, officer=account), 0)
        self.assertExit(s.station("case", "approve", case, officer="binh"), 0)
        with sqlite3.connect(s.dir / "station/station.db") as db:
            (order,) = db.execute("SELECT sha256 FROM orders WHERE case_id = ?", [case]).fetchone()
            moved = db.execute("UPDATE approvals SET order_sha256 = ? WHERE account = 'chi'", [order]).rowcount
        self.assertEqual(moved, 1)
        self.assertReasons(s.produce(case), "NOT ISSUED", "APPROVAL_REPLAYED")

    def test_a_state_written_into_the_database_by_hand_opens_no_door(self):
        s = self.stage
        s.insert(s.new_chip("by-hand"))
        case = self.checked(4)
        with sqlite3.connect(s.dir / "station/station.db") as db:
            for i, (was, now) in enumerate((("checked", "approved-once"), ("approved-once", "approved"))):
                db.execute("INSERT INTO arrows (case_id, event, from_state, to_state, by_account, begun_at, ended_at, intent_entry, outcome_entry)"
                           " SELECT case_id, 'approve', ?, ?, 'binh', begun_at, ended_at, intent_entry + ?, outcome_entry + ? FROM arrows"
                           " WHERE case_id = ? AND event = 'vet'", [was, now, 1000 + i, 2000 + i, case])
        self.assertEqual(s.station("case", "show", case, password=False).json["state"], "approved")
        self.assertReasons(s.produce(case), "NOT ISSUED", "APPROVAL_MISSING")


class Machine(JourneyCase):
    def test_a_chip_outside_the_stock_is_not_used(self):
        s = self.stage
        s.insert(s.new_chip("foreign", stock=False))
        self.assertReasons(s.produce(s.approved_case(s.people["adult0"])), "NOT ISSUED", "CHIP_NOT_IN_STOCK")

    def test_a_card_that_is_not_blank_is_refused(self):
        s = self.stage
        s.insert(s.new_chip("used"))
        case = s.approved_case(s.people["adult1"])
        self.assertExit(s.produce(case), 0)
        other = s.approved_case(s.people["adult2"])
        result = s.produce(other)
        self.assertEqual((result.code, result.json["verdict"]), (1, "NOT ISSUED"), result)
        self.assertTrue({"CHIP_NOT_BLANK", "CHIP_ALREADY_ASSIGNED"} & set(result.json["reasons"]), result)

    def test_a_card_with_other_transport_keys_is_never_tried_twice_with_them(self):
        s = self.stage
        state = s.new_chip("wrong-keys", keys=s.make_transport_keys("other"))
        s.insert(state)
        case = s.approved_case(s.people["adult3"])
        for _ in range(3):
            self.assertReasons(s.produce(case), "NOT ISSUED", "CHIP_KEYS_WRONG")
        s.remove_chip()
        self.assertNotIn("63", json.dumps(json.loads(state.read_text()).get("tries", "")))

    def test_no_reader_no_card_no_service_are_one_line_each(self):
        s = self.stage
        case = s.approved_case(s.people["adult4"])
        s.remove_chip()
        self.assertOneLine(s.produce(case), 3, READER)
        self.assertOneLine(s.station("produce", case, "--reader", "No Such Reader", "--transport-keys", s.transport_keys), 3, "No Such Reader")
        card = ["card", "--mrz", s.dir / "portrait.jpg", "--csca", s.dir / "pki/csca.cer"]
        dead = {"PCSCLITE_CSOCK_NAME": str(s.dir / "no-socket")}
        mrz = s.dir / "mrz.txt"
        mrz.write_text("IDVNM0900000007001090000000<<8\n9001011M3001019VNM<<<<<<<<<<<4\nNGUYEN<<VAN<MAU<<<<<<<<<<<<<<<\n")
        card[2] = mrz
        self.assertOneLine(s.run("cccd-verify", *card, environment=dead), 3)
        self.assertOneLine(s.run("cccd-verify", *card), 3)

    def test_a_stopped_signer_is_one_line_and_nothing_is_lost(self):
        s = self.stage
        s.insert(s.new_chip("patient"))
        case = s.approved_case(s.people["adult5"])
        s.stop_signer()
        self.assertOneLine(s.produce(case), 3, "cccd-signer")
        s.start_signer()
        self.assertExit(s.produce(case), 0)
        self.assertEqual(s.verify_card(case).json["verdict"], "GENUINE")

    @unittest.skipUnless(shutil.which("faketime"), "faketime is not installed")
    def test_a_wrong_clock_is_one_line(self):
        s = self.stage
        folder = s.dir / "empty"
        folder.mkdir(exist_ok=True)
        for command in (["cccd-station", "case", "vet", "2026-000001", "--data", s.dir / "station", "--password-file", s.password("station")],
                        ["cccd-pki", "csca", "create", "--out", folder, "--password-file", s.password("csca")]):
            done = subprocess.run(["faketime", "-f", "2001-01-01 00:00:00", BIN / command[0], *map(str, command[1:])], capture_output=True, text=True,
                                  env=os.environ | {"ASAN_OPTIONS": "verify_asan_link_order=0"}, timeout=60)
            lines = [line for line in done.stderr.splitlines() if line.startswith("cccd-")]
            self.assertEqual((done.returncode, len(lines)), (3, 1), done.stderr)
            self.assertIn("clock", lines[0])

    def test_a_flipped_byte_in_any_of_our_own_files_is_one_line_or_a_refusal(self):
        s = self.stage
        files = [f for part in ("station", "pki") for f in sorted((s.dir / part).rglob("*"))
                 if f.suffix in (".key", ".cer", ".toml", ".der") and f.is_file()]
        self.assertGreater(len(files), 8)
        for file in files:
            whole = file.read_bytes()
            at = secrets.randbelow(len(whole) // 2) + len(whole) // 4
            file.write_bytes(whole[:at] + bytes([whole[at] ^ 0x01]) + whole[at + 1:])
            try:
                with self.subTest(file=file.name, at=at):
                    for result in (s.station("case", "list", password=False), s.run("cccd-pki", "show", file)):
                        self.assertIn(result.code, (0, 1, 3), result)
                        self.assertNotIn("Sanitizer", result.err)
            finally:
                file.write_bytes(whole)


class CommandLines(JourneyCase):
    def test_every_program_helps_and_refuses_what_it_does_not_know(self):
        for program in ("cccd-pki", "cccd-registry", "cccd-station", "cccd-signer", "cccd-verify", "cccd-chip", "cccd-proof"):
            with self.subTest(program=program):
                self.assertExit(self.stage.run(program, "--help"), 0, "Example:")
                self.assertExit(self.stage.run(program, "--version"), 0, program)
                self.assertOneLine(self.stage.run(program, "--no-such-option"), 2)


main()
