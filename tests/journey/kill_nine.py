"""Server, importer and database are killed (SIGKILL) at random moments: what was confirmed is there, and nothing half done.

A register on SQLite and one on PostgreSQL. A client keeps a journal of its own of every change that the register confirmed.
After each kill the journal has to equal what the database holds; only the change whose confirmation did not come may be there or
not, and said again it is confirmed. The book of accesses is judged as strictly: it lies beside the register, whatever the store.

PostgreSQL has fsync on, as every register should, and synchronous_commit off by default: that the register's own sessions wait
for their commits all the same is part of what is tested.

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

sys.path[:0] = [str(pathlib.Path(__file__).parents[1] / folder) for folder in ("api", "support")]
from postgresql import Server  # noqa: E402
from service import BIN, LIMIT, Service  # noqa: E402

KILLS = int(os.environ.get("CCCD_KILLS", "20"))
SEED = int(os.environ.get("CCCD_SEED", int.from_bytes(os.urandom(4), "big")))
ROWS, BATCH = 2_000, 250  # of an import, and of each of its transactions
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
    """A register that serves, of either engine, which can be killed."""
    CLIENTS = {"station": "issuing-station"}

    def __init__(self, database=None):
        self.database = database

    def _init(self):
        store = []
        if self.database:
            store = ["--store", self.database.create("register")]
            self.database.execute("ALTER DATABASE register SET synchronous_commit = off")
        super()._init(*store)

    def kill(self):
        self.process.kill()
        self.process.wait(LIMIT)
        (self.dir / "ready").unlink(missing_ok=True)

    def rows(self, sql):
        """What the database itself says, without the program."""
        if self.database:
            return [tuple(line.split("|")) for line in self.database.execute(sql, "register").splitlines()]
        with sqlite3.connect(f"file:{self.data / 'registry.db'}?mode=ro", uri=True) as database:
            return [tuple(map(str, row)) for row in database.execute(sql)]

    def persons(self):
        return int(self.rows("SELECT count(*) FROM persons")[0][0])

    def looks(self, number):
        """How many changes of a number stand in the book of accesses."""
        with sqlite3.connect(f"file:{self.data / 'access.db'}?mode=ro", uri=True) as book:
            return book.execute("SELECT count(*) FROM accesses WHERE number = ? AND client = 'station' AND operation <> 'status'",
                                [int(number)]).fetchone()[0]


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
        connection = http.client.HTTPSConnection(place.hostname, place.port, context=self.register.context("station"), timeout=LIMIT)
        try:
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
            connection.close()
            self.confirmed.release(10 * MOST_CONFIRMED)  # nobody waits for more


class KillNine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        print(f"CCCD_SEED={SEED} CCCD_KILLS={KILLS}", flush=True)
        cls.random = random.Random(SEED)
        cls.database = Server(fsync=True)
        cls.addClassCleanup(cls.database.remove)
        cls.database.start()
        cls.first = 0  # number of the next citizen

    def register(self, database=None):
        register = Register(database)
        register.__enter__()
        self.addCleanup(register.__exit__)
        register.citizens = self.next_citizens(KILLS * WRITERS * MOST_CONFIRMED)  # whom the clients change
        table = register.dir / "people.csv"
        write_table(table, register.citizens)
        begin = time.monotonic()
        register.run("cccd-registry", "import", table, "--data", register.data)
        register.import_seconds = time.monotonic() - begin  # about; measured anew as we go
        return register

    def next_citizens(self, count):
        begin = type(self).first
        type(self).first += count
        return list(citizens(begin, count))

    # ---- the client's journal against the database --------------------------------------------------------------------

    def held(self, register, numbers):
        """number -> open case, (chip, status)"""
        listed = ", ".join(str(int(number)) for number in numbers)
        cases = dict(register.rows(f"SELECT number, case_id FROM open_cases WHERE number IN ({listed})"))
        cards = {}
        for number, *card in register.rows(f"SELECT number, chip_serial, status FROM cards WHERE number IN ({listed})"):
            self.assertNotIn(number, cards)
            cards[number] = tuple(card)
        return {number: (cases.get(str(int(number))), cards.get(str(int(number)))) for number in numbers}

    def compare(self, register, writer):
        doubtful = writer.doubtful[0] if writer.doubtful else None
        for number, held in self.held(register, {*writer.cases, doubtful} - {None}).items():
            journal = writer.cases.get(number), writer.cards.get(number)
            allowed = [journal] + ([writer.doubtful[3]] if number == doubtful else [])
            self.assertIn(held, allowed, f"seed {SEED}")

    def say_again(self, register, writer):
        number, target, body, result = writer.doubtful
        answer = register.ask("station", "POST", target, body)
        self.assertEqual(answer.status, 200, answer)
        writer.write_down(number, result)

    def compare_looks(self, register, writer):
        """Whatever was confirmed stands in the book of accesses once; the attempt that was not confirmed may."""
        for number, confirmed in writer.looks.items():
            doubtful = 1 if writer.doubtful and writer.doubtful[0] == number else 0
            self.assertIn(register.looks(number), range(confirmed, confirmed + doubtful + 1), f"seed {SEED}")

    def check(self, register, writers):
        for writer in writers:
            self.compare(register, writer)
            if writer.doubtful:
                self.say_again(register, writer)
            self.compare_looks(register, writer)
        for writer in writers:
            writer.doubtful = None
            self.compare(register, writer)

    def changes_until(self, register, kill):
        """Clients change while somebody is killed after some confirmed changes; returns the clients with their journals."""
        numbers = [register.citizens.pop()["number"] for _ in range(WRITERS * MOST_CONFIRMED)]
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

    # ---- who is killed -------------------------------------------------------------------------------------------------

    def kill_server(self, register):
        writers = self.changes_until(register, register.kill)
        for writer in writers:
            self.compare(register, writer)  # as the dead process left it
        register.start()
        self.check(register, writers)

    def kill_database(self, register):
        """The server lives on, says that the register is away, and goes on when it is back."""
        writers = self.changes_until(register, self.database.kill)
        answer = register.ask("station", "GET", f"/v1/persons/{register.citizens[0]['number']}/status?purpose=issuance")
        self.assertEqual((answer.status, answer.json["code"]), (503, "REGISTER_UNAVAILABLE"))
        self.database.start()
        self.check(register, writers)

    def kill_importer(self, register):
        before = register.persons()
        people = self.next_citizens(ROWS)
        table = register.dir / "import.csv"
        write_table(table, people)
        command = [BIN / "cccd-registry", "import", table, "--batch", str(BATCH), "--data", register.data, "--json"]
        importer = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        moment = self.random.uniform(0, register.import_seconds)
        time.sleep(moment)
        importer.kill()
        importer.communicate(timeout=LIMIT)
        there = register.persons() - before
        self.assertEqual(there % BATCH, 0)
        if importer.returncode == 0:
            self.assertEqual(there, ROWS)
            register.import_seconds = moment
        self.reached[there // BATCH] += 1
        begin = time.monotonic()
        report = json.loads(register.run(*map(str, ["cccd-registry", *command[1:]])))
        if there == 0:
            register.import_seconds = time.monotonic() - begin
        self.assertEqual((report["read"], report["added"] + report["unchanged"]), (ROWS, ROWS))
        # A server may have been told to commit just before the importer died, and done so after we looked.
        self.assertIn(report["unchanged"], {there, there + BATCH} if register.database else {there})
        self.assertEqual(register.persons(), before + ROWS)
        sought = {str(int(person["number"])): person for person in self.random.sample(people, 20)}
        self.assertEqual(set(register.rows(f"SELECT number, full_name, father, birth FROM persons WHERE number IN ({', '.join(sought)})")),
                         {(number, person["full_name"], person["father"], person["birth"]) for number, person in sought.items()})

    def test_what_was_confirmed_is_there_whoever_was_killed(self):
        sqlite, postgresql = self.register(), self.register(self.database)
        victims = [("server on SQLite", self.kill_server, sqlite), ("server on PostgreSQL", self.kill_server, postgresql),
                   ("database", self.kill_database, postgresql), ("importer on SQLite", self.kill_importer, sqlite),
                   ("importer on PostgreSQL", self.kill_importer, postgresql)]
        self.reached = collections.Counter()  # transactions that were there when the importer died
        for n in range(KILLS):
            name, kill, register = victims[n % len(victims)]
            with self.subTest(kill=n, of=name):
                kill(register)
        print(f"transactions of {ROWS // BATCH} that were kept when the importer died: {dict(sorted(self.reached.items()))}", flush=True)
        for register in (sqlite, postgresql):
            self.assertEqual(register.stop(), 0)
            register.run("cccd-registry", "log", "verify", "--data", register.data)
        self.assertEqual(sqlite.rows("PRAGMA integrity_check"), [("ok",)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
