"""What the whole-program tests share: the real programs, a private SFTP server, keys, a configuration, an S3 gateway."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
OCTO = ROOT / "build/release/octo"
SAMPLE = ROOT / "build/release/octo-sample"
SERVERS = ROOT / "tests/servers"


def pairs(text: str) -> dict[str, str]:
    """KEY=VALUE lines, as the server scripts print them."""
    found = {}
    for line in text.splitlines():
        key, _, value = line.partition("=")
        found[key.strip()] = value.strip().strip("'\"")
    return found


@dataclasses.dataclass
class Result:
    """What one call of octo did."""

    code: int
    stdout: str
    stderr: str

    @property
    def events(self) -> list[dict]:
        return [json.loads(line) for line in self.stdout.splitlines() if line.startswith("{")]

    @property
    def deliveries(self) -> dict[str, dict]:
        """Delivery events by name."""
        return {event["name"]: event for event in self.events if event["event"] == "delivery"}

    @property
    def job(self) -> dict:
        return [event for event in self.events if event["event"] == "job"][-1]

    def states(self) -> dict[str, str]:
        return {name: event["state"] for name, event in self.deliveries.items()}


class Keys:
    """The receiver's and the vendor's OpenPGP keys, made once."""

    def __init__(self) -> None:
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="octo-keys-", dir="/tmp"))  # agents want short paths
        sample("keys", "--home", self.home, "--rsa-bits", "2048")

    def file(self, name: str) -> pathlib.Path:
        return self.home / name

    @property
    def passphrase(self) -> str:
        return self.file("passphrase.txt").read_text().strip()

    def encrypt(self, source: pathlib.Path | str, target: pathlib.Path, *options: str) -> None:
        sample("encrypt", "--home", self.home, "-i", source, "-o", target, *options)

    def remove(self) -> None:
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "all"], check=False)
        shutil.rmtree(self.home, ignore_errors=True)


def sample(*arguments: object) -> None:
    subprocess.run([SAMPLE, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, timeout=300)


@pytest.fixture(scope="session")
def keys():
    made = Keys()
    yield made
    made.remove()


class Vendor:
    """A private sshd whose root is a folder of the test; its inbox is root/inbox."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.dir = folder / "sshd"
        self.root = folder / "vendor"
        self.inbox = self.root / "inbox"
        self.inbox.mkdir(parents=True)
        self.facts: dict[str, str] = {}

    def start(self, *options: str) -> "Vendor":
        done = subprocess.run(
            [SERVERS / "sshd", "start", self.dir, "--inbox", self.root, *options],
            check=True, capture_output=True, text=True, timeout=60,
        )
        self.facts = pairs(done.stdout)
        return self

    def stop(self) -> None:
        subprocess.run([SERVERS / "sshd", "stop", self.dir], check=False, capture_output=True, timeout=60)

    def put(self, name: str | bytes, content: bytes, age: float = 3600) -> pathlib.Path:
        """Lays a file into the inbox that was last changed `age` seconds ago."""
        path = self.inbox / os.fsdecode(name)
        path.write_bytes(content)
        return aged(path, age)


def aged(path: pathlib.Path, age: float) -> pathlib.Path:
    then = int(time.time() - age)
    os.utime(path, (then, then))
    return path


@pytest.fixture
def vendor(tmp_path):
    server = Vendor(tmp_path).start()
    yield server
    server.stop()


class Octo:
    """octo with a configuration of one provider, `affirm`, into a folder."""

    def __init__(self, folder: pathlib.Path, vendor: Vendor, keys: Keys) -> None:
        self.folder = folder
        self.vendor = vendor
        self.keys = keys
        self.landed = folder / "landed"
        self.destination = f"file://{self.landed}"
        self.provider: dict[str, str] = {}  # further TOML lines of the provider: key -> value as TOML
        self.sftp: dict[str, str] = {}
        self.openpgp: dict[str, str] = {}
        self.head = ""  # further TOML before the provider
        self.environment: dict[str, str] = {}
        self.program: list[str] = [str(OCTO)]  # may get a program before it that starts octo

    def write_config(self) -> None:
        facts = self.vendor.facts
        sftp = {
            "host": '"127.0.0.1"',
            "port": facts["PORT"],
            "user": f'"{facts["USER"]}"',
            "private_key": f'"{facts["KEY"]}"',
            "host_keys": f'["{facts["HOST_KEY"]}"]',
        } | self.sftp
        openpgp = {
            "keys": json.dumps([f"file:{self.keys.file(name)}" for name in (
                "receiver-cv25519.sec.asc", "receiver-rsa.sec.asc", "vendor.pub.asc")]),
        } | self.openpgp
        provider = {"preset": '"affirm"', "destination": f'"{self.destination}"'} | self.provider
        lines = ["[ledger]", 'url = "sqlite:octo.db"', self.head, "[provider.affirm]"]
        lines += [f"{key} = {value}" for key, value in provider.items()]
        for table, values in (("sftp", sftp), ("openpgp", openpgp)):
            lines.append(f"[provider.affirm.{table}]")
            lines += [f"{key} = {value}" for key, value in values.items() if value]
        (self.folder / "octo.toml").write_text("\n".join(lines) + "\n")

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen:
        self.write_config()
        return subprocess.Popen(
            [*self.program, *arguments], cwd=self.folder, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=os.environ | {"HOME": str(self.folder)} | self.environment | environment,
        )

    def call(self, *arguments: str, timeout: float = 120, **environment: str) -> Result:
        process = self.start(*arguments, **environment)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"octo {' '.join(arguments)} did not end\n{out}\n{err}") from None
        return Result(process.returncode, out, err)

    def run(self, *options: str, **environment: str) -> Result:
        return self.call("run", "affirm", "--json", *options, **environment)

    def visible(self) -> dict[str, bytes]:
        """What anybody who looks at the destination sees: files by path, manifests and raw copies left out."""
        found = {}
        for path in sorted(self.landed.rglob("*")):
            name = path.relative_to(self.landed).as_posix()
            if path.is_file() and not any(part.startswith(".") for part in path.relative_to(self.landed).parts) \
                    and not name.startswith(("manifests/", "raw/")):
                found[name] = path.read_bytes()
        return found

    def leftovers(self) -> list[str]:
        """Temporary files that something left behind."""
        return [path.name for path in self.landed.rglob(".*") if path.is_file()]


@pytest.fixture
def octo(tmp_path, vendor, keys):
    return Octo(tmp_path, vendor, keys)


class Gateway:
    """A private S3 gateway with one bucket, made new for each test."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.bucket = "fund-data"
        done = subprocess.run([SERVERS / "s3gateway", "start", folder, "--bucket", self.bucket],
                              check=True, capture_output=True, text=True, timeout=60)
        self.endpoint = done.stdout.strip().splitlines()[-1]
        self.environment = {"AWS_ACCESS_KEY_ID": "octo-test", "AWS_SECRET_ACCESS_KEY": "octo-test-secret",
                            "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": self.endpoint}

    def stop(self) -> None:
        subprocess.run([SERVERS / "s3gateway", "stop", self.folder], check=False, capture_output=True, timeout=60)

    def client(self):
        import boto3
        from botocore.config import Config

        return boto3.client("s3", endpoint_url=self.endpoint, region_name="us-east-1", aws_access_key_id="octo-test",
                            aws_secret_access_key="octo-test-secret", config=Config(s3={"addressing_style": "path"}))

    def objects(self) -> dict[str, bytes]:
        """Data objects by key."""
        client = self.client()
        listed = client.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return {entry["Key"]: client.get_object(Bucket=self.bucket, Key=entry["Key"])["Body"].read()
                for entry in listed if not entry["Key"].startswith(("manifests/", "raw/"))}

    def uploads(self) -> list[str]:
        return [upload["Key"] for upload in self.client().list_multipart_uploads(Bucket=self.bucket).get("Uploads", [])]


@pytest.fixture
def s3(tmp_path):
    if subprocess.run([SERVERS / "s3gateway", "installed"], check=False, capture_output=True).returncode != 0:
        pytest.skip("the S3 gateway is not installed: make setup-test")
    gateway = Gateway(tmp_path / "s3")
    yield gateway
    gateway.stop()


def csv(rows: int, seed: int = 1) -> bytes:
    """A table whose rows differ, so that a lost or doubled one shows."""
    return b"loan_id,balance\n" + b"".join(b"%d,%d.%02d\n" % (i, (i * seed * 7919) % 100000, i % 100) for i in range(rows))


@pytest.fixture
def tape(tmp_path, keys):
    """tape(rows=…, seed=…) → (plain bytes, encrypted bytes)."""

    def make(rows: int = 1000, seed: int = 1, *options: str) -> tuple[bytes, bytes]:
        plain = csv(rows, seed)
        source = tmp_path / "plain.csv"
        target = tmp_path / "tape.gpg"
        source.write_bytes(plain)
        keys.encrypt(source, target, *(options or ("--gzip", "-r", "receiver-cv25519")))
        return plain, target.read_bytes()

    return make
