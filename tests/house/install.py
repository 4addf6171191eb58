"""What `cmake --install` lays down works from there, without the build tree's own fonts and files: python3 install.py SOURCE BUILD"""
import pathlib
import subprocess
import sys
import tempfile

PROGRAMS = ["cccd-pki", "cccd-registry", "cccd-station", "cccd-signer", "cccd-verify", "cccd-chip", "cccd-proof",
            "cccd-private-pcscd"]
FILES = ["share/cccd/fonts/OCR-B.ttf", "share/cccd/fonts/NotoSans-Regular.ttf", "share/cccd/profiles/virtual-lds.toml", "share/cccd/profiles/cccd-hardened.toml",
         "share/cccd/profiles/lds-family-a.toml", "share/cccd/profiles/lds-family-b.toml", "share/cccd/profiles/iso7816-9-files.toml",
         "share/cccd/layouts/adult-2024.toml", "share/cccd/layouts/child-2024.toml", "share/polkit-1/rules.d/90-cccd-pcscd.rules", "share/doc/cccd/LICENSE"]


def run(*words, **more):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120, **more)


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
