"""What `cmake --install` lays down works from there, without the build tree's own fonts and files: python3 install.py SOURCE BUILD"""
import itertools
import pathlib
import re
import subprocess
import sys
import tempfile

PROGRAMS = ["cccd-pki", "cccd-registry", "cccd-station", "cccd-signer", "cccd-verify", "cccd-chip", "cccd-proof",
            "cccd-private-pcscd"]
FILES = ["share/cccd/fonts/OCR-B.ttf", "share/cccd/fonts/NotoSans-Regular.ttf", "share/cccd/profiles/virtual-lds.toml",
         "share/cccd/profiles/virtual-lds-ecdsa.toml", "share/cccd/profiles/cccd-hardened.toml", "share/cccd/profiles/virtual-lds-scp02.toml",
         "share/cccd/profiles/lds-family-a.toml", "share/cccd/profiles/lds-family-b.toml", "share/cccd/profiles/iso7816-9-files.toml",
         "share/cccd/layouts/adult-2024.toml", "share/cccd/layouts/child-2024.toml", "share/polkit-1/rules.d/90-cccd-pcscd.rules", "share/doc/cccd/LICENSE",
         "lib/sysusers.d/cccd.conf"]
UNITS = ["cccd-signer", "cccd-registry", "cccd-dv"]


def run(*words, **more):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120, **more)


def unit_faults(prefix: pathlib.Path):
    """Each unit runs an installed program as a user that is made, with options that it has, and systemd understands it."""
    users = (prefix / "lib/sysusers.d/cccd.conf").read_text()
    for name in UNITS:
        unit = prefix / f"lib/systemd/system/{name}.service"
        if not unit.is_file():
            yield f"{unit} is not installed"
            continue
        settings = dict(re.findall(r"^(\w+)=(.*)$", unit.read_text(), re.MULTILINE))
        if not re.search(rf"^u {settings['User']}\s", users, re.MULTILINE):
            yield f"{name}: nobody makes the user {settings['User']}"
        command = settings["ExecStart"].split()
        program = prefix / "bin" / pathlib.Path(command[0]).name  # the unit says where the build will be installed
        verb = list(itertools.takewhile(lambda word: not word.startswith("--"), command[1:]))
        help_ = run(program, *verb, "--help").stdout
        for option in (word for word in command if word.startswith("--")):
            if f"{option} " not in help_:
                yield f"{name}: {program.name} {' '.join(verb)} has no {option}"
        unit.write_text(unit.read_text().replace(command[0], str(program)))
        judged = run("systemd-analyze", "verify", "--man=no", unit)
        if judged.returncode != 0 or judged.stderr:
            yield f"{name}: {judged.stdout}{judged.stderr}"


def faults(build: pathlib.Path, prefix: pathlib.Path):
    done = run("cmake", "--install", build, "--prefix", prefix)
    if done.returncode != 0:
        yield f"cmake --install: {done.stderr}"
        return
    if "/etc/polkit-1/rules.d" not in done.stdout:
        yield "cmake --install does not say that polkit looks elsewhere than below this prefix"
    for name in [*FILES, *(f"share/man/man1/{program}.1" for program in PROGRAMS)]:
        if not (prefix / name).is_file():
            yield f"{name} is not installed"
    for program in PROGRAMS:
        told = run(prefix / "bin" / program, "--help")
        if told.returncode != 0 or program not in told.stdout:
            yield f"{program} --help: exit {told.returncode}, {told.stdout}{told.stderr}"
    yield from unit_faults(prefix)
    # The fonts are found beside the program, the layout inside it.
    (prefix / "text").write_text("0|1|2")
    painted = run(prefix / "bin/cccd-proof", "qr", prefix / "text", "--layout", prefix / "share/cccd/layouts/adult-2024.toml",
                  "--out", prefix / "qr.png")
    if painted.returncode != 0 or not (prefix / "qr.png").read_bytes().startswith(b"\x89PNG"):
        yield f"cccd-proof qr: {painted.stderr}"


def main() -> int:
    with tempfile.TemporaryDirectory() as prefix:
        wrong = list(faults(pathlib.Path(sys.argv[2]), pathlib.Path(prefix)))
    print("\n".join(wrong) if wrong else "what is installed works")
    return bool(wrong)


sys.exit(main())
