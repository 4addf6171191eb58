"""A long search that is cut off goes on where it was: with stand-ins for law_fuzzer and card_fuzzer that spend a little processor
time and say what libFuzzer says."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

SEARCH = pathlib.Path(os.environ["CCCD_SOURCE_DIR"]) / "tests/fuzz/search"
STAND_IN = """#!%s
import os, sys, time
law = os.environ.get("CCCD_LAW")
if sys.argv[1] == "--laws":
    print("\\n".join(LAWS))
elif sys.argv[1] == "--seeds":
    open(os.path.join(sys.argv[2], "0"), "wb").write(b"seed")
elif sys.argv[1].startswith("-timeout="):
    sys.exit(70 if "HANGS" in os.environ else 0)  # asked for one input
else:
    corpus = sys.argv[1]
    while time.process_time() < 0.15:
        pass
    runs = len(os.listdir(corpus))
    open(os.path.join(corpus, str(runs)), "w").close()
    with open(os.path.join(HERE, "runs"), "a") as told:
        told.write(f"{law} {[word for word in sys.argv if word.startswith('-seed=')][0]} {runs}\\n")
    print("#1 cov: 42 ft: 1", file=sys.stderr)
    if law == os.environ.get("BREAKS"):
        sys.exit("CRL: it is not so")
    if law == os.environ.get("LATE"):
        prefix, = [word.partition("=")[2] for word in sys.argv if word.startswith("-artifact_prefix=")]
        open(prefix + "timeout-0123", "wb").write(b"input")
        print("stat::number_of_executed_units: 1000", file=sys.stderr)
        sys.exit(70)
    if os.environ.get("CUT_OFF_AFTER") == str(len(open(os.path.join(HERE, "runs")).readlines())):
        os.kill(os.getppid(), 9)
    print("stat::number_of_executed_units: 1000", file=sys.stderr)
"""


class Search(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="cccd-search-"))
        self.addCleanup(shutil.rmtree, self.dir)
        self.write_program("")

    def write_program(self, extra, name="law_fuzzer", laws=("TLV", "CRL")):
        program = self.dir / name
        program.write_text((STAND_IN % sys.executable).replace("HERE", repr(str(self.dir))).replace("LAWS", repr(laws)) + extra)
        program.chmod(0o755)

    def search(self, programs=("law_fuzzer",), **environment):
        named = [word for name in programs for word in ("--program", self.dir / name)]
        return subprocess.run([sys.executable, SEARCH, *named, "--keep", self.dir / "kept", "--seconds", "0.4", "--slice", "1",
                               "--seed", "70", "--jobs", "1", "--page", self.dir / "fuzz.md", "--json", self.dir / "fuzz.json"], capture_output=True,
                              text=True, env=os.environ | environment, timeout=60)

    def runs(self):
        return (self.dir / "runs").read_text().splitlines()

    def rows(self):
        lines = (self.dir / "fuzz.md").read_text().splitlines()
        return {cells[1]: cells[2:-1] for line in lines if line.startswith(("| TLV", "| CRL", "| PACE")) for cells in [[cell.strip() for cell in line.split("|")]]}

    def assert_each_turn_went_to_who_had_the_least(self):
        left = {law: [one["cpu"] for one in slices] for law, slices in json.loads((self.dir / "kept/record.json").read_text())["slices"].items()}
        had = {law: 0.0 for law in left}
        for law in (run.split()[0] for run in self.runs()):
            self.assertEqual(had[law], min(time for time in had.values() if time < 0.4))
            had[law] = round(had[law] + left[law].pop(0), 2)
        self.assertEqual(left, {"TLV": [], "CRL": []})

    def test_every_law_gets_its_time_in_turns_and_the_page_says_so(self):
        done = self.search()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_each_turn_went_to_who_had_the_least()
        for law in ("TLV", "CRL"):
            seeds = [run.split()[1] for run in self.runs() if run.startswith(law)]
            self.assertEqual(seeds, [f"-seed={70 + n}" for n in range(len(seeds))])
            result, _, inputs, edges, told, commit = self.rows()[law]
            self.assertEqual((result, inputs, edges, told), ("held", f"{1000 * len(seeds):,}", "42", f"70 to {69 + len(seeds)}"))
            self.assertTrue(commit)
        self.assertGreaterEqual(json.loads((self.dir / "fuzz.json").read_text())["CRL"]["seconds"], 0.4)

    def test_a_search_that_was_cut_off_goes_on_and_does_nothing_twice(self):
        self.assertEqual(self.search(CUT_OFF_AFTER="3").returncode, -signal.SIGKILL)
        self.assertEqual(self.rows()["TLV"][0], "held so far")
        kept = json.loads((self.dir / "kept/record.json").read_text())["slices"]
        self.assertEqual({law: len(slices) for law, slices in kept.items()}, {"TLV": 1, "CRL": 1})  # the third was under way
        self.assertEqual(self.search().returncode, 0)
        done = json.loads((self.dir / "kept/record.json").read_text())["slices"]
        self.assertEqual([done[law][0] for law in kept], [kept[law][0] for law in kept])
        again = len(self.runs())
        self.assertEqual(self.search().returncode, 0)
        self.assertEqual(len(self.runs()), again, "everything had its time")

    def test_time_spent_on_another_build_does_not_count_but_its_inputs_help(self):
        self.assertEqual(self.search().returncode, 0)
        before = len(self.runs())
        self.write_program("# changed\n")
        self.assertEqual(self.search().returncode, 0)
        again = self.runs()[before:]
        self.assertGreaterEqual(len(again), 4)
        self.assertNotEqual(again[0].split()[2], "0", "the corpus is there")

    def test_each_program_is_searched_and_only_its_own_new_build_takes_its_time(self):
        both = ("law_fuzzer", "card_fuzzer")
        self.write_program("", "card_fuzzer", ("PACE, any answers",))
        self.assertEqual(self.search(both).returncode, 0)
        self.assertEqual({law: row[0] for law, row in self.rows().items()}, {"TLV": "held", "CRL": "held", "PACE, any answers": "held"})
        self.assertIn("## Laws of the evil card\n", (self.dir / "fuzz.md").read_text())
        before = len(self.runs())
        self.write_program("# changed\n", "card_fuzzer", ("PACE, any answers",))
        self.assertEqual(self.search(both).returncode, 0)
        self.assertEqual({run.split()[0] for run in self.runs()[before:]}, {"PACE,"})
        self.write_program("# changed\n")
        self.assertEqual(self.search().returncode, 0)
        before = len(self.runs())
        self.assertEqual(self.search(both).returncode, 0)
        self.assertEqual(len(self.runs()), before, "a search of one program keeps the other's time")

    def test_a_record_that_names_one_program_for_all_goes_on(self):
        self.assertEqual(self.search().returncode, 0)
        record = self.dir / "kept/record.json"
        slices = json.loads(record.read_text())["slices"]
        program = slices["TLV"][0]["program"]
        old = {law: [{name: value for name, value in one.items() if name != "program"} for one in all] for law, all in slices.items()}
        before = len(self.runs())
        for named, searched in ((program, False), ("another", True)):
            record.write_text(json.dumps({"program": named, "slices": old}))
            self.assertEqual(self.search().returncode, 0)
            self.assertEqual(len(self.runs()) > before, searched)

    def test_a_broken_law_ends_with_1_and_stays_broken(self):
        for _ in range(2):
            done = self.search(BREAKS="CRL")
            self.assertEqual(done.returncode, 1)
            self.assertEqual((self.rows()["CRL"][0], self.rows()["TLV"][0]), ("BROKEN", "held"))
        self.assertEqual(len([run for run in self.runs() if run.startswith("CRL")]), 1)

    def test_an_input_that_only_waited_for_the_processor_breaks_nothing(self):
        self.assertEqual(self.search(LATE="CRL").returncode, 0)
        self.assertEqual(self.rows()["CRL"][0], "held")
        self.assertEqual(list((self.dir / "kept/CRL/broken").iterdir()), [])
        shutil.rmtree(self.dir / "kept")
        self.assertEqual(self.search(LATE="CRL", HANGS="yes").returncode, 1)
        self.assertEqual(self.rows()["CRL"][0], "BROKEN")
        self.assertEqual(len(list((self.dir / "kept/CRL/broken").iterdir())), 1)


if __name__ == "__main__":
    unittest.main()
