"""A whole authority on one machine for journey tests: PKI, register, signer, station, a private pcscd and chips in it.

Everything is real: separate processes, sockets, databases, a reader driver. Citizens are imported from a CSV made here.
"""
import contextlib
import datetime
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

SOURCE = pathlib.Path(os.environ["CCCD_SOURCE_DIR"])
BIN = pathlib.Path(os.environ["CCCD_BUILD_DIR"]) / "bin"
READER = "Virtual PCD 00 00"
FINGERS = ("right_index", "left_index")
LIMIT = 60  # seconds that one command may take before it counts as hung


class Citizen(dict):
    """A line of the register; keys are the columns of docs/formats/registry-import.md."""


def citizens():
    """Synthetic persons, one for each thing that a test asks for: adults of both sexes, children, the dead, a foreigner."""
    base = {"nationality": "Việt Nam", "ethnicity": "Kinh", "religion": "Không", "place_of_origin": "Xã Mẫu, Nam Định",
            "place_of_birth": "Phường Mẫu, Hà Nội", "residence": "Số 1 Phố Mẫu, Phường Mẫu, Quận Ba Đình, Hà Nội",
            "father": "Nguyễn Văn Cha", "mother": "Trần Thị Mẹ", "spouse": "", "old_id": "", "died": "", "nationality_lost": ""}
    people = {}
    for n in range(120):
        name = "Nguyễn Văn Mẫu " + "ABCDEGHIKLMNOPQRSTUVXYÁĐ"[n % 24] + "abcde"[n // 24] + "n"
        # Who shares a birthday and nearly a name has another mother, or the register would take them for one person.
        people[f"adult{n}"] = base | {"number": f"001090001{n:03}", "full_name": name, "birth": f"1990-03-{n % 24 + 1:02}", "sex": "Nam",
                                      "mother": "Trần Thị " + ("Mai", "Lan", "Cúc", "Trúc", "Đào")[n // 24]}
    people["elder"] = base | {"number": "048150000001", "full_name": "Lê Thị Không Hạn", "birth": "1950-06-19", "sex": "Nữ"}
    people["child"] = base | {"number": "079215000001", "full_name": "Đặng Mẫu Nhi", "birth": "2015-05-17", "sex": "Nam"}
    three = datetime.date.today().year - 3
    people["infant"] = base | {"number": f"0792{three % 100:02}000001", "full_name": "Đặng Mẫu Bé", "birth": f"{three}-01-15", "sex": "Nam"}
    people["dead"] = base | {"number": "001080000001", "full_name": "Trần Văn Khuất", "birth": "1980-01-02", "sex": "Nam", "died": "2020-02-03"}
    people["foreign"] = base | {"number": "001085000001", "full_name": "Phạm Văn Ngoại", "birth": "1985-01-02", "sex": "Nam", "nationality_lost": "2019-05-06"}
    return {name: Citizen(person) for name, person in people.items()}


class Result:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"exit {self.code}\n{self.out}\n{self.err}"


class Stage:
    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="cccd-journey-"))
        self.people = citizens()
        self.environment = dict(os.environ, LC_ALL="C.UTF-8")
        self.chip = None
        self.signer = None
        self.registry = None
        self.registry_url = "https://127.0.0.1:0"
        self.closing = contextlib.ExitStack()
        self.closing.callback(shutil.rmtree, self.dir, ignore_errors=True)
        try:
            self._build()
        except BaseException:
            self.close()
            raise

    # ---- building ----------------------------------------------------------------------------------------------------

    def _build(self):
        (self.dir / "secrets").mkdir()
        self.ok("cccd-pki", "csca", "create", "--out", self.dir / "pki", "--password-file", self.password("csca"))
        self.ok("cccd-pki", "ds", "issue", "--csca", self.dir / "pki", "--csca-password-file", self.password("csca"), "--out", self.dir / "pki",
                "--password-file", self.password("ds"))
        self.ok("cccd-registry", "init", "--data", self.dir / "registry", "--password-file", self.password("registry"))
        table = self.dir / "people.csv"
        columns = list(self.people["adult0"])
        table.write_text("\n".join([",".join(columns)] + [",".join(f'"{p[c]}"' for c in columns) for p in self.people.values()]) + "\n")
        self.ok("cccd-registry", "import", table, "--source", self.vouch_for(table), "--data", self.dir / "registry")
        self.make_tls()
        self.start_registry()
        self.closing.callback(self.stop_registry)
        self.ok("cccd-station", "init", "--data", self.dir / "station", "--password-file", self.password("station"), "--registry", self.registry_url,
                "--registry-tls", self.dir / "station-tls", "--registry-ca", self.dir / "tls-ca/ca.pem", "--registry-key",
                self.dir / "registry/registry.pub.der", "--signer-socket", self.dir / "socket", "--csca", self.dir / "pki/csca.cer",
                *self.station_options())
        self.ok("cccd-signer", "init", "--data", self.dir / "signer", "--password-file", self.password("signer"))
        self.ok("cccd-signer", "trust", "add", "--data", self.dir / "signer", "--registry", self.dir / "registry/registry.pub.der")
        self.ok("cccd-signer", "trust", "add", "--data", self.dir / "signer", "--station", self.dir / "station/keys/station.pub.der")
        for account, person, role in (("an", "P-0001", "receiver"), ("binh", "P-0002", "approver"), ("chi", "P-0003", "approver")):
            self.add_officer(account, person, role)
        self.transport_keys = self.make_transport_keys("transport")
        self.start_signer()
        self.closing.callback(self.stop_signer)
        self._start_pcscd()
        portrait = self.dir / "portrait.jpg"
        self.ok("cccd-proof", "portrait", "--seed", "1", "--out", portrait)
        for seed, position in enumerate(FINGERS):
            self.ok("cccd-proof", "finger", "--seed", seed, "--out", self.dir / f"{position}.jpg")

    def station_options(self):
        """What `cccd-station init` is told besides, by a stage of its own kind."""
        return ()

    def make_tls(self):
        """The authority of TLS, the registry's server and the station as its client."""
        self.ok("cccd-pki", "tls", "ca", "--out", self.dir / "tls-ca", "--password-file", self.password("tls-ca"))
        self.certify("registry/tls", "registry", "--server", "127.0.0.1")
        shutil.copy(self.dir / "tls-ca/ca.pem", self.dir / "registry/tls/ca.pem")
        self.add_client("station", "issuing-station")

    def certify(self, folder, password, *who):
        self.ok("cccd-pki", "tls", "issue", "--ca", self.dir / "tls-ca", "--ca-password-file", self.password("tls-ca"), "--out", self.dir / folder,
                "--password-file", self.password(password), *who)

    def add_client(self, name, role):
        self.certify(f"{name}-tls", name, "--client", name)
        self.ok("cccd-registry", "client", "add", name, "--certificate", self.dir / f"{name}-tls/tls.pem", "--role", role, "--data",
                self.dir / "registry")

    def _start_pcscd(self):
        script = SOURCE / "smartcard/simulator/private-pcscd"
        done = subprocess.run([script, "start", "--dir", self.dir / "pcscd", "--port", "0"], capture_output=True, text=True, timeout=LIMIT)
        if done.returncode != 0:
            raise RuntimeError(f"private pcscd: {done.stderr}")
        self.closing.callback(subprocess.run, [script, "stop", "--dir", self.dir / "pcscd"], capture_output=True, timeout=LIMIT)
        self.closing.callback(self.remove_chip)
        self.environment["PCSCLITE_CSOCK_NAME"] = done.stdout.strip()
        self.port = (self.dir / "pcscd/ports").read_text().split()[0]

    def vouch_for(self, table):
        """The id of a source: a clerk and a police officer, who do nothing else, sign for the whole table."""
        register = ("--data", self.dir / "registry")
        statement = self.dir / "source.json"
        rows = len(table.read_text().splitlines()) - 1
        for account, office, force in (("hoa", "001-HT-0001", "civil-status"), ("tam", "001-CT-0001", "provincial-police")):
            key, public, password = self.dir / f"{account}.key", self.dir / f"{account}.pub", self.password(f"confirming-{account}")
            made = subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], check=True, capture_output=True)
            subprocess.run(["openssl", "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256", "-iter", "10000", "-passout",
                            f"file:{password}", "-out", key], input=made.stdout, check=True)
            subprocess.run(["openssl", "pkey", "-pubout", "-out", public], input=made.stdout, check=True)
            claim = ("--account", account, "--office", office, "--force", force)
            self.ok("cccd-registry", "officer", "add", public, "--person", f"C-{account}", *claim, "--password-file", self.password("registry"), *register)
            earlier = ("--with", statement) if statement.exists() else ()
            signed = self.ok("cccd-registry", "source", "sign", table, "--id", "journey", "--persons", rows, "--evidence", "birth-record", *claim,
                             "--key", key, "--password-file", password, *earlier)
            statement.write_text(signed.out)
        return json.loads(self.ok("cccd-registry", "source", "add", statement, "--json", *register).out)["source"]

    def close(self):
        self.closing.close()

    def password(self, name):
        file = self.dir / "secrets" / name
        if not file.exists():
            file.write_text(secrets.token_hex(12) + "\n")
            file.chmod(0o600)
        return file

    def make_transport_keys(self, name, version=0x30):
        file = self.dir / "secrets" / f"{name}.toml"
        file.write_text(f"version = 0x{version:02X}\n" + "".join(f'{k} = "{secrets.token_hex(16)}"\n' for k in ("enc", "mac", "dek")))
        file.chmod(0o600)
        return file

    def add_officer(self, account, person, role, trusted=True):
        self.ok("cccd-station", "officer", "add", account, "--person", person, "--role", role, "--password-file", self.password(f"officer-{account}"),
                "--data", self.dir / "station")
        if trusted:
            self.ok("cccd-signer", "trust", "add", "--data", self.dir / "signer", "--officer", self.dir / f"station/keys/officers/{account}.cer",
                    "--person", person, "--account", account)

    # ---- processes ---------------------------------------------------------------------------------------------------

    def run(self, program, *words, environment=None):
        done = subprocess.run([BIN / program, *map(str, words)], capture_output=True, text=True, timeout=LIMIT, stdin=subprocess.DEVNULL,
                              env=self.environment | (environment or {}))
        return Result(done)

    def ok(self, program, *words):
        result = self.run(program, *words)
        if result.code != 0:
            raise AssertionError(f"{program} {' '.join(map(str, words))}: {result}")
        return result

    def _await(self, file, process, what):
        deadline = time.monotonic() + LIMIT
        while not file.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{what} did not become ready (exit {process.poll()})")
            time.sleep(0.01)

    def start_registry(self):
        ready = self.dir / "registry.ready"
        ready.unlink(missing_ok=True)
        command = [BIN / "cccd-registry", "serve", "--data", self.dir / "registry", "--listen", self.registry_url.removeprefix("https://"),
                   "--password-file", self.password("registry"), "--ready-file", ready]
        with open(self.dir / "registry.out", "a") as out:
            self.registry = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        self._await(ready, self.registry, "cccd-registry")
        self.registry_url = ready.read_text().splitlines()[1]  # a later start takes the same port

    def stop_registry(self):
        if self.registry is not None:
            self.registry.terminate()
            self.registry.wait(LIMIT)
            self.registry = None

    def start_signer(self):
        ready = self.dir / "signer.ready"
        ready.unlink(missing_ok=True)
        command = [BIN / "cccd-signer", "serve", "--data", self.dir / "signer", "--socket", self.dir / "socket", "--ds-cert", self.dir / "pki/ds.cer",
                   "--ds-key", self.dir / "pki/ds.key", "--ds-password-file", self.password("ds"), "--password-file", self.password("signer"),
                   "--ready-file", ready]
        with open(self.dir / "signer.out", "a") as out:
            self.signer = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        self._await(ready, self.signer, "cccd-signer")

    def stop_signer(self):
        if self.signer is not None:
            self.signer.terminate()
            self.signer.wait(LIMIT)
            self.signer = None

    def new_chip(self, name, *options, stock=True, keys=None):
        """A blank chip's state file, entered into the signer's stock list."""
        state, serial = self.dir / f"{name}.state", secrets.token_hex(8).upper()
        self.ok("cccd-chip", "--init", "--state", state, "--serial", serial, "--transport-keys", keys or self.transport_keys, *options)
        if stock:
            (self.dir / "stock.txt").write_text(serial + "\n")
            self.ok("cccd-signer", "stock", "add", self.dir / "stock.txt", "--data", self.dir / "signer")
        return state

    def insert(self, state, *options):
        self.remove_chip()
        ready = self.dir / "chip.ready"
        ready.unlink(missing_ok=True)
        command = [BIN / "cccd-chip", "--port", self.port, "--state", state, "--ready-file", ready, *map(str, options)]
        with open(self.dir / "chip.out", "a") as out:
            self.chip = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        self._await(ready, self.chip, "cccd-chip")

    def remove_chip(self):
        if self.chip is not None:
            self.chip.terminate()
            self.chip.wait(LIMIT)
            self.chip = None

    # ---- the officers' acts ------------------------------------------------------------------------------------------

    def application(self, person, **changes):
        claim = {k: person[k] for k in ("number", "full_name", "birth", "sex")}
        claim |= {"reason": "NEW-14", "form": "adult-2024", "marks": "Nốt ruồi", "portrait": str(self.dir / "portrait.jpg")}
        claim |= {"fingers": [{"position": p, "image": f"{p}.jpg"} for p in FINGERS]} | changes
        file = self.dir / "application.json"
        file.write_text(json.dumps({k: v for k, v in claim.items() if v is not None}, ensure_ascii=False))
        return file

    def station(self, *words, officer=None, password=True, json_=True):
        words = list(words)
        if officer:
            words += ["--officer", officer, "--officer-password-file", self.password(f"officer-{officer}")]
        if password:
            words += ["--password-file", self.password("station")]
        return self.run("cccd-station", *words, "--data", self.dir / "station", *(["--json"] if json_ else []))

    def open_case(self, person, **changes):
        result = self.station("case", "open", self.application(person, **changes), officer="an")
        if result.code != 0:
            raise AssertionError(result)
        return result.json["case"]

    def approved_case(self, person, **changes):
        case = self.open_case(person, **changes)
        for result in (self.station("case", "vet", case), self.station("case", "approve", case, officer="binh"),
                       self.station("case", "approve", case, officer="chi")):
            if result.code != 0:
                raise AssertionError(result)
        return case

    def produce(self, case, *options, keys=None):
        return self.station("produce", case, "--reader", READER, "--transport-keys", keys or self.transport_keys, "--out", self.dir / f"out-{case}", *options)

    def verify_card(self, case):
        return self.run("cccd-verify", "card", "--reader", READER, "--mrz", self.dir / f"out-{case}/mrz.txt", "--csca", self.dir / "pki/csca.cer", "--json")

    def deliver(self, case):
        return self.station("deliver", case, officer="an")


class JourneyCase(unittest.TestCase):
    """One stage for a file of journeys; each journey takes citizens and chips of its own."""
    make_stage = Stage
    stage: Stage

    @classmethod
    def setUpClass(cls):
        cls.stage = cls.make_stage()
        cls.addClassCleanup(cls.stage.close)

    def assertExit(self, result, code, *words):
        self.assertEqual(result.code, code, result)
        for word in words:
            self.assertIn(word, result.out + result.err)

    def assertOneLine(self, result, code, *words):
        """The world failed: one clear line on stderr (progress lines apart), the right exit code."""
        lines = [line for line in result.err.splitlines() if line.startswith("cccd-")]
        self.assertEqual(result.code, code, result)
        self.assertEqual(len(lines), 1, result)
        for word in words:
            self.assertIn(word, lines[0])

    def assertReasons(self, result, verdict, *reasons):
        self.assertEqual(result.code, 1, result)
        self.assertEqual((result.json["verdict"], result.json["reasons"]), (verdict, sorted(reasons)), result)


def main():
    unittest.main(verbosity=2, argv=[sys.argv[0]])
