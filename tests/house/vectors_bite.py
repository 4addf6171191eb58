"""A vector that cannot fail proves nothing: flips one nibble in each group of tests/vectors/groups.csv and runs its tests again.

Each must pass as it is and fail with the flip (not crash, not time out). Every file under tests/vectors must serve a group.
"""
import csv
import os
import pathlib
import subprocess
import sys


def run(program: pathlib.Path, filter_: str, flip: str | None) -> tuple[int, str]:
    environment = dict(os.environ)
    environment.pop("CCCD_VECTOR_FLIP", None)
    if flip:
        environment["CCCD_VECTOR_FLIP"] = flip
    done = subprocess.run([program, f"--gtest_filter={filter_}"], env=environment, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout


def main() -> int:
    source, build = map(pathlib.Path, sys.argv[1:3])
    vectors = source / "tests/vectors"
    wrong, used = [], set()
    with open(vectors / "groups.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        program = build / "bin" / row["program"]
        used.add(row["file"])
        code, text = run(program, row["filter"], None)
        if code != 0 or "[  PASSED  ] 0 tests" in text or "PASSED" not in text:
            wrong.append(f"{row['group']}: {row['filter']} does not pass, or runs nothing")
            continue
        code, text = run(program, row["filter"], f"{row['file']}#{row['pointer']}")
        if code != 1 or "FAILED TEST" not in text:
            wrong.append(f"{row['group']}: a flipped nibble at {row['pointer']} went unseen (exit {code})")
    for file in vectors.glob("*.json"):
        if file.name not in used:
            wrong.append(f"{file.name} serves no group")
    print("\n".join(wrong) if wrong else f"{len(rows)} groups of vectors bite")
    return bool(wrong) or not rows


sys.exit(main())
