"""A register that serves, with clients of several roles: for tests that hold its API from outside.

Everything is real: cccd-registry and cccd-pki as processes, HTTPS with mutual TLS on a free port, SQLite.
"""
import base64
import functools
import hashlib
import http.client
import json
import os
import pathlib
import secrets
import shutil
import ssl
import subprocess
import tempfile
import time
import urllib.parse

SOURCE = pathlib.Path(os.environ["CCCD_SOURCE_DIR"])
BIN = pathlib.Path(os.environ["CCCD_BUILD_DIR"]) / "bin"
LIMIT = 60  # seconds that one command may take before it counts as hung


def base64url(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def canonical(value):
    """RFC 8785 for what statements hold: texts, objects and lists."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:500]!r}"


class Service:
    """with Service() as service: … Clients: name -> role; 'stranger' has a certificate and is nobody's client."""
    CLIENTS = {"station": "issuing-station", "portal": "public-service-portal", "tax": "tax", "slow": "slow"}

    def __enter__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="cccd-api-"))
        self.data = self.dir / "registry"
        self.process, self.url = None, "https://127.0.0.1:0"
        try:
            self._build()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def password(self, name):
        file = self.dir / f"{name}.password"
        if not file.exists():
            file.write_text(secrets.token_hex(12) + "\n")
            file.chmod(0o600)
        return file

    def run(self, program, *words):
        done = subprocess.run([BIN / program, *map(str, words)], capture_output=True, text=True, timeout=LIMIT, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise AssertionError(f"{program} {' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def _authority(self, name):
        self.run("cccd-pki", "tls", "ca", "--out", self.dir / name, "--password-file", self.password(name))

    def _certify(self, authority, out, name, *who):
        self.run("cccd-pki", "tls", "issue", "--ca", self.dir / authority, "--ca-password-file", self.password(authority), "--out", out,
                 "--password-file", self.password(name), *who)

    PERSONS = 50  # synthetic citizens that it begins with

    def _init(self, *store):
        self.run("cccd-registry", "init", "--data", self.data, "--password-file", self.password("registry"), *store)
        self.numbers = json.loads(self.run("cccd-registry", "sample", self.PERSONS, "--data", self.data, "--json"))

    def _build(self):
        self._init()
        self._authority("ca")
        self._authority("foreign-ca")
        self._certify("ca", self.data / "tls", "server", "--server", "127.0.0.1")
        shutil.copy(self.dir / "ca/ca.pem", self.data / "tls/ca.pem")
        scopes = (SOURCE / "issuance/registry/scopes.toml").read_text()
        (self.data / "scopes.toml").write_text(scopes.replace("[[role]]", '[[role]]\nname = "slow"\nper_second = 0.001\nburst = 1\n\n[[role]]', 1))
        for name, role in self.CLIENTS.items():
            self._certify("ca", self.dir / name, name, "--client", name)
            self.run("cccd-registry", "client", "add", name, "--certificate", self.dir / name / "tls.pem", "--role", role, "--data", self.data)
        self._certify("ca", self.dir / "stranger", "stranger", "--client", "stranger")
        self._certify("foreign-ca", self.dir / "foreigner", "foreigner", "--client", "station")

        self._make_officer()

    def _make_officer(self):
        """A civil status clerk whom the register believes: hoa."""
        key = subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], check=True, capture_output=True).stdout
        subprocess.run(["openssl", "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256", "-iter", "1000", "-passout",
                        f"file:{self.password('hoa')}", "-out", self.dir / "hoa.key"], input=key, check=True)
        subprocess.run(["openssl", "pkey", "-pubout", "-out", self.dir / "hoa.pub"], input=key, check=True)
        (self.dir / "record").write_text("book of births, page 7")
        self.claim = ("--account", "hoa", "--office", "001-HT-0001", "--force", "civil-status")
        self.run("cccd-registry", "officer", "add", self.dir / "hoa.pub", "--person", "H-1", *self.claim, "--data", self.data, "--password-file",
                 self.password("registry"))

    @functools.cache
    def statement(self, number):
        """hoa's signed word about a person's birth."""
        return self.run("cccd-registry", "attestation", "sign", number, "--kind", "birth", *self.claim, "--evidence", "birth-record", "--evidence-file",
                        self.dir / "record", "--key", self.dir / "hoa.key", "--password-file", self.password("hoa")).strip()

    def signed(self, officer, kind, payload):
        """A statement (docs/formats/statements.md) by an officer of the station: JWS, ES256, made with OpenSSL alone."""
        key = self.dir / f"{officer}.pem"
        if not key.exists():
            subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key], check=True, capture_output=True)
        header = canonical({"alg": "ES256", "kid": base64url(hashlib.sha256(self.public_key(officer)).digest()), "typ": f"cccd-{kind}+jws"})
        text = f"{base64url(header)}.{base64url(canonical(payload))}"
        der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=text.encode(), check=True, capture_output=True).stdout
        r_length = der[3]
        r, s = der[4:4 + r_length], der[6 + r_length:]
        raw = b"".join(int.from_bytes(half, "big").to_bytes(32, "big") for half in (r, s))
        return f"{text}.{base64url(raw)}"

    @functools.cache
    def public_key(self, officer):
        return subprocess.run(["openssl", "pkey", "-in", self.dir / f"{officer}.pem", "-pubout", "-outform", "DER"], check=True,
                              capture_output=True).stdout

    @functools.cache
    def approvals(self, number, case="W-1"):
        """The body of recordApprovals: an took an application about this number in, binh and chi approved the order."""
        digest, at, end = base64url(hashlib.sha256(b"file").digest()), "2026-11-01T03:00:00Z", "2026-11-13T03:00:00Z"
        person = {field: "" for field in ("ethnicity", "religion", "place_of_origin", "place_of_birth", "residence", "father", "mother", "spouse",
                                          "old_id", "cancelled_number")}
        person |= {"number": number, "full_name": "Nguyễn Văn Mẫu", "birth": "1990-01-01", "sex": "Nam", "nationality": "Việt Nam"}
        order = {"case": case, "nonce": base64url(bytes(16)), "person": person, "marks": "", "reason": "NEW-14", "form": "adult-2024",
                 "replaces": "", "expiry": "2030-01-01", "portrait_sha256": digest, "dg2_sha256": digest, "registry_answer_sha256": digest,
                 "rule_set": "2026.11", "receiver": "an", "made_at": at, "expires_at": end}
        receipt = self.signed("an", "receipt", {"case": case, "account": "an", "application_sha256": digest, "at": at})
        approvals = [self.signed(account, "approval", {"order_sha256": base64url(hashlib.sha256(canonical(order)).digest()), "case": case,
                                                       "account": account, "decision": "approve", "at": at, "expires_at": end,
                                                       "nonce": base64url(secrets.token_bytes(16))}) for account in ("binh", "chi")]
        officers = [{"person": f"P-{account}", "account": account, "key": base64url(self.public_key(account))} for account in ("an", "binh", "chi")]
        return {"purpose": "issuance", "number": number, "case": case, "order": order, "receipt": receipt, "approvals": approvals,
                "officers": officers}

    def command(self):
        return [BIN / "cccd-registry", "serve", "--data", self.data, "--listen", urllib.parse.urlsplit(self.url).netloc, "--password-file",
                self.password("registry"), "--tls-password-file", self.password("server"), "--ready-file", self.dir / "ready"]

    def start(self):
        ready = self.dir / "ready"
        with open(self.dir / "registry.out", "a") as out:
            self.process = subprocess.Popen(self.command(), stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + LIMIT
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"cccd-registry did not become ready: {(self.dir / 'registry.out').read_text()}")
            time.sleep(0.01)
        self.url = ready.read_text().splitlines()[1]

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            code = self.process.wait(LIMIT)
            self.process = None
            return code
        return None

    @functools.cache  # opening an encrypted key is slow on purpose
    def context(self, client):
        context = ssl.create_default_context(cafile=self.dir / "ca/ca.pem")
        if client is not None:
            context.load_cert_chain(self.dir / client / "tls.pem", self.dir / client / "tls.key", password=self.password(client).read_text().strip())
        return context

    def ask(self, client, method, target, body=None, content_type="application/json", headers=None):
        """One request on a connection of its own. A body may be larger than the server reads."""
        place = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPSConnection(place.hostname, place.port, context=self.context(client), timeout=LIMIT)
        try:
            payload = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
            connection.putrequest(method, target)
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            if payload is not None:
                connection.putheader("Content-Type", content_type)
                connection.putheader("Content-Length", str(len(payload)))
            connection.endheaders()
            try:
                if payload is not None:
                    connection.send(payload)
            except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
                pass  # the answer may stand there already
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read().decode())
        finally:
            connection.close()
