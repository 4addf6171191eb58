"""tests/catalogue.csv: every row is an id of the catalogue of bad inputs, once and in order, with a reason; the tests it names exist;
at most a fifth does not apply."""
import csv
import pathlib
import re
import sys

ROWS = {"A": 16, "B": 10, "C": 28, "D": 11, "E": 14, "F": 5, "G": 13, "H": 17, "I": 7}  # chip A-F, inspection F-H, issuance I
ORDER = [f"{letter}{number}" for letter, count in ROWS.items() for number in range(1, count + 1)]
TEST = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)", re.M)


def main() -> int:
    source = pathlib.Path(sys.argv[1])
    tests = {f"{suite}.{name}" for file in (source / "tests").rglob("*.cpp") for suite, name in TEST.findall(file.read_text())}
    with open(source / "tests/catalogue.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    ids = [row["id"] for row in rows]
    wrong = [] if ids == [i for i in ORDER if i in set(ids)] else ["the ids are not those of the catalogue, once and in order"]
    for row in rows:
        if row["status"] not in ("tested", "not applicable") or not row["reason"]:
            wrong.append(f"{row['id']}: tested or not applicable, with a reason")
        named = row["test"].split() if row["test"] else []
        if bool(named) != (row["status"] == "tested"):
            wrong.append(f"{row['id']}: a test is named when there is one")
        wrong += [f"{row['id']}: there is no test {name}" for name in named if name not in tests]
    if sum(row["status"] == "not applicable" for row in rows) > len(ORDER) // 5:
        wrong.append("more than a fifth does not apply")
    print("\n".join(wrong) if wrong else f"{len(rows)} of {len(ORDER)} rows, every test is there")
    return bool(wrong)


sys.exit(main())
