"""The baseline: what the original system does with a vendor's inbox, with the parts it was made of.

Paramiko gets a file, GnuPG decrypts it, gzip or tar unpacks it, boto3 uploads it: one file after another, each step
on whole files in a temporary folder. Written for measuring; it verifies as little as the original did.
"""

import argparse
import gzip
import json
import shutil
import stat
import tarfile
import tempfile
import time
from pathlib import Path

import boto3
import gnupg
import paramiko

TYPES = ("csv", "pdf", "xml")


class FolderStore:
    def __init__(self, folder):
        self.folder = Path(folder)

    def names(self):
        return {p.name for p in self.folder.rglob("*") if p.is_file()}

    def upload(self, file, key):
        target = self.folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


class S3Store:
    def __init__(self, bucket, endpoint):
        self.bucket = bucket
        self.client = boto3.client("s3", endpoint_url=endpoint)

    def names(self):
        listed = self.client.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return {item["Key"].rsplit("/", 1)[-1] for item in listed}

    def upload(self, file, key):
        self.client.upload_file(str(file), self.bucket, key)


def open_store(url, endpoint):
    if url.startswith("s3://"):
        return S3Store(url.removeprefix("s3://").strip("/"), endpoint)
    return FolderStore(url.removeprefix("file://"))


def connect(options):
    transport = paramiko.Transport((options.host, options.port))
    transport.connect(username=options.user, pkey=paramiko.PKey.from_path(options.private_key))
    return transport, paramiko.SFTPClient.from_transport(transport)


def result_name(name):
    for extension in (".gpg", ".pgp", ".asc"):
        name = name.removesuffix(extension)
    return name.removesuffix(".gz")


def decrypt(gpg, file, passphrase):
    if file.suffix not in (".gpg", ".pgp", ".asc"):
        return file
    clear = file.with_suffix("")
    with file.open("rb") as encrypted:
        result = gpg.decrypt_file(encrypted, passphrase=passphrase, always_trust=True, output=str(clear))
    if not result.ok:
        raise RuntimeError(f"{file.name}: {result.status}")
    return clear


def unpack(file):
    if file.name.endswith(".tar.gz"):
        folder = file.parent / "unpacked"
        with tarfile.open(file) as tar:
            tar.extractall(folder, filter="data")
        return sorted(p for p in folder.rglob("*") if p.is_file())
    if file.suffix == ".gz":
        clear = file.with_suffix("")
        with gzip.open(file, "rb") as packed, clear.open("wb") as out:
            shutil.copyfileobj(packed, out)
        return [clear]
    return [file]


def key_of(provider, file):
    kind = next((t for t in TYPES if f".{t}" in file.name), "other")
    return f"data/{kind}/{provider}/{file.name}"


def fetch(sftp, gpg, store, name, options):
    with tempfile.TemporaryDirectory(dir=options.temporary) as folder:
        local = Path(folder) / name
        sftp.get(f"{options.inbox}/{name}", str(local))
        files = unpack(decrypt(gpg, local, options.passphrase))
        for file in files:
            store.upload(file, key_of(options.provider, file))
        return sum(file.stat().st_size for file in files)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--private-key", required=True)
    parser.add_argument("--inbox", default="inbox")
    parser.add_argument("--gnupg-home", required=True)
    parser.add_argument("--passphrase")
    parser.add_argument("--provider", default="affirm")
    parser.add_argument("--to", required=True, help="s3://bucket or a folder")
    parser.add_argument("--endpoint", help="of S3")
    parser.add_argument("--temporary", help="folder for the whole files")
    options = parser.parse_args()

    begin = time.monotonic()
    store = open_store(options.to, options.endpoint)
    gpg = gnupg.GPG(gnupghome=options.gnupg_home)
    transport, sftp = connect(options)
    landed = store.names()
    pending = [
        entry.filename for entry in sftp.listdir_attr(options.inbox)
        if stat.S_ISREG(entry.st_mode) and not entry.filename.endswith(".sig")
        and result_name(entry.filename) not in landed
    ]
    size, failed = 0, []
    for name in sorted(pending):
        try:
            size += fetch(sftp, gpg, store, name, options)
        except Exception as error:  # one bad file does not stop the job, as in the original
            failed.append(f"{name}: {error}")
    transport.close()
    print(json.dumps({"files": len(pending), "bytes": size, "failed": failed, "seconds": time.monotonic() - begin}))
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
