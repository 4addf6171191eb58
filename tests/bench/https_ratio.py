"""Look-ups over HTTPS against a constant answer of the same server: python3 tests/bench/https_ratio.py BUILD_DIR [EVIDENCE.json]

One run asks both in 40 short turns on the same connections, and the ratio is the median of the turns' ratios, so neither a slow
machine nor one that pauses fails it. Gated: one client, the rate of look-ups is at least half of that of the constant. Reported:
the ratio over the whole run, 16 clients, their median and p99, and the server's memory.

CCCD_PERSONS: how many the register holds (100000).
"""
import json
import os
import pathlib
import random
import sqlite3
import statistics
import subprocess
import sys

BUILD = pathlib.Path(sys.argv[1]).resolve()
os.environ["CCCD_BUILD_DIR"] = str(BUILD)
os.environ.setdefault("CCCD_SOURCE_DIR", str(pathlib.Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "api"))
from service import Service  # noqa: E402

PERSONS = int(os.environ.get("CCCD_PERSONS", "100000"))
ASKED = 5_000  # numbers, each looked up in turn
REQUESTS = {1: 16_000, 16: 32_000}
CONSTANT = "/v1/health"
LOOK_UP = "/v1/persons/{}?purpose=issuance&attributes=full_name,birth,sex"
BOUND = 0.5


class Measured(Service):
    """The same with many persons and a station that may ask as fast as it can."""
    CLIENTS = {"station": "issuing-station"}
    PERSONS = PERSONS

    def _build(self):
        super()._build()
        scopes = self.data / "scopes.toml"
        scopes.write_text(scopes.read_text().replace("per_second = 100", "per_second = 1000000").replace("burst = 500", "burst = 1000000"))

    def numbers_file(self):
        """Every so many persons of the register, in an order that no page cache loves."""
        with sqlite3.connect(f"file:{self.data / 'registry.db'}?mode=ro", uri=True) as database:
            numbers = [f"{row[0]:012}" for row in database.execute("SELECT number FROM persons")]
        file = self.dir / "numbers"
        file.write_text("\n".join(random.Random(1).sample(numbers, min(ASKED, len(numbers)))) + "\n")
        return file

    def load(self, clients, numbers):
        station = self.dir / "station"
        done = subprocess.run([BUILD / "bin/https_load", "--url", self.url, "--ca", self.dir / "ca/ca.pem", "--certificate", station / "tls.pem",
                               "--key", station / "tls.key", "--password-file", self.password("station"), "--numbers", numbers,
                               "--target", CONSTANT, "--target", LOOK_UP, "--clients", str(clients), "--requests", str(REQUESTS[clients])],
                              stdout=subprocess.PIPE, text=True, check=True)
        constant, look_up = json.loads(done.stdout)["targets"]
        for target in (constant, look_up):
            if list(target["statuses"]) != ["200"]:
                raise AssertionError(f"{target['target']}: not all were answered with 200: {target['statuses']}")
        return constant, look_up

    def memory_kib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def main():
    with Measured() as service:
        numbers = service.numbers_file()
        figures = {}
        for clients in REQUESTS:
            constant, look_up = service.load(clients, numbers)
            turns = [asked / told for asked, told in zip(look_up.pop("round_rates"), constant.pop("round_rates"), strict=True)]
            figures[clients] = {"constant": constant, "look_up": look_up, "ratio": statistics.median(turns),
                                "whole": look_up["per_second"] / constant["per_second"]}
        memory = service.memory_kib()
    for clients, found in figures.items():
        for name in ("constant", "look_up"):
            one = found[name]
            print(f"{clients:3} clients, {name:9} {one['per_second']:9.0f}/s  median {one['median_us']:8.0f} us  p99 {one['p99_us']:8.0f} us")
    print(f"memory of the server at its highest: {memory} KiB, {PERSONS} persons")
    ratio = figures[1]["ratio"]
    print(f"look-up over HTTPS / constant answer: {ratio:.2f} (at least {BOUND}), over the whole run {figures[1]['whole']:.2f}; "
          f"under 16 clients {figures[16]['ratio']:.2f}")
    if len(sys.argv) > 2:
        record = {"persons": PERSONS, "figures": figures, "memory_kib": memory, "ratio": ratio, "bound": BOUND}
        pathlib.Path(sys.argv[2]).write_text(json.dumps(record, indent=2) + "\n")
    return ratio < BOUND


sys.exit(main())
