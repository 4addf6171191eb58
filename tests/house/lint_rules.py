"""docs/lint-rules.md says what `cccd-pki lint --rules --json` says: the same rules, severities, texts and clauses, no other."""
import json
import pathlib
import re
import subprocess
import sys

ROW = re.compile(r"^\| `([A-Z0-9_]+)`(\*?) \| ([^|]+) \| (\w+) \| (\w+) \| (.+) \| ([^|]+) \|$", re.M)


def main() -> int:
    source, build = map(pathlib.Path, sys.argv[1:3])
    told = subprocess.run([build / "bin/cccd-pki", "lint", "--rules", "--json"], capture_output=True, text=True, timeout=30, check=True)
    rules = {rule["id"]: rule for rule in json.loads(told.stdout)["rules"]}
    page = (source / "docs/lint-rules.md").read_text()
    judged, _, others = page.partition("## Not judged")
    wrong = []
    seen = set()
    for name, old, objects, write, read, text, clause in ROW.findall(judged):
        seen.add(name)
        rule = rules.get(name)
        if rule is None:
            wrong.append(f"{name} stands on the page and the program does not know it")
        elif (objects, write, read, text.replace("\\|", "|"), clause, bool(old)) != (
                ", ".join(rule["objects"]), rule["on_write"], rule["on_read"], rule["text"], rule["clause"], rule["not_in_sixth_edition"]):
            wrong.append(f"{name}: the page says something else than the program")
    wrong += [f"{name} is not on the page" for name in sorted(set(rules) - seen)]
    wrong += [f"{name} is judged and listed as not judged" for name in rules if re.search(rf"^\| {name} \|", others, re.M)]
    if len(rules) < 120:
        wrong.append(f"only {len(rules)} rules")
    print("\n".join(wrong) if wrong else f"{len(rules)} rules as on the page")
    return bool(wrong)


sys.exit(main())
