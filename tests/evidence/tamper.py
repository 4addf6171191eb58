"""Tampers with a log in each of the seven ways at every place, with the numbers left and with the entries numbered anew, and holds
verify_log() (log_tool) and the second verifier (log_verifier.py) to the reason that belongs to each.

    python3 tamper.py LOG_TOOL
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime

import log_verifier

TOOL = sys.argv[1]
ACT = 3  # entries under each checkpoint of the log that log_tool makes
NOW = datetime(2026, 11, 24, 15)  # as log_tool assumes it: 30 hours after the first entry


def with_numbers(entries, anew):
    return log_verifier.renumbered(entries) if anew else [log_verifier.canonical(e) for e in entries]


def entry_tamperings(entries):
    """(what was done, lines, the reason it must get)"""
    n = len(entries)
    places = range(n)
    for i in places:
        for member, value in (("data", {"case": "2026-999999"}), ("at", "2026-11-23T09:00:01Z"), ("event", "case.closed")):
            yield f"edit {member} of {i}", with_numbers(entries[:i] + [{**entries[i], member: value}] + entries[i + 1:], False), "LOG_ROOT_MISMATCH"
        yield f"edit number of {i}", with_numbers(entries[:i] + [{**entries[i], "index": n + 7}] + entries[i + 1:], False), "LOG_ROOT_MISMATCH"
        yield f"cut to {i}", with_numbers(entries[:i], False), "LOG_TAIL_CUT"
        last_act = i >= n - ACT  # a gap that is numbered over there is an end that is missing
        for anew in (False, True):
            reason = "LOG_TAIL_CUT" if i == n - 1 or (anew and last_act) else "LOG_ENTRY_DELETED"
            yield f"delete {i} anew={anew}", with_numbers(entries[:i] + entries[i + 1:], anew), reason
            foreign = {"at": entries[i]["at"], "data": {"case": "2026-777777"}, "event": "order.signed", "index": i}
            yield f"insert at {i} anew={anew}", with_numbers(entries[:i] + [foreign] + entries[i:], anew), "LOG_ENTRY_INSERTED"
            for j in places:
                if i == j:
                    continue
                rest = entries[:i] + entries[i + 1:]
                # Two neighbors whose entries are numbered anew exchanged what they say: a move and a swap are one act there.
                reason = "LOG_ENTRIES_SWAPPED" if anew and abs(i - j) == 1 else "LOG_ENTRIES_REORDERED"
                yield f"move {i} to {j} anew={anew}", with_numbers(rest[:j] + [entries[i]] + rest[j:], anew), reason
            for j in range(n + 1):
                # Numbered anew behind the last one (or as its double) it is a new entry, under no checkpoint yet.
                if not anew or (j < n and not i == j == n - 1):
                    yield f"replay {i} at {j} anew={anew}", with_numbers(entries[:j] + [entries[i]] + entries[j:], anew), "LOG_ENTRY_REPLAYED"
        for j in range(i + 1, n):
            swapped = [entries[{i: j, j: i}.get(k, k)] for k in places]
            yield f"swap {i} and {j}", with_numbers(swapped, True), "LOG_ENTRIES_SWAPPED"
    yield "whole", with_numbers(entries, False), None
    yield "line that is no entry", with_numbers(entries[:4], False) + ["{}"] + with_numbers(entries[5:], False), "LOG_ENTRY_MALFORMED"


class Bench:
    def __init__(self, root):
        self.root, self.cases = root, []
        subprocess.run([TOOL, "make", root / "good"], check=True)
        self.good = root / "good"
        self.log = log_verifier.lines_of(self.good / "log/log.jsonl")

    def case(self, what, reasons, change):
        folder = self.root / str(len(self.cases))
        shutil.copytree(self.good, folder)
        change(folder)
        self.cases.append((what, folder, sorted(reasons)))

    def seen_by_python(self, folder):
        now = folder / "now"
        memory = folder / "memory.jsonl"
        return log_verifier.verify(folder / "log", (folder / "log.pub").read_bytes(), log_verifier.lines_of(memory),
                                   datetime.strptime(now.read_text(), "%Y-%m-%dT%H:%M:%SZ") if now.exists() else NOW)

    def judge(self):
        folders = "".join(f"{folder}\n" for _, folder, _ in self.cases)
        answers = subprocess.run([TOOL, "verify"], input=folders, capture_output=True, text=True, check=True).stdout.split("\n")
        wrong = 0
        for (what, folder, reasons), answer in zip(self.cases, answers, strict=False):
            ours, second = answer.split(), self.seen_by_python(folder)
            if not ours == second == reasons:
                wrong += 1
                print(f"{what}: wanted {reasons}, verify_log {ours}, second verifier {second}")
        return wrong


def set_lines(file, lines):
    file.write_text("".join(line + "\n" for line in lines))


def folder_tamperings(bench):
    """What is done to more than the entries."""
    for act in range(1, 3):
        def put_back(folder, act=act):
            set_lines(folder / "log/log.jsonl", bench.log[:act * ACT])
            for name, keep in (("checkpoints", act), ("witnesses", (act + 1) // 2)):
                file = folder / f"log/{name}.jsonl"
                set_lines(file, log_verifier.lines_of(file)[:keep])
        bench.case(f"old state after act {act} put back", {"LOG_ROLLED_BACK"}, put_back)

    def repeat_checkpoint(folder):
        file = folder / "log/checkpoints.jsonl"
        lines = log_verifier.lines_of(file)
        set_lines(file, lines + lines[:1])
    late = "LOG_UNWITNESSED"  # at log_tool's time the last act has waited too long
    bench.case("an old checkpoint repeated", {"LOG_CHECKPOINT_ORDER", late}, repeat_checkpoint)
    bench.case("checkpoints removed, entries edited", {"LOG_FORKED", late}, lambda folder: (
        (folder / "log/checkpoints.jsonl").unlink(),
        set_lines(folder / "log/log.jsonl", [bench.log[0].replace("2026-000001", "2026-000009")] + bench.log[1:])))
    bench.case("another owner's key", {"LOG_CHECKPOINT_SIGNATURE", "LOG_WITNESS_SIGNATURE", late},
               lambda folder: shutil.copy(folder / "log/witness.pub", folder / "log.pub"))
    bench.case("another witness's key", {late, "LOG_WITNESS_SIGNATURE"}, lambda folder: (
        shutil.copy(folder / "log.pub", folder / "log/witness.pub"), (folder / "now").write_text("2026-11-24T15:00:00Z")))
    bench.case("a tail that waits too long", {late}, lambda folder: (folder / "now").write_text("2026-11-25T09:00:00Z"))
    bench.case("a tail that waits not too long", set(), lambda folder: (folder / "now").write_text("2026-11-24T09:21:00Z"))


def main():
    with tempfile.TemporaryDirectory() as root:
        bench = Bench(pathlib.Path(root))
        entries = [log_verifier.entry(line) for line in bench.log]
        fresh = "2026-11-24T09:00:00Z"
        for what, lines, reason in entry_tamperings(entries):
            bench.case(what, {reason} - {None}, lambda folder, lines=lines: (
                set_lines(folder / "log/log.jsonl", lines), (folder / "now").write_text(fresh)))
        folder_tamperings(bench)
        wrong = bench.judge()
        print(f"{len(bench.cases)} logs, {wrong} judged wrongly")
        return bool(wrong)


sys.exit(main())
