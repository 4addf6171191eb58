"""Server and importer of a register on SQLite are killed (SIGKILL) at random moments: what was confirmed is there, and nothing half done.

A client keeps a journal of its own of every change that the register confirmed. After each kill the journal has to equal what
the database holds; only the change whose confirmation did not come may be there or not, and said again it is confirmed.

CCCD_KILLS: how many (20; ./check --long: 200). CCCD_SEED: the moments; printed, so that a run can be repeated as far as
several processes can be.
"""
import collections
import csv
import http.client
import json
import os
import pathlib
import random
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "api"))
from service import BIN, LIMIT, Service  # noqa: E402

KILLS = int(os.environ.get("CCCD_KILLS", "20"))
SEED = int(os.environ.get("CCCD_SEED", int.from_bytes(os.urandom(4), "big")))
ROWS = 21_000  # of an import: two transactions
WRITERS = 3  # clients that change at once, each its own citizens
MOST_CONFIRMED = 12  # a kill comes after one to so many confirmed changes
COLUMNS = ["number", "full_name", "birth", "sex", "nationality", "ethnicity", "religion", "place_of_origin", "place_of_birth", "residence",
           "father", "mother", "spouse", "old_id", "died", "nationality_lost"]


def citizens(first, count):
    """Synthetic persons with the numbers 001090000000 + first and on."""
    for n in range(first, first + count):
        letters = "".join("ABCDEGHIKL"[int(digit)].lower() for digit in f"{n:06}")
        yield {"number": f"{1090000000 + n:012}", "full_name": f"Nguyễn Văn {letters.title()}", "birth": f"1990-{n % 12 + 1:02}-{n % 28 + 1:02}",
               "sex": "Nam", "nationality": "Việt Nam", "ethnicity": "Kinh", "religion": "Không", "place_of_origin": "Xã Mẫu, Nam Định",
               "place_of_birth": "Phường Mẫu, Hà Nội", "residence": "Số 1 Phố Mẫu, Hà Nội", "father": f"Nguyễn Văn {letters[::-1].title()}",
               "mother": "Trần Thị Mẹ", "spouse": "", "old_id": "", "died": "", "nationality_lost": ""}


def write_table(path, people):
    with open(path, "w", newline="", encoding="utf-8") as out:
        table = csv.DictWriter(out, COLUMNS)
        table.writeheader()
        table.writerows(people)


class Register(Service):
    """A register that serves and can be killed."""

    def kill(self):
        self.process.kill()
        self.process.wait(LIMIT)
        (self.dir / "ready").unlink(missing_ok=True)

    def rows(self, sql):
        """What the database itself says, without the program."""
        with sqlite3.connect(f"file:{self.data / 'registry.db'}?mode=ro", uri=True) as database:
            return [tuple(map(str, row)) for row in database.execute(sql)]

    def persons(self):
        return int(self.rows("SELECT count(*) FROM persons")[0][0])


class Unconfirmed(Exception):
    pass


class Writer(threading.Thread):
    """One client on one connection: opens a case, records a card, closes the case, loses the card; then the next citizen."""

    def __init__(self, register, name, numbers, confirmed):
        super().__init__()
        self.register, self.name, self.confirmed = register, name, confirmed
        self.todo = collections.deque(step for n in numbers for step in self.steps(n))
        self.cases, self.cards, self.looks = {}, {}, collections.Counter()  # the journal
        self.doubtful = None  # the step whose confirmation did not come
        self.failure = None

    def steps(self, number):
        case, chip = f"{self.name}-{number}", f"{int(number):016X}"
        who = {"number": number, "purpose": "issuance"}
        yield number, "/v1/cases", who | {"case": case}, (case, None)
        yield number, "/v1/cards", who | {"case": case, "chip": chip, "issued": "2026-01-05", "status": "active"}, (case, (chip, "active"))
        yield number, f"/v1/cases/{case}/close", who, (None, (chip, "active"))
        yield number, f"/v1/cards/{chip}/status", who | {"status": "lost"}, (None, (chip, "lost"))

    def ask(self, connection, target, body):
        try:
            connection.request("POST", target, json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException, ssl.SSLError) as error:
            raise Unconfirmed from error
        if answer.status >= 500:
            raise Unconfirmed(text)
        if answer.status != 200:
            raise AssertionError(f"{target}: {answer.status} {text!r}")

    def write_down(self, number, result):
        self.cases[number], self.cards[number] = result
        self.looks[number] += 1

    def run(self):
        place = urllib.parse.urlsplit(self.register.url)
        try:
            connection = http.client.HTTPSConnection(place.hostname, place.port, context=self.register.context("station"), timeout=LIMIT)
            while self.todo:
                number, target, body, result = self.doubtful = self.todo[0]
                self.ask(connection, target, body)
                self.write_down(number, result)
                self.doubtful = None
                self.todo.popleft()
                self.confirmed.release()
            raise AssertionError("there was nothing left to do")
        except Unconfirmed:
            pass
        except Exception as error:  # told by whoever joins
            self.failure = error
        finally:
            self.confirmed.release(10 * MOST_CONFIRMED)  # nobody waits for more


class KillNine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        print(f"CCCD_SEED={SEED} CCCD_KILLS={KILLS}", flush=True)
        cls.random = random.Random(SEED)
        cls.first = 0  # number of the next citizen

    def register(self):
        register = Register().__enter__()
        self.addCleanup(register.__exit__)
        return register

    def next_citizens(self, count):
        begin = type(self).first
        type(self).first += count
        return list(citizens(begin, count))

    def add(self, register, people):
        table = register.dir / "people.csv"
        write_table(table, people)
        register.run("cccd-registry", "import", table, "--data", register.data)

    # ---- the client's journal against the database --------------------------------------------------------------------

    def held(self, register, number):
        cases = register.rows(f"SELECT case_id FROM open_cases WHERE number = {int(number)}")
        cards = register.rows(f"SELECT chip_serial, status FROM cards WHERE number = {int(number)}")
        self.assertLessEqual(len(cards), 1)
        return (cases[0][0] if cases else None), (cards[0] if cards else None)

    def compare(self, register, writer):
        doubtful = writer.doubtful[0] if writer.doubtful else None
        for number in {*writer.cases, doubtful} - {None}:
            journal = writer.cases.get(number), writer.cards.get(number)
            allowed = [journal] + ([writer.doubtful[3]] if number == doubtful else [])
            self.assertIn(self.held(register, number), allowed, f"seed {SEED}")

    def compare_looks(self, register, writer):
        """Whatever was confirmed stands in the book of accesses; whatever was not may."""
        for number, confirmed in writer.looks.items():
            kept = json.loads(register.run("cccd-registry", "accesses", number, "--data", register.data, "--json"))
            kept = sum(access["client"] == "station" for access in kept)
            unknown = 2 if writer.doubtful and writer.doubtful[0] == number else 0
            self.assertIn(kept, range(confirmed, confirmed + unknown + 1), f"seed {SEED}")

    def say_again(self, register, writer):
        if not writer.doubtful:
            return
        number, target, body, result = writer.doubtful
        answer = register.ask("station", "POST", target, body)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.held(register, number), result)

    def changes_until(self, register, kill):
        """Clients change while somebody is killed after some confirmed changes; returns the clients with their journals."""
        people = self.next_citizens(WRITERS * MOST_CONFIRMED)
        self.add(register, people)
        numbers = [person["number"] for person in people]
        confirmed = threading.Semaphore(0)
        writers = [Writer(register, f"c{n}", numbers[n::WRITERS], confirmed) for n in range(WRITERS)]
        for writer in writers:
            writer.start()
        for _ in range(self.random.randint(1, MOST_CONFIRMED)):
            confirmed.acquire()
        time.sleep(self.random.uniform(0, 0.01))  # anywhere within the next change
        kill()
        for writer in writers:
            writer.join()
            if writer.failure:
                raise writer.failure
        return writers

    def check(self, register, writers):
        for writer in writers:
            self.compare(register, writer)
            self.say_again(register, writer)
        self.compare_looks(register, writers[0])

    # ---- who is killed -------------------------------------------------------------------------------------------------

    def kill_server(self, register):
        writers = self.changes_until(register, register.kill)
        for writer in writers:
            self.compare(register, writer)  # as the dead process left it
        register.start()
        self.check(register, writers)

    def kill_importer(self, register):
        before = register.persons()
        people = self.next_citizens(ROWS)
        table = register.dir / "import.csv"
        write_table(table, people)
        command = [BIN / "cccd-registry", "import", table, "--data", register.data, "--json"]
        importer = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(self.random.uniform(0, self.import_seconds))
        importer.kill()
        importer.communicate(timeout=LIMIT)
        there = register.persons() - before
        if importer.returncode == 0:
            self.assertEqual(there, ROWS)
        self.assertGreaterEqual(there, 0)
        begin = time.monotonic()
        report = json.loads(register.run(*map(str, ["cccd-registry", *command[1:]])))
        if there == 0:
            type(self).import_seconds = time.monotonic() - begin
        self.assertEqual((report["added"], report["unchanged"], report["refused"]), (ROWS - there, there, 0))
        self.assertEqual(register.persons(), before + ROWS)
        for person in self.random.sample(people, 20):
            self.assertEqual(register.rows(f"SELECT full_name, father, birth FROM persons WHERE number = {int(person['number'])}"),
                             [(person["full_name"], person["father"], person["birth"])])

    import_seconds = 2.0  # about; measured by the first import that is not killed

    def test_what_was_confirmed_is_there_whoever_was_killed(self):
        register = self.register()
        victims = [("server", self.kill_server), ("importer", self.kill_importer)]
        for n in range(KILLS):
            name, kill = victims[n % len(victims)]
            with self.subTest(kill=n, of=name):
                kill(register)
        self.assertEqual(register.stop(), 0)
        register.run("cccd-registry", "log", "verify", "--data", register.data)
        self.assertEqual(register.rows("PRAGMA integrity_check"), [("ok",)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
