"""Runs the benchmarks and holds their ratios: python3 tests/bench/ratios.py BUILD_DIR [EVIDENCE.json]

Ratios are taken within one run, so a slow machine does not fail them; absolute figures are printed and recorded only.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]
REPETITIONS = 9


def medians(program, environment=None, measure="real_time", only=None, cores=None):
    """Median real (or CPU) time of each benchmark (whose name matches `only`) over interleaved repetitions, in microseconds.

    With `cores` the program stays on those: between two cores, one of which sleeps, a hand-off from thread to thread costs what the machine
    makes of it.
    """
    command = [program, "--benchmark_format=json", f"--benchmark_repetitions={REPETITIONS}", "--benchmark_min_time=0.2",
               "--benchmark_enable_random_interleaving=true", *([f"--benchmark_filter={only}"] if only else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env={**os.environ, **(environment or {})},
                          preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if cores else None)
    runs = {}
    for run in json.loads(done.stdout)["benchmarks"]:
        if run["run_type"] == "iteration":
            runs.setdefault(run["run_name"].split("/")[0], []).append(run[measure])
    return {name: statistics.median(times) for name, times in runs.items()}


def link(build, folder):
    """Starts a private pcscd with two slots, the echo card in one and a blank virtual chip in the other."""
    pcscd = SOURCE / "smartcard/simulator/private-pcscd"
    start = [pcscd, "start", "--dir", folder / "pcscd", "--port", "0"]
    socket = subprocess.run(start, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    cards = []
    try:
        port = int((folder / "pcscd/ports").read_text())
        keys = folder / "keys.toml"
        keys.write_text("version = 0x30\n" + "".join(f'{k} = "{"0" * 32}"\n' for k in ("enc", "mac", "dek")))
        keys.chmod(0o600)
        chip = [build / "bin/cccd-chip", "--state", folder / "chip.state"]
        new = ["--init", "--serial", "00112233445566AA", "--transport-keys", keys]
        subprocess.run([*chip, *new], check=True, stdout=subprocess.DEVNULL)
        with open(folder / "chip.log", "w") as log:
            cards = [subprocess.Popen([build / "bin/echo_card", str(port)], stderr=log),
                     subprocess.Popen([*chip, "--port", str(port + 1)], stderr=log)]
        readers = {"ECHO_READER": "Virtual PCD 00 00", "CHIP_READER": "Virtual PCD 00 01"}
        return medians(build / "bin/link_bench", {"PCSCLITE_CSOCK_NAME": socket, **readers})
    finally:
        for card in cards:
            card.terminate()
            card.wait()
        subprocess.run([pcscd, "stop", "--dir", folder / "pcscd"], check=False, stdout=subprocess.DEVNULL)


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        line = medians(build / "bin/line_bench", only="^(Raw|Line)(File|Token)/", cores={max(os.sched_getaffinity(0))})
        two = medians(build / "bin/line_bench", only="^(RawFile|LineFileTwoThreads)/")
        times = line | {"LineFileTwoThreads": two["LineFileTwoThreads"]} | medians(build / "bin/sod_bench") | medians(build / "bin/lists_bench") | link(build, pathlib.Path(folder))
        times |= medians(build / "bin/read_bench", measure="cpu_time")
    raw = times["RawSignP384"] + times["RawVerifyP384"] + times["RawVerifyP512"]
    ratios = {
        "card: build, sign, judge / raw operations": (times["BuildSignAndJudgeACard"] / raw, 1.3),
        "path: 100,000 revoked / none revoked": (times["PathWithManyRevoked"] / times["PathWithNoneRevoked"], 1.2),
        "master list: read / CMS_verify and d2i_X509": (times["ReadMasterList"] / times["RawMasterList"], 1.5),
        "card read: the terminal's CPU / raw public-key operations": (times["ReadACard"] / times["RawOperationsOfARead"], 1.5),
        "round trip: virtual chip / echo card": (times["RoundTripVirtualChip"] / times["RoundTripEchoCard"], 2.0),
    }
    least = {
        "SOD line, key file, one core: rate / raw": (line["RawFile"] / line["LineFile"], 0.85),
        "SOD line, key file, two threads: rate / raw on one": (two["RawFile"] / two["LineFileTwoThreads"], 1.6),
        "SOD line, token, one core: rate / bare C_Sign and verify": (line["RawToken"] / line["LineToken"], 0.85),
    }
    for name, time in sorted(times.items()):
        print(f"{name:28} {time:10.1f} us")
    for name, (ratio, bound) in ratios.items():
        print(f"{name}: {ratio:.2f} (at most {bound})")
    for name, (ratio, bound) in least.items():
        print(f"{name}: {ratio:.2f} (at least {bound})")
    if len(sys.argv) > 2:
        record = {"times_us": {name: round(time, 1) for name, time in times.items()},
                  "ratios": {name: {"value": round(ratio, 3), "bound": bound} for name, (ratio, bound) in ratios.items()},
                  "ratios_at_least": {name: {"value": round(ratio, 3), "bound": bound} for name, (ratio, bound) in least.items()}}
        pathlib.Path(sys.argv[2]).write_text(json.dumps(record, indent=2) + "\n")
    return (any(ratio > bound for ratio, bound in ratios.values())
            or any(ratio < bound for ratio, bound in least.values()))


sys.exit(main())
