"""Octo against the stack it replaces, on the same files, the same servers and in the same run.

Every measurement fetches one inbox from a private vendor with an empty destination and an empty ledger; what has
landed is counted afterwards. Times are medians of --repeat runs; read the ratios, since machines differ.
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import boto3

import deliveries
import servers

OCTO = servers.ROOT / "build/release/octo"
BASELINE = servers.ROOT / "bench/original_stack.py"
REGION = "us-east-1"


@dataclass(frozen=True)
class Scenario:
    name: str
    inbox: str  # which of the inboxes of Bench.make_inbox
    store: str = "folder"
    round_trip_ms: int = 0
    ours_only: bool = False


SCENARIOS = (
    Scenario("tape, loopback, to a folder", "tape"),
    Scenario("tape, loopback, to S3", "tape", store="s3"),
    Scenario("tape, 40 ms away, to a folder", "tape", round_trip_ms=40),
    Scenario("small files, loopback", "small"),
    Scenario("small files, 40 ms away", "small", round_trip_ms=40),
    Scenario("small files, protected key, loopback", "small-protected"),
    Scenario("small files, protected key, 40 ms away", "small-protected", round_trip_ms=40),
    Scenario("memory: tape of 100 MB", "tape-100MB", ours_only=True),
    Scenario("memory: tape of 4 GB", "tape-4GB", ours_only=True),
    Scenario("memory: 10 small files", "small-10", ours_only=True),
    Scenario("memory: 10,000 small files", "small-10000", ours_only=True),
)


@dataclass
class Measured:
    """One program on one inbox. CPU time is that of the program and the children it waited for, memory its own."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    stages: dict = field(default_factory=dict)
    bottleneck: str = ""


class Bench:
    def __init__(self, options, folder, stack):
        self.options = options
        self.folder = folder
        self.stack = stack
        self.keys = {}
        self.inboxes = {}
        self.gateway = None
        self.runs = 0

    def key_ring(self, name):
        if name not in self.keys:
            passphrase = deliveries.PASSPHRASE if name == "protected" else ""
            self.keys[name] = deliveries.KeyRing(self.folder / f"gpg-{name}", passphrase)
            self.stack.callback(self.keys[name].close)
        return self.keys[name]

    def make_inbox(self, name):
        """The inbox of that name and the vendor that serves it."""
        if name not in self.inboxes:
            folder = self.folder / name
            plain = self.key_ring("plain")
            make = {
                "tape": lambda: deliveries.make_tape(folder, plain, int(self.options.gigabytes * 1e9)),
                "tape-100MB": lambda: deliveries.make_tape(folder, plain, 100_000_000),
                "tape-4GB": lambda: deliveries.make_tape(folder, plain, 4_000_000_000),
                "small": lambda: deliveries.make_small(folder, plain, self.options.files),
                "small-protected": lambda: deliveries.make_small(folder, self.key_ring("protected"), self.options.files),
                "small-10": lambda: deliveries.make_small(folder, plain, 10),
                "small-10000": lambda: deliveries.make_small(folder, plain, 10_000),
            }[name]
            inbox = make()
            vendor = self.stack.enter_context(servers.vendor(self.folder / f"vendor-{name}", folder))
            self.inboxes[name] = inbox, vendor
        return self.inboxes[name]

    def s3(self):
        if not self.gateway:
            access, secret = "octo-bench", "octo-bench-secret"
            self.gateway = self.stack.enter_context(servers.s3_gateway(self.folder / "s3", access, secret))
            os.environ |= {"AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": secret, "AWS_DEFAULT_REGION": REGION}
        return self.gateway, boto3.client("s3", endpoint_url=self.gateway)

    def measure(self, program, scenario):
        inbox, vendor = self.make_inbox(scenario.inbox)
        keys = self.key_ring("protected" if "protected" in scenario.inbox else "plain")
        self.runs += 1
        work = self.folder / f"run-{self.runs}"
        work.mkdir()
        with servers.distance(int(vendor["PORT"]), scenario.round_trip_ms) as port:
            endpoint, to = "", f"file://{work}/landed"
            (work / "landed").mkdir()
            if scenario.store == "s3":
                endpoint, client = self.s3()
                to = f"s3://bench-{self.runs}"
                client.create_bucket(Bucket=to[5:])
            command = program(work, vendor | {"PORT": port}, keys, to, endpoint)
            measured = run(command, work, keys.passphrase)
        landed = bucket_sizes(client, to[5:]) if scenario.store == "s3" else folder_sizes(work / "landed")
        if (len(landed), sum(landed)) != (inbox.files, inbox.plain_bytes):
            raise SystemExit(f"{command[0]}: landed {len(landed)} files of {sum(landed)} bytes instead of "
                             f"{inbox.files} of {inbox.plain_bytes}; see {work}/log")
        shutil.rmtree(work)
        return measured


def run(command, work, passphrase):
    """Runs a program to its end; its output goes to work/out and work/log."""
    environment = os.environ | {"OCTO_CONFIG": str(work / "octo.toml"), "BENCH_PASSPHRASE": passphrase}
    begin = time.monotonic()
    with (work / "out").open("w") as out, (work / "log").open("w") as log:
        child = subprocess.Popen(command, cwd=work, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=log)
        peak_mb = 0
        while (ended := os.wait4(child.pid, os.WNOHANG))[0] == 0:
            peak_mb = max(peak_mb, resident_peak_mb(child.pid))
            time.sleep(0.005)
        _, status, usage = ended
        child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - begin
    if child.returncode != 0:
        print((work / "log").read_text()[-2000:], (work / "out").read_text()[-2000:], file=sys.stderr)
        raise SystemExit(f"{command[0]} ended with {child.returncode}")
    job = last_job_event((work / "out").read_text())
    return Measured(seconds, usage.ru_utime + usage.ru_stime, peak_mb, job.get("stages", {}),
                    job.get("bottleneck", ""))


def resident_peak_mb(pid):
    """Not ru_maxrss: that counts this very process too, from which the child was made."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


def last_job_event(text):
    events = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return next((event for event in reversed(events) if event.get("event") == "job"), {})


def folder_sizes(folder):
    return [file.stat().st_size for file in (folder / "data").rglob("*") if file.is_file()]


def bucket_sizes(client, bucket):
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="data/")
    objects = [item for page in pages for item in page.get("Contents", [])]
    for item in objects:
        client.delete_object(Bucket=bucket, Key=item["Key"])
    return [item["Size"] for item in objects if not item["Key"].endswith("/")]


def octo(work, vendor, keys, to, endpoint):
    text = json.dumps  # a JSON string is a TOML string
    s3 = f"[s3]\nendpoint = {text(endpoint)}\nregion = {text(REGION)}\npath_style = true\n" if endpoint else ""
    passphrase = ', passphrase = "env:BENCH_PASSPHRASE"' if keys.passphrase else ""
    (work / "octo.toml").write_text(f"""\
[ledger]
url = "sqlite:octo.db"
{s3}[provider.affirm]
preset = "affirm"
sftp = {{ host = "127.0.0.1", port = {vendor["PORT"]}, user = {text(vendor["USER"])}, \
private_key = {text("file:" + vendor["KEY"])}, host_keys = [{text(vendor["HOST_KEY"])}] }}
openpgp = {{ keys = [{text(f"file:{keys.key_file}")}]{passphrase} }}
destination = {text(to)}
""")
    return [OCTO, "run", "affirm", "--json"]


def baseline(work, vendor, keys, to, endpoint):
    command = [sys.executable, BASELINE, "--port", str(vendor["PORT"]), "--user", vendor["USER"], "--private-key",
               vendor["KEY"], "--gnupg-home", keys.home, "--to", to, "--temporary", work]
    if keys.passphrase:
        command += ["--passphrase", keys.passphrase]
    return command + (["--endpoint", endpoint] if endpoint else [])


def median(runs):
    middle = sorted(runs, key=lambda run: run.seconds)[(len(runs) - 1) // 2]
    middle.seconds = statistics.median(run.seconds for run in runs)
    return middle


def print_header():
    program = f"{'seconds':>8} {'speed':>13} {'CPU seconds':>13} {'peak MB':>8}"
    print(f"{'':40} |{'octo':^46}|{'the original':^46}| ratio\n{'':40} |{program} |{program} | of seconds")


def cell(scenario, inbox, measured):
    if not measured:
        return f"{'-':>45}"
    if scenario.inbox.startswith("tape"):
        speed = f"{inbox.plain_bytes / 1e6 / measured.seconds:.0f} MB/s"
        cpu = f"{measured.cpu_seconds / inbox.plain_bytes * 1e9:.2f}/GB"
    else:
        speed = f"{inbox.files / measured.seconds:.1f} files/s"
        cpu = f"{measured.cpu_seconds / inbox.files * 1000:.1f}/1000"
    return f"{measured.seconds:8.2f} {speed:>13} {cpu:>13} {measured.peak_mb:8.0f}"


def print_result(scenario, inbox, ours, theirs):
    ratio = f"{theirs.seconds / ours.seconds:.1f}" if ours and theirs else "-"
    cells = [f"{scenario.name:40}", cell(scenario, inbox, ours), cell(scenario, inbox, theirs), f"{ratio:>6}"]
    print(" |".join(cells), flush=True)
    if ours and ours.stages:
        stages = ", ".join(f"{name} {value}" for name, value in ours.stages.items())
        print(f"{'':4}stages: {stages}; bottleneck: {ours.bottleneck or 'not told'}", flush=True)


def parse_options():
    parser = argparse.ArgumentParser(prog="make bench BENCH=...", description=__doc__.splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=1.0, help="plain text of the tape (1)")
    parser.add_argument("--files", type=int, default=300, help="number of small files (300)")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each program per scenario (1)")
    parser.add_argument("--match", default="", help="only scenarios whose name contains this")
    parser.add_argument("--only", choices=("octo", "baseline"), help="one of the two programs")
    parser.add_argument("--folder", help="where to work (a temporary folder; about 20 GB are needed for all)")
    return parser.parse_args()


def main():
    options = parse_options()
    programs = {name: program for name, program in (("octo", octo), ("baseline", baseline))
                if options.only in (None, name)}
    if "octo" in programs and not OCTO.exists():
        raise SystemExit(f"{OCTO} is missing: run 'make build', or choose --only baseline")
    scenarios = [s for s in SCENARIOS if options.match in s.name and not (s.ours_only and "octo" not in programs)]
    print_header()
    with tempfile.TemporaryDirectory(prefix="ob-", dir=options.folder) as folder, contextlib.ExitStack() as stack:
        bench = Bench(options, Path(folder), stack)
        for scenario in scenarios:
            runs = {name: [] for name in programs if name == "octo" or not scenario.ours_only}
            for _ in range(options.repeat):
                for name in runs:
                    runs[name].append(bench.measure(programs[name], scenario))
            results = {name: median(measured) for name, measured in runs.items()}
            print_result(scenario, bench.make_inbox(scenario.inbox)[0], results.get("octo"), results.get("baseline"))


if __name__ == "__main__":
    main()
