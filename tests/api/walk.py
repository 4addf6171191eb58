"""Holds docs/api/registry.yaml and the running server together: every operation, every answer that it declares.

Each answer must have the status, the media type and the schema that the file declares; each operation of the file must
be one of the server's, and the other way round.
"""
import concurrent.futures
import contextlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import unittest

import jsonschema
import yaml

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from service import LIMIT, SOURCE, Service  # noqa: E402

SPEC = yaml.safe_load((SOURCE / "docs/api/registry.yaml").read_text())
CHIP, OTHER_CHIP, NOBODY = "00000000000000A1", "00000000000000A2", "001090000000"
ISSUANCE = {"purpose": "issuance"}


def operations():
    """operationId -> (method, path, operation)"""
    return {operation["operationId"]: (method.upper(), path, operation)
            for path, item in SPEC["paths"].items() for method, operation in item.items() if method in ("get", "post", "put", "delete")}


def resolved(node):
    while "$ref" in node:
        name = node["$ref"].removeprefix("#/").split("/")
        node = SPEC
        for part in name:
            node = node[part]
    return node


class Walk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(Service()) if hasattr(cls, "enterClassContext") else cls._enter()
        cls.adult = cls.service.numbers["adult"]

    @classmethod
    def _enter(cls):
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        return stack.enter_context(Service())

    # ---- one good request for each operation -------------------------------------------------------------------------

    def good(self, name, number=None):
        """(client, path values, query, body)"""
        number = number or self.adult
        of = {"number": number}
        return {
            "readHealth": ("station", {}, {}, None),
            "findPersons": ("station", {}, {}, ISSUANCE | {"expressions": [{"attribute": "full_name", "operator": "contains", "value": "nguyen"}],
                                                           "attributes": ["full_name", "birth", "cards"], "limit": 3}),
            "readPerson": ("station", of, ISSUANCE | {"attributes": "full_name,birth,alive,cards,watch", "as_of": "2026-01-31"}, None),
            "matchPerson": ("station", of, {}, ISSUANCE | {"attributes": {"full_name": "Nguyễn Văn Không Phải", "sex": "Nam"}}),
            "verifyPerson": ("station", of, {}, ISSUANCE | {"predicates": [{"attribute": "age", "operator": ">=", "value": 14},
                                                                          {"attribute": "alive", "operator": "=", "value": True}]}),
            "readIdentities": ("station", of, ISSUANCE, None),
            "readStatus": ("station", of, ISSUANCE, None),
            "readHistory": ("station", of, ISSUANCE, None),
            "readAccesses": ("portal", of, {"purpose": "citizen-request"}, None),
            "giveAnswer": ("station", {}, {}, ISSUANCE | {"number": number, "case": "W-1"}),
            "openCase": ("station", {}, {}, ISSUANCE | {"number": number, "case": "W-1"}),
            "closeCase": ("station", {"case": "W-1"}, {}, ISSUANCE | {"number": number}),
            "recordCard": ("station", {}, {}, ISSUANCE | {"number": number, "chip": CHIP, "case": "W-1", "issued": "2026-11-01", "status": "active"}),
            "setCardStatus": ("station", {"serial": CHIP}, {}, ISSUANCE | {"number": number, "status": "lost"}),
            "recordApprovals": ("station", {}, {}, self.service.approvals(number)),
            "requestCorrection": ("station", {}, {}, ISSUANCE | {"number": number, "case": "W-1", "field": "full_name", "value": "Nguyễn Văn Khác",
                                                                "asked_by": "P-0001"}),
            "addAttestation": ("station", {}, {}, ISSUANCE | {"number": number, "statement": self.service.statement(number)}),
        }[name]

    def ask(self, name, client=..., number=None, **changes):
        method, path, _ = operations()[name]
        own_client, values, query, body = self.good(name, number)
        for key, value in values.items():
            path = path.replace("{" + key + "}", value)
        query = changes.pop("query", query)
        if query:
            path += "?" + "&".join(f"{k}={v}" for k, v in query.items())
        body = changes.pop("body", body)
        return self.service.ask(own_client if client is ... else client, method, path, body, **changes)

    def assertDeclared(self, name, answer, status):
        """The answer has this status, and is what the file declares for it."""
        self.assertEqual(answer.status, status, f"{name}: {answer}")
        declared = resolved(operations()[name][2]["responses"][str(status)])
        (media, content), = declared["content"].items()
        self.assertEqual(answer.headers.get("Content-Type"), media, name)
        for header in declared.get("headers", {}):
            self.assertIn(header, answer.headers, name)
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": SPEC["components"], **content["schema"]}
        jsonschema.Draft202012Validator(schema).validate(answer.json)
        if status >= 400:
            self.assertEqual(answer.json["status"], status)
            self.assertNotIn(self.adult, answer.body, f"{name} {status}: a problem tells nothing of a person")
            self.assertNotIn(NOBODY, answer.body)

    # ---- the walk ----------------------------------------------------------------------------------------------------

    def test_1_the_file_and_the_server_know_the_same_operations(self):
        routes = (SOURCE / "issuance/registry/routes.cpp").read_text()
        served = {name: (method, path) for name, method, path in re.findall(r'\{"(\w+)",\s*"([A-Z]+)",\s*"([^"]+)"', routes)}
        self.assertEqual(served, {name: (method, path) for name, (method, path, _) in operations().items()})

    def test_2_every_operation_answers_as_declared(self):
        for name in operations():
            with self.subTest(name):
                self.assertDeclared(name, self.ask(name), 200)

    def test_3_every_declared_error_comes_as_declared(self):
        slow = self.service.ask("slow", "GET", "/v1/health")
        self.assertEqual(slow.status, 200, "the bucket holds one")
        provoke = {
            400: lambda name: self.ask(name, **({"query": {"purpose": "not%20good"}} if operations()[name][0] == "GET" else {"body": {"purpose": 7}})),
            401: lambda name: self.ask(name, client=None),
            403: lambda name: self.ask(name, client="stranger") if name == "readHealth" else self.ask(name, client="tax"),
            404: lambda name: self.ask(name, number=NOBODY),
            409: lambda name: self.ask(name, number=NOBODY),
            413: lambda name: self.ask(name, body=b"{" + b" " * 10_000_000 + b"}"),
            415: lambda name: self.ask(name, content_type="text/plain"),
            429: lambda name: self.ask(name, client="slow"),
            431: lambda name: self.ask(name, headers={"X-Padding": "x" * 10_000}),
        }
        later = {500, 503}  # test_4 and test_5
        for name, (_, _, operation) in operations().items():
            for status in sorted(int(code) for code in operation["responses"] if code != "200"):
                if status in later:
                    continue
                with self.subTest(f"{name} {status}"):
                    self.assertDeclared(name, provoke[status](name), status)

    def at_once(self, status):
        """Asks every operation that declares the status, many at a time."""
        names = [name for name, (_, _, operation) in operations().items() if str(status) in operation["responses"]]
        with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
            for name, answer in zip(names, pool.map(self.ask, names)):
                with self.subTest(f"{name} {status}"):
                    self.assertDeclared(name, answer, status)

    def test_4_a_book_that_somebody_damaged_is_a_failure_of_the_registers_own(self):
        with contextlib.closing(sqlite3.connect(self.service.data / "access.db", isolation_level=None, timeout=LIMIT)) as book:
            book.execute("ALTER TABLE clients RENAME TO elsewhere")
            try:
                self.at_once(500)
            finally:
                book.execute("ALTER TABLE elsewhere RENAME TO clients")
        self.assertEqual(self.ask("readStatus").status, 200, "and afterwards it serves again")

    def test_5_a_register_that_does_not_answer_says_come_again(self):
        with contextlib.closing(sqlite3.connect(self.service.data / "access.db", isolation_level=None, timeout=LIMIT)) as book:
            book.execute("BEGIN IMMEDIATE")
            try:
                self.at_once(503)
            finally:
                book.execute("ROLLBACK")
        self.assertEqual(self.ask("readStatus").status, 200, "and afterwards it serves again")

    # ---- who asks ----------------------------------------------------------------------------------------------------

    def test_6_a_problem_says_what_lacks(self):
        for client, status, code in ((None, 401, "CLIENT_CERTIFICATE_MISSING"), ("foreigner", 401, "CLIENT_CERTIFICATE_NOT_TRUSTED"),
                                     ("stranger", 403, "CLIENT_UNKNOWN")):
            answer = self.ask("readStatus", client=client)
            self.assertEqual((answer.status, answer.json["code"]), (status, code))
        answer = self.ask("readHistory", client="tax")
        self.assertEqual((answer.json["code"], answer.json["scope"]), ("SCOPE_MISSING", "issuance/history"))
        answer = self.service.ask("tax", "GET", f"/v1/persons/{self.adult}?purpose=tax-code&attributes=religion")
        self.assertEqual((answer.json["code"], answer.json["scope"]), ("SCOPE_MISSING", "tax-code/read/religion"))

    def test_7_what_was_asked_is_told_to_the_citizen_and_stands_in_the_log(self):
        number = self.service.numbers["no_expiry"]
        answer = self.service.ask("tax", "GET", f"/v1/persons/{number}?purpose=tax-code&attributes=full_name")
        self.assertEqual(answer.status, 200, answer)
        told = self.service.run("cccd-registry", "accesses", number, "--data", self.service.data)
        self.assertRegex(told, r"tax +tax +tax-code +read +full_name")
        self.assertEqual(self.service.stop(), 0)
        listed = json.loads(self.service.run("cccd-registry", "accesses", number, "--data", self.service.data, "--json"))
        asked = [a for a in listed if a["client"] == "tax"]
        self.assertTrue(asked and all(a["log_index"] is not None for a in asked), "the end of the service brings all into the log")
        self.service.run("cccd-registry", "log", "verify", "--data", self.service.data)
        log = (self.service.data / "log/log.jsonl").read_text()
        self.assertNotIn(number, log)
        self.service.start()

    def test_8_a_second_register_does_not_take_the_port(self):
        done = subprocess.run([*self.service.command()], capture_output=True, text=True, timeout=LIMIT, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 3, done)
        self.assertEqual(self.ask("readHealth").status, 200)

    def test_9_a_script_with_curl_alone_walks_every_operation(self):
        for client in ("station", "portal"):
            own = self.service.dir / client
            (self.service.dir / f"{client}.curl").write_text(
                f'cert = "{own}/tls.pem"\nkey = "{own}/tls.key"\npass = "{self.service.password(client).read_text().strip()}"\n'
                f'cacert = "{self.service.dir}/ca/ca.pem"\n')
        approvals = self.service.dir / "approvals.json"
        approvals.write_text(json.dumps(self.service.approvals(self.service.numbers["no_expiry"], "CURL-1")))
        done = subprocess.run([SOURCE / "tests/api/walk.sh", SOURCE / "docs/api/registry.yaml", self.service.url, self.service.numbers["no_expiry"],
                               self.service.dir / "station.curl", self.service.dir / "portal.curl",
                               self.service.statement(self.service.numbers["no_expiry"]), approvals],
                              capture_output=True, text=True, timeout=LIMIT, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"{len(operations())} operations", done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
