"""A second verifier of the audit log (docs/formats/log.md), which shares no code with pki/evidence: pure Python, its own ECDSA.

    python3 log_verifier.py LOG-FOLDER OWNER.pub [--seen FILE] [--now 2026-11-24T09:00:00Z]

prints the failing codes, one a line, and ends with 1 when there are any.
"""
import argparse
import base64
import functools
import hashlib
import json
import pathlib
import sys
import tomllib
from datetime import datetime, timedelta

SPAN = 64  # entries behind the sound part within which an act is undone to prove it

# --- ES256 (RFC 7518 §3.4, SEC 1 §4.1.4 on P-256) ---
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296, 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(k, point):
    out = None
    while k:
        if k & 1:
            out = add(out, point)
        point, k = add(point, point), k >> 1
    return out


def es256(spki, message, signature):
    if len(spki) != 91 or not spki.startswith(SPKI) or len(signature) != 64:
        return False
    key = int.from_bytes(spki[27:59], "big"), int.from_bytes(spki[59:], "big")
    if (key[1] ** 2 - key[0] ** 3 + 3 * key[0] - B) % P:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (0 < r < N and 0 < s < N):
        return False
    e, w = int.from_bytes(hashlib.sha256(message).digest(), "big"), pow(s, -1, N)
    point = add(times(e * w % N, G), times(r * w % N, key))
    return point is not None and point[0] % N == r


# --- statements (docs/formats/statements.md) ---
def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64(data) != text:
        raise ValueError("base64url")
    return data


def canonical(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def strict(text):
    value = json.loads(text)
    if canonical(value) != text:
        raise ValueError("not canonical")
    return value


@functools.lru_cache(maxsize=None)
def statement(jws, kind, spki):
    try:
        header, payload, signature = jws.split(".")
        wanted = canonical({"alg": "ES256", "kid": b64(hashlib.sha256(spki).digest()), "typ": f"cccd-{kind}+jws"})
        if header != b64(wanted.encode()) or not es256(spki, f"{header}.{payload}".encode(), unb64(signature)):
            return None
        return strict(unb64(payload).decode())
    except (ValueError, AttributeError):
        return None


def checkpoint(jws, owner):
    said = statement(jws, "checkpoint", owner)
    return (said["size"], unb64(said["root"])) if said and set(said) == {"at", "root", "size"} else None


# --- the tree (RFC 6962 §2.1) ---
def leaf(line):
    return hashlib.sha256(b"\0" + line.encode()).digest()


def root_of(leaves):
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256().digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root_of(leaves[:half]) + root_of(leaves[half:])).digest()


def root(lines):
    return root_of([leaf(line) for line in lines])


# --- the log ---
def entry(line):
    try:
        value = strict(line)
        datetime.strptime(value["at"], "%Y-%m-%dT%H:%M:%SZ")
        good = set(value) == {"at", "data", "event", "index"} and isinstance(value["event"], str) and type(value["index"]) is int
        return value if good and value["index"] >= 0 else None
    except (ValueError, KeyError, TypeError):
        return None


def lines_of(file):
    return file.read_bytes().decode().split("\n")[:-1] if file.exists() else []


def renumbered(entries):
    return [canonical({**e, "index": i}) for i, e in enumerate(entries)]


def said(e):
    return canonical({**e, "index": 0})


def wrong_number(entries, place, covered):
    here = entries[place]
    if here is None:
        return "LOG_ENTRY_MALFORMED"
    twins = [e for i, e in enumerate(entries) if e and i != place and e["index"] == here["index"]]
    comes_later = any(e and e["index"] == place for e in entries[place + 1:])
    behind = entries[place + 1] if place + 1 < len(entries) else None
    in_place = behind["index"] == place + 1 if behind else covered == place + 1
    if not comes_later and in_place:
        return "LOG_ROOT_MISMATCH"
    if twins:
        return "LOG_ENTRY_REPLAYED" if here in twins else "LOG_ENTRY_INSERTED"
    return "LOG_ENTRIES_REORDERED" if comes_later else "LOG_ENTRY_DELETED"


def name(lines, entries, good, own, covered):
    """What was done behind the first `good` entries, which are as they were signed."""
    for place in range(good, len(entries)):
        if entries[place] is None or entries[place]["index"] != place:
            return wrong_number(entries, place, covered)
    ahead = sorted(c for c in own if c[0] > good)
    if not ahead or len(lines) < ahead[0][0]:
        return "LOG_TAIL_CUT"
    near = [c for c in ahead if c[0] - good <= SPAN]
    if near:
        size, wanted = near[-1] if near[-1][0] <= len(lines) else ahead[0]
        head, body = [leaf(line) for line in lines[:good]], entries[good:size]
        at_place = functools.lru_cache(maxsize=None)(lambda text, place: leaf(canonical({**json.loads(text), "index": place})))
        texts = {id(e): said(e) for e in entries if e}

        def fits(candidate):
            return root_of(head + [at_place(texts[id(e)], good + i) for i, e in enumerate(candidate)]) == wanted

        longer = entries[good:size + 1]
        for i in range(len(longer) if len(longer) > len(body) else 0):
            if fits(longer[:i] + longer[i + 1:]):
                again = any(e and k != good + i and said(e) == said(longer[i]) for k, e in enumerate(entries))
                return "LOG_ENTRY_REPLAYED" if again else "LOG_ENTRY_INSERTED"
        for i in range(len(body)):
            for j in range(i + 1, len(body)):
                if fits(body[:i] + [body[j]] + body[i + 1:j] + [body[i]] + body[j + 1:]):
                    return "LOG_ENTRIES_SWAPPED"
        for i in range(len(body)):
            rest = body[:i] + body[i + 1:]
            if any(j != i and fits(rest[:j] + [body[i]] + rest[j:]) for j in range(len(body))):
                return "LOG_ENTRIES_REORDERED"
    return "LOG_ENTRY_DELETED" if len(lines) < covered else "LOG_ROOT_MISMATCH"


def cosigned(line, owner, witnesses):
    try:
        both = strict(line)
        if set(both) != {"checkpoint", "witness"}:
            return None
        seen = checkpoint(both["checkpoint"], owner)
    except (ValueError, TypeError):
        return None
    if seen is None or witnesses is None:
        return seen
    for key in witnesses:
        word = statement(both["witness"], "witness", key)
        if word and {**word, "at": ""} == {"at": "", "log": b64(hashlib.sha256(owner).digest()), "root": b64(seen[1]), "size": seen[0]}:
            return seen
    return None


def verify(folder, owner, seen_lines=(), now=None):
    """The failing codes, sorted."""
    codes, own, others = set(), [], []
    for line in lines_of(folder / "checkpoints.jsonl"):
        try:
            point = checkpoint(strict(line)["checkpoint"], owner)
        except (ValueError, KeyError, TypeError):
            point = None
        if point is None:
            codes.add("LOG_CHECKPOINT_SIGNATURE")
            continue
        if own and point[0] < own[-1][0]:
            codes.add("LOG_CHECKPOINT_ORDER")
        own.append(point)
    policy, witnesses = None, None
    if (folder / "witnesses.toml").exists():
        policy = tomllib.loads((folder / "witnesses.toml").read_text())
        witnesses = [(folder / w["key"]).read_bytes() for w in policy["witness"]]
    for line in [*seen_lines, *lines_of(folder / "witnesses.jsonl")]:
        point = cosigned(line, owner, witnesses)
        others.append(point) if point else codes.add("LOG_WITNESS_SIGNATURE")

    lines = lines_of(folder / "log.jsonl")
    entries = [entry(line) for line in lines]
    covered = max((size for size, _ in own), default=0)
    numbered = next((i for i, e in enumerate(entries) if e is None or e["index"] != i), len(lines))
    good = 0
    for size, wanted in sorted(own + others):
        if size <= numbered and root(lines[:size]) == wanted:
            good = size
        elif (size, wanted) in own or size > numbered:
            break
    own_fit = all(size <= len(lines) and root(lines[:size]) == wanted for size, wanted in own)
    if numbered < len(lines) or not own_fit:
        return sorted(codes | {name(lines, entries, good, own, covered)})
    if any(size <= len(lines) and root(lines[:size]) != wanted for size, wanted in others):
        codes.add("LOG_FORKED")
    witnessed = max((size for size, _ in others), default=0)
    if witnessed > len(lines):
        codes.add("LOG_ROLLED_BACK")
    if policy and now and witnessed < len(lines):
        age = now - datetime.strptime(entries[witnessed]["at"], "%Y-%m-%dT%H:%M:%SZ")
        if age > timedelta(hours=policy["unwitnessed_hours"]):
            codes.add("LOG_UNWITNESSED")
    return sorted(codes)


def main():
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("folder", type=pathlib.Path)
    reader.add_argument("owner", type=pathlib.Path)
    reader.add_argument("--seen", type=pathlib.Path)
    reader.add_argument("--now", type=lambda text: datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))
    given = reader.parse_args()
    codes = verify(given.folder, given.owner.read_bytes(), lines_of(given.seen) if given.seen else (), given.now)
    print("\n".join(codes), end="\n" if codes else "")
    return bool(codes)


if __name__ == "__main__":
    sys.exit(main())
