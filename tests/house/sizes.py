"""Files stay under 500 lines and functions under 60, so that a room can be held in the head."""
import pathlib
import re
import sys

LONGEST_FILE, LONGEST_FUNCTION = 500, 60


def functions(lines: list[str]):
    """Yields (first line, length) of every block that opens at the left margin or inside a namespace and is no type."""
    start = None
    for number, line in enumerate(lines, 1):
        if start is None and re.match(r"^[A-Za-z_~].*\)[^;]*\{$", line) and not re.match(r"^(namespace|struct|class|enum|union)\b", line):
            start = number
        elif start is not None and line == "}":
            yield start, number - start + 1
            start = None


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    wrong = []
    for folder in ("pki", "smartcard", "printer", "issuance", "tests"):
        for file in sorted(f for f in (root / folder).rglob("*") if f.suffix in (".h", ".cpp", ".py")):
            lines = file.read_text().splitlines()
            name = file.relative_to(root)
            if len(lines) > LONGEST_FILE:
                wrong.append(f"{name}: {len(lines)} lines")
            wrong += [f"{name}:{at}: a function of {size} lines" for at, size in functions(lines) if size > LONGEST_FUNCTION]
    print("\n".join(wrong) if wrong else "every file and function is small")
    return bool(wrong)


sys.exit(main())
