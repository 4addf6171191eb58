"""The register's ratios: python3 tests/bench/registry_ratios.py BUILD_DIR [--persons N] [--grown N] [--evidence FILE]

A look-up by number against a bare prepared SELECT, the search for duplicates against a look-up, and an import against
sqlite3's own .import of the same rows in the same order into the same indexed tables, and the memory of that import against
that of its first third (flat: the same), all in one run. With --grown the register is made a second time with so many
persons (10,000,000 in ./check --long), and the median look-up must not have grown by more than half. Exits 1 when a ratio is missed.
"""
import argparse
import csv
import itertools
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import time

COLUMNS = ("number", "full_name", "birth", "sex", "nationality", "ethnicity", "religion", "place_of_origin",
           "place_of_birth", "residence", "father", "mother", "spouse", "old_id", "cancelled_number")
# What the program does itself when it adds a person, for an import that knows nothing of it.
TRIGGER = """CREATE TRIGGER named AFTER INSERT ON persons BEGIN
  INSERT INTO persons_names(rowid, folded) VALUES(new.number, new.folded); END;"""


def timed(command, **kwargs):
    begin = time.monotonic()
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, check=True, **kwargs)
    return time.monotonic() - begin, done.stdout


def peak_of(command):
    """Kilobytes that one command took at its highest, what it says, and its seconds."""
    begin = time.monotonic()
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True) as process:
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command[1]} ended with {process.returncode}")
    return usage.ru_maxrss, said, time.monotonic() - begin


def make(program, folder, persons):
    timed([program, "init", "--data", folder])
    seconds, _ = timed([program, "sample", persons, "--data", folder])
    return seconds


def export(register, persons, folded):
    """The sample's persons twice, in the order of their numbers: for our import, and whole rows for sqlite3's."""
    database = sqlite3.connect(register / "registry.db")
    with open(persons, "w", newline="") as ours, open(folded, "w", newline="") as theirs:
        write, write_rows = csv.writer(ours, lineterminator="\n"), csv.writer(theirs, lineterminator="\n")
        write.writerow(COLUMNS)
        for row in database.execute(f"SELECT {', '.join(COLUMNS)}, folded FROM persons ORDER BY number"):
            number = f"{row[0]:012}"
            write.writerow([number, *row[1:14], ""])
            write_rows.writerow([row[0], *row[1:14], "", row[15], 0, 1])
    database.close()


def imports(program, register, folder):
    """Seconds of our import, seconds of .import, peak kilobytes of ours and of the first third alone."""
    persons, folded = folder / "persons.csv", folder / "folded.csv"
    export(register, persons, folded)
    third = folder / "third.csv"
    with open(persons) as whole, open(third, "w") as part:
        lines = sum(1 for _ in whole)
        whole.seek(0)
        part.writelines(itertools.islice(whole, 1 + lines // 3))
    for name in ("ours", "theirs", "third"):
        timed([program, "init", "--data", folder / name])
    database = sqlite3.connect(folder / "theirs/registry.db")
    # .import writes texts only, and an empty text is no number: the one column that may be empty takes anything there.
    made = [sql for (sql,) in database.execute(
        "SELECT sql FROM sqlite_master WHERE tbl_name = 'persons' AND sql IS NOT NULL ORDER BY type DESC")]
    made[0] = made[0].replace("INTEGER CHECK(cancelled_number BETWEEN 0 AND 999999999999)", "ANY")
    database.executescript(";".join(["DROP TABLE persons", *made, TRIGGER]))
    database.close()
    script = f".bail on\n.mode csv\nPRAGMA cache_size = -65536;\n.import {folded} persons\n"
    theirs, _ = timed(["sqlite3", folder / "theirs/registry.db"], input=script)
    peak, told, ours = peak_of([program, "import", persons, "--data", folder / "ours", "--json"])
    peak_of_third, _, _ = peak_of([program, "import", third, "--data", folder / "third", "--json"])
    added = json.loads(told)["added"]
    there = sqlite3.connect(folder / "theirs/registry.db").execute("SELECT count(*) FROM persons").fetchone()[0]
    if added != there:
        sys.exit(f"our import added {added} persons and sqlite3's {there}")
    return ours, theirs, peak, peak_of_third


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--grown", type=int)
    parser.add_argument("--evidence", type=pathlib.Path)
    arguments = parser.parse_args()
    program, bench = arguments.build / "bin/cccd-registry", arguments.build / "bin/registry_bench"
    figures, bounds = {}, []
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        figures["sample_s"] = make(program, folder / "register", arguments.persons)
        small = json.loads(timed([bench, folder / "register", 20_000, 1_000])[1])
        ours, theirs, peak, peak_of_third = imports(program, folder / "register", folder)
        figures |= {"import_s": ours, "sqlite3_import_s": theirs, "import_peak_kb": peak, "third_peak_kb": peak_of_third, **small}
        if arguments.persons >= 1_000_000:  # a third of fewer does not fill the page cache (64 MiB) yet
            bounds.append(("memory of an import / of a third", peak / peak_of_third, "<=", 1.2))
        bounds.append(("sqlite3's .import / our import", theirs / ours, ">=", 0.5))
        measured = small
        if arguments.grown:
            figures["grown_sample_s"] = make(program, folder / "grown", arguments.grown)
            measured = json.loads(timed([bench, folder / "grown", 20_000, 1_000])[1])
            figures |= {f"grown_{name}": value for name, value in measured.items()}
            bounds.append(("look-up, grown / small", measured["lookup_us"] / small["lookup_us"], "<=", 1.5))
        bounds.append(("bare SELECT / look-up", measured["bare_us"] / measured["lookup_us"], ">=", 0.7))
        bounds.append(("duplicates / look-up", measured["duplicates_us"] / measured["lookup_us"], "<=", 20))
    missed = 0
    for name, value in figures.items():
        print(f"{name:24} {value:.2f}")
    for name, value, sense, bound in bounds:
        kept = value >= bound if sense == ">=" else value <= bound
        missed += not kept
        print(f"{name:32} {value:8.2f}  {sense} {bound}{'' if kept else '  MISSED'}")
    if arguments.evidence:
        record = {"figures": figures, "ratios": {name: value for name, value, _, _ in bounds}}
        arguments.evidence.write_text(json.dumps(record, indent=1) + "\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
