"""A commune police officer is paid to confirm foreigners: from his signed statement to the order that is not made.

The statements are genuine, of officers whom the register believes; they are recorded, told in the signed answer and judged at the
station. What is withstood is counted out in docs/threat-model.md; here the real programs walk it once.
"""
import json
import subprocess
import unittest

from stage import JourneyCase, citizens, main

COMMUNE = (("xuan", "C-XUAN", "001-CX-0001"), ("yen", "C-YEN", "001-CX-0002"))  # the second is bought as well, in another office
LAW = "Luật 26/2023/QH15 Đ19.1"


class BribedCommune(JourneyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        s = cls.stage
        (s.dir / "paper").write_text("what two neighbors say")
        for account, person, office in COMMUNE:
            key = s.dir / f"{account}.key"
            made = subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], check=True, capture_output=True)
            subprocess.run(["openssl", "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256", "-iter", "1000", "-passout",
                            f"file:{s.password(account)}", "-out", key], input=made.stdout, check=True)
            subprocess.run(["openssl", "pkey", "-pubout", "-out", s.dir / f"{account}.pub"], input=made.stdout, check=True)
            cls.registry("officer", "add", s.dir / f"{account}.pub", "--person", person, *cls.claim(account, office), "--password-file",
                         s.password("registry"))

    @classmethod
    def registry(cls, *words):
        return cls.stage.ok("cccd-registry", *words, "--data", cls.stage.dir / "registry")

    @staticmethod
    def claim(account, office):
        return "--account", account, "--office", office, "--force", "commune-police"

    def confirm(self, number, account, office, kind):
        """The officer signs, and the register takes the statement in."""
        s = self.stage
        signed = s.ok("cccd-registry", "attestation", "sign", number, "--kind", kind, *self.claim(account, office), "--evidence", "witnesses",
                      "--evidence-file", s.dir / "paper", "--key", s.dir / f"{account}.key", "--password-file", s.password(account))
        (s.dir / "statement.jws").write_text(signed.out)
        self.registry("attestation", "add", s.dir / "statement.jws", "--password-file", s.password("registry"))

    def stranger(self, n):
        """Entered into the register with nobody's word for it: no source vouches for the line."""
        person = dict(citizens()["adult0"], number=f"00109009900{n}", full_name=f"Lý Văn Lạ {'ABC'[n]}n", birth=f"199{n}-07-1{n}", father="Lý Văn Xa",
                      mother="Hoàng Thị Xa")
        table = self.stage.dir / f"stranger{n}.csv"
        table.write_text(",".join(person) + "\n" + ",".join(f'"{value}"' for value in person.values()) + "\n")
        self.registry("import", table)
        return person

    def assertNoOrder(self, case):
        s = self.stage
        for account in ("binh", "chi"):
            self.assertEqual(s.station("case", "approve", case, officer=account).code, 1)
        s.insert(s.new_chip(f"for-{case}"))
        produced = s.produce(case)
        self.assertEqual((produced.code, produced.json["verdict"]), (1, "NOT ISSUED"), produced)
        self.assertNotIn("order", (s.dir / "signer/log/log.jsonl").read_text(), "the signer never heard of an order")

    def test_a_foreigner_whom_one_commune_officer_calls_a_citizen_gets_no_order(self):
        s, person = self.stage, self.stranger(0)
        for kind in ("citizenship", "birth"):
            self.confirm(person["number"], *COMMUNE[0][::2], kind)
        case = s.open_case(person)
        self.assertReasons(s.station("case", "vet", case), "NOT ISSUED", "CITIZENSHIP_COMMUNE_ALONE", "CITIZENSHIP_ONE_OFFICER", "LATE_ONE_SOURCE",
                           "RECORD_NOT_ATTESTED")
        self.assertNoOrder(case)
        # The statement is on record with his name, for whoever asks later.
        listed = json.loads(self.registry("attestation", "list", person["number"], "--json").out)["attestations"]
        self.assertEqual({(a["officer"], a["office"], a["late"]) for a in listed if a["kind"] == "birth"}, {("C-XUAN", "001-CX-0001", True)})

        refused = s.station("case", "refuse", case, "--reason", "Chỉ công an xã xác nhận quốc tịch", "--legal", LAW, officer="binh")
        self.assertExit(refused, 0)
        notice = s.station("case", "refusal", case, password=False).json
        self.assertEqual((notice["form"], notice["number"], notice["by"]), ("CC03", person["number"], "binh"))
        self.assertEqual([(g["vi"], g["legal"]) for g in notice["grounds"]], [("Chỉ công an xã xác nhận quốc tịch", LAW)])

    def test_a_second_officer_of_the_commune_police_does_not_help(self):
        s, person = self.stage, self.stranger(1)
        for account, _, office in COMMUNE:
            for kind in ("citizenship", "birth"):
                self.confirm(person["number"], account, office, kind)
        case = s.open_case(person)
        self.assertReasons(s.station("case", "vet", case), "NOT ISSUED", "CITIZENSHIP_COMMUNE_ALONE", "LATE_ONE_SOURCE", "RECORD_NOT_ATTESTED")
        self.assertNoOrder(case)

    def test_no_statement_undoes_what_the_register_knows(self):
        s, person = self.stage, self.stage.people["foreign"]
        self.confirm(person["number"], *COMMUNE[0][::2], "citizenship")
        case = s.open_case(person)
        vetted = s.station("case", "vet", case)
        self.assertReasons(vetted, "NOT ISSUED", "NOT_A_CITIZEN")
        self.assertEqual(s.station("case", "show", case, password=False).json["state"], "refused")
        notice = s.station("case", "refusal", case, password=False).json
        self.assertEqual(notice["form"], "CC03")
        self.assertEqual([(g["code"], g["legal"]) for g in notice["grounds"]], [("NOT_A_CITIZEN", LAW)])
        self.assertTrue(notice["grounds"][0]["vi"] and notice["rule_set"])
        self.assertNoOrder(case)


if __name__ == "__main__":
    main()
