"""The papers say what the programs do: man pages list every option and command, links lead somewhere, every code has its line.

- every command and long option of a program's --help stands in docs/man/<program>.1;
- every relative link in README.md and docs/**/*.md points to a file that is there;
- the page on profiles shows the shipped one, table by table and line by line;
- every finding or fault code written in the sources stands in docs/failure-codes.md, and every code there is in the sources.
"""
import pathlib
import re
import subprocess
import sys
import tomllib

PROGRAMS = ["cccd-pki", "cccd-registry", "cccd-station", "cccd-signer", "cccd-verify", "cccd-chip", "cccd-proof"]
CODE = re.compile(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"')


def help_of(program: pathlib.Path, *words: str) -> str:
    return subprocess.run([program, *words, "--help"], capture_output=True, text=True, timeout=30).stdout


def man_pages(source: pathlib.Path, build: pathlib.Path):
    programs = {name: build / "bin" / name for name in PROGRAMS}
    programs["cccd-private-pcscd"] = source / "smartcard/simulator/private-pcscd"
    for name, program in programs.items():
        page = source / "docs/man" / f"{name}.1"
        if not page.exists():
            yield f"docs/man/{name}.1 is missing"
            continue
        text = page.read_text().replace("\\-", "-")
        overview = help_of(program)
        if "Example:" not in overview:
            yield f"{name} --help has no example"
        listed = overview.split("Commands:\n")
        commands = re.findall(r"^  (\S+(?: \S+)?)  +", listed[1], re.M) if len(listed) > 1 else [""]
        for command in commands:
            if command and command not in text:
                yield f"docs/man/{name}.1 lacks the command '{command}'"
            for option in set(re.findall(r"^  (--[a-z0-9-]+)", help_of(program, *command.split()), re.M)):
                if option not in text:
                    yield f"docs/man/{name}.1 lacks {option} of '{command}'"


def links(source: pathlib.Path):
    for page in [source / "README.md", *sorted((source / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
            if not re.match(r"[a-z]+:", target) and not (page.parent / target).exists():
                yield f"{page.relative_to(source)}: {target} is not there"


def profile(source: pathlib.Path):
    page = source / "docs/formats/pki-profile.md"
    blocks = re.findall(r"^```toml\n(.*?)^```", page.read_text() if page.exists() else "", re.M | re.S)
    shown = [tomllib.loads(block) for block in blocks]
    for name in ("cccd", "signatories"):
        file = source / f"pki/x509/issue/profiles/{name}.toml"
        if tomllib.loads(file.read_text()) not in shown:
            yield f"docs/formats/pki-profile.md does not show the profile that is shipped ({file.relative_to(source)})"


def codes_in(source: pathlib.Path):
    """What the sources can say: whole codes; numbered ones, DG{}_X, as DGn_X; and the endings that "{}_{}" puts behind a file's name."""
    whole, endings = set(), set()
    for wing in ("pki", "smartcard", "printer", "issuance"):
        for file in (source / wing).rglob("*"):
            if file.suffix not in (".cpp", ".h", ".toml"):
                continue
            text = file.read_text()
            whole |= set(CODE.findall(text)) | {"DGn_" + rest for rest in re.findall(r'"DG\{\}_([A-Z_]+)"', text)}
            for call in re.findall(r'fmt::format\("(?:DG)?\{\}_\{\}",[^;]*?;', text):
                endings |= set(re.findall(r'"([A-Z_]+)"', call))
    return whole, endings


def codes(source: pathlib.Path):
    whole, endings = codes_in(source)
    page = (source / "docs/failure-codes.md").read_text()
    rows = re.findall(r"^\| `([A-Za-z0-9_]+)` \|(.*)$", page, re.M)
    listed = {code for code, _ in rows}
    for code, rest in rows:
        if not re.fullmatch(r"[^|]+\|[^|]+\|[^|]+\|", rest):
            yield f"docs/failure-codes.md: the row of {code} has not four cells"
    for code in sorted(listed):
        if sum(code == other for other, _ in rows) > 1:
            yield f"docs/failure-codes.md lists {code} twice"
    not_codes = set(re.findall(r"^- `([A-Z0-9_]+)`", page, re.M))  # words of other standards that look like codes
    for code in sorted(whole - listed - not_codes):
        if code.startswith("CKR_"):  # PKCS#11's own names of return values
            continue
        if re.sub(r"^DG\d+_", "DGn_", code) not in listed:
            yield f"docs/failure-codes.md lacks {code}"
    for ending in sorted(endings):
        if not any(code.endswith("_" + ending) for code in listed):
            yield f"docs/failure-codes.md lacks a code that ends in _{ending}"
    for code in sorted(listed - whole):
        if not re.sub(r"^(DGn|SOD|COM)_", "", code) in endings:
            yield f"docs/failure-codes.md lists {code}, which nothing says"


def main() -> int:
    source, build = map(pathlib.Path, sys.argv[1:3])
    wrong = [*man_pages(source, build), *links(source), *profile(source), *codes(source)]
    print("\n".join(wrong) if wrong else "the papers are true")
    return bool(wrong)


sys.exit(main())
