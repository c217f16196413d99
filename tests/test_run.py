"""The main job, end to end: what a vendor leaves lands once, verified, decrypted and unpacked."""

import gzip
import io
import json
import os
import tarfile
import time
import zipfile

from conftest import csv


def test_an_encrypted_tape_lands_in_the_layout_of_the_original(octo, vendor, tape):
    plain, encrypted = tape(5000)
    vendor.put("tape_20260430.csv.gz.gpg", encrypted)
    result = octo.run()
    assert result.code == 0, result.stderr
    assert octo.visible() == {"data/csv/affirm/tape_20260430.csv": plain}
    event = result.deliveries["tape_20260430.csv.gz.gpg"]
    assert event["state"] == "landed" and event["version"] == 1 and event["error"] is None
    assert event["objects"][0]["bytes"] == len(plain)
    assert result.job["landed"] == 1 and result.job["state"] == "complete"
    assert octo.leftovers() == []


def test_a_second_run_finds_nothing_new(octo, vendor, tape):
    vendor.put("tape.csv.gz.gpg", tape()[1])
    octo.run()
    before = octo.visible()
    again = octo.run()
    assert again.code == 0
    assert again.deliveries == {} and again.job["known"] == 1 and again.job["landed"] == 0
    assert octo.visible() == before


def test_another_content_under_the_same_name_is_version_2(octo, vendor, tape):
    first, encrypted = tape(seed=1)
    vendor.put("tape.csv.gz.gpg", encrypted, age=7200)
    octo.run()
    second, encrypted = tape(seed=2)
    vendor.put("tape.csv.gz.gpg", encrypted, age=3600)
    result = octo.run()
    assert result.deliveries["tape.csv.gz.gpg"]["version"] == 2
    assert octo.visible() == {"data/csv/affirm/tape.csv": first, "data/csv/affirm/tape.v2.csv": second}


def test_the_same_content_sent_again_is_no_new_version(octo, vendor, tape):
    plain, encrypted = tape()
    vendor.put("tape.csv.gz.gpg", encrypted, age=7200)
    octo.run()
    vendor.put("tape.csv.gz.gpg", tape()[1], age=3600)  # encrypted anew: other ciphertext, same content
    result = octo.run()
    assert result.states() == {"tape.csv.gz.gpg": "skipped"}
    assert octo.visible() == {"data/csv/affirm/tape.csv": plain}
    assert octo.run().job["known"] == 1


def test_replace_puts_a_new_version_in_the_place_of_the_old(octo, vendor, tape):
    octo.provider["on_new_version"] = '"replace"'
    vendor.put("tape.csv.gz.gpg", tape(seed=1)[1], age=7200)
    octo.run()
    second, encrypted = tape(seed=2)
    vendor.put("tape.csv.gz.gpg", encrypted, age=3600)
    result = octo.run()
    assert result.code == 0, result.stdout
    assert octo.visible() == {"data/csv/affirm/tape.csv": second}


def test_companions_temporary_names_and_young_files_are_no_data(octo, vendor, tape):
    _, encrypted = tape()
    vendor.put("tape.csv.gz.gpg", encrypted)
    vendor.put("half.csv.gz.gpg.part", encrypted)
    vendor.put(".hidden.csv.gpg", encrypted)
    vendor.put("young.csv.gz.gpg", encrypted, age=0)
    result = octo.run("--no-wait")
    assert set(result.states()) == {"tape.csv.gz.gpg"}


def test_a_young_file_that_does_not_change_lands_within_the_run(octo, vendor, tape):
    octo.provider["settle"] = '"3s"'
    vendor.put("young.csv.gz.gpg", tape()[1], age=0)
    result = octo.run()
    assert result.states() == {"young.csv.gz.gpg": "landed"}
    assert any(event["event"] == "waiting" for event in result.events)


def test_plain_and_compressed_files_need_no_encryption(octo, vendor):
    plain = csv(100)
    vendor.put("a.csv", plain)
    vendor.put("b.csv.gz", gzip.compress(plain + b"b\n"))
    vendor.put("c.xml", b"<c/>")
    vendor.put("d.bin", b"\x00\x01")
    assert octo.run().code == 0
    assert octo.visible() == {
        "data/csv/affirm/a.csv": plain,
        "data/csv/affirm/b.csv": plain + b"b\n",
        "data/xml/affirm/c.xml": b"<c/>",
        "data/other/affirm/d.bin": b"\x00\x01",
    }


def test_archives_of_several_files_land_below_the_deliverys_name(octo, vendor):
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w:gz") as archive:
        for name, content in (("one.csv", b"1\n"), ("two.csv", b"2\n" * 1000000)):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    vendor.put("bundle.tar.gz", tar.getvalue())
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.csv", b"lone\n")
    vendor.put("single.csv.zip", zipped.getvalue())
    result = octo.run()
    assert result.code == 0, result.stdout
    assert octo.visible() == {
        "data/csv/affirm/bundle/one.csv": b"1\n",
        "data/csv/affirm/bundle/two.csv": b"2\n" * 1000000,
        "data/csv/affirm/single.csv": b"lone\n",
    }


def test_a_large_first_entry_whose_container_was_guessed_wrong_is_named_right(octo, vendor):
    large = os.urandom(3 << 20)
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:  # a zip is taken for one file; this one holds two
        archive.writestr("one.csv", large)
        archive.writestr("two.csv", b"2\n")
    vendor.put("both.zip", zipped.getvalue())
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:  # a tar is taken for several; this one holds one
        info = tarfile.TarInfo("lone.csv")
        info.size = len(large)
        archive.addfile(info, io.BytesIO(large))
    vendor.put("lone.csv.tar.gz", gzip.compress(tar.getvalue()))
    result = octo.run()
    assert result.code == 0, result.stdout
    assert set(octo.visible()) == {"data/csv/affirm/both/one.csv", "data/csv/affirm/both/two.csv", "data/csv/affirm/lone.csv"}
    assert octo.leftovers() == []


def test_a_vendor_without_new_files_is_no_failure(octo):
    result = octo.run()
    assert result.code == 0 and result.job["landed"] == 0


def test_match_since_and_limit_choose(octo, vendor):
    for day, age in (("01", 30), ("02", 20), ("03", 10)):
        vendor.put(f"tape_{day}.csv", csv(10, int(day)), age=age * 86400)
    vendor.put("other.csv", csv(10, 9), age=10 * 86400)
    assert set(octo.run("--match", "tape*", "--limit", "1").states()) == {"tape_01.csv"}
    since = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 15 * 86400))
    assert set(octo.run("--match", "tape*", "--since", since).states()) == {"tape_03.csv"}
    assert set(octo.run().states()) == {"tape_02.csv", "other.csv"}


def test_plan_says_what_would_happen_and_changes_nothing(octo, vendor, tape):
    vendor.put("tape.csv.gz.gpg", tape()[1])
    vendor.put("young.csv", b"1\n", age=0)
    plan = octo.call("plan", "affirm", "--json")
    verdicts = {event["name"]: event["verdict"] for event in plan.events}
    assert verdicts == {"tape.csv.gz.gpg": "fetch", "young.csv": "not ready"}
    assert octo.visible() == {} and octo.call("files", "--json").events == []


def test_two_files_for_one_key_collide_and_plan_says_so(octo, vendor):
    vendor.put("tape.csv", csv(10))
    vendor.put("tape.csv.gz", gzip.compress(csv(11)))
    plan = octo.call("plan", "affirm", "--json")
    assert {event["name"]: event["verdict"] for event in plan.events} == {"tape.csv": "fetch", "tape.csv.gz": "collision"}
    assert set(octo.run().states()) == {"tape.csv"}


def test_the_manifests_rebuild_a_lost_ledger(octo, vendor, tape):
    vendor.put("tape.csv.gz.gpg", tape(seed=1)[1], age=7200)
    octo.run()
    vendor.put("tape.csv.gz.gpg", tape(seed=2)[1], age=3600)
    octo.run()
    before = octo.visible()
    for path in octo.folder.glob("octo.db*"):
        path.unlink()
    rebuilt = octo.call("ledger", "rebuild", "affirm")
    assert rebuilt.code == 0, rebuilt.stderr
    assert "2 deliveries restored" in rebuilt.stdout
    again = octo.run()
    assert again.job["known"] == 1 and again.deliveries == {}
    assert octo.visible() == before
    assert octo.call("verify", "affirm").code == 0


def test_verify_finds_an_object_that_changed_or_went(octo, vendor):
    vendor.put("a.csv", b"1\n")
    vendor.put("b.csv", b"2\n")
    vendor.put("c.csv", b"3\n")
    octo.run()
    assert octo.call("verify", "affirm").code == 0
    (octo.landed / "data/csv/affirm/a.csv").write_bytes(b"9\n")
    (octo.landed / "data/csv/affirm/b.csv").unlink()
    result = octo.call("verify", "affirm", "--json")
    assert result.code == 1
    assert {event["name"]: event["verdict"] for event in result.events} == {
        "a.csv": "different", "b.csv": "missing", "c.csv": "same"}


def test_what_the_older_system_landed_is_adopted_on_the_first_run(octo, vendor, tape):
    _, encrypted = tape()
    vendor.put("old.csv.gz.gpg", encrypted, age=7200)
    vendor.put("new.csv.gz.gpg", tape(seed=3)[1], age=3600)
    old = octo.landed / "data/csv/affirm/old.csv"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"as the older system left it\n")
    dry = octo.call("adopt", "affirm", "--dry-run")
    assert "old.csv" in dry.stdout and "new.csv" not in dry.stdout
    result = octo.run()
    assert result.states() == {"new.csv.gz.gpg": "landed"}
    assert result.job["adopted"] == 1
    assert octo.visible()["data/csv/affirm/old.csv"] == b"as the older system left it\n"
    assert octo.call("adopt", "affirm").code == 3  # the ledger has deliveries now


def test_a_foreign_object_at_the_key_is_a_conflict_and_stays(octo, vendor):
    vendor.put("first.csv", b"1\n")
    octo.run()
    vendor.put("tape.csv", b"2\n")
    foreign = octo.landed / "data/csv/affirm/tape.csv"
    foreign.write_bytes(b"somebody else's\n")
    result = octo.run()
    assert result.code == 1
    assert result.states() == {"tape.csv": "conflict"}
    assert foreign.read_bytes() == b"somebody else's\n"
    foreign.unlink()
    identity = octo.call("files", "affirm", "--state", "conflict", "--json").events[0]["delivery"]
    assert octo.call("replay", "affirm", identity, "--json").code == 0
    assert foreign.read_bytes() == b"2\n"


def test_shadow_compares_and_writes_nothing(octo, vendor, tape):
    plain, encrypted = tape()
    vendor.put("same.csv.gz.gpg", encrypted)
    vendor.put("other.csv", b"1\n")
    vendor.put("missing.csv", b"2\n")
    folder = octo.landed / "data/csv/affirm"
    folder.mkdir(parents=True)
    (folder / "same.csv").write_bytes(plain)
    (folder / "other.csv").write_bytes(b"9\n")
    before = octo.visible()
    result = octo.run("--shadow")
    assert result.states() == {"same.csv.gz.gpg": "same", "other.csv": "different", "missing.csv": "missing"}
    assert result.code == 1
    assert octo.visible() == before
    assert octo.call("files", "--json").events == []


def test_after_delete_and_move_touch_only_what_landed(octo, vendor):
    octo.provider["after"] = '"delete"'
    vendor.put("a.csv", b"1\n")
    vendor.put("broken.csv.gz.gpg", b"no message")
    octo.run()
    assert sorted(path.name for path in vendor.inbox.iterdir()) == ["broken.csv.gz.gpg"]
    octo.provider["after"] = '"move:done"'
    vendor.put("b.csv", b"2\n")
    octo.run()
    assert (vendor.inbox / "done/b.csv").read_bytes() == b"2\n"
    assert not (vendor.inbox / "b.csv").exists()


def test_ingest_lands_local_files_and_leaves_them(octo, tmp_path, tape):
    plain, encrypted = tape()
    octo.provider["after"] = '"delete"'
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / "mailed.csv.gz.gpg").write_bytes(encrypted)
    (folder / "not-this.csv").write_bytes(b"1\n")
    result = octo.call("ingest", str(folder / "mailed.csv.gz.gpg"), "--provider", "affirm", "--json")
    assert result.code == 0, result.stderr
    assert octo.visible() == {"data/csv/affirm/mailed.csv": plain}
    assert (folder / "mailed.csv.gz.gpg").exists()
    assert octo.call("ingest", str(folder / "absent.csv"), "--provider", "affirm").code == 3


def test_files_show_tells_what_vouched_for_a_delivery(octo, vendor, tape):
    vendor.put("tape.csv.gz.gpg", tape(1000, 1, "--gzip", "-r", "receiver-cv25519", "--sign", "vendor")[1])
    octo.run()
    identity = octo.call("files", "--json").events[0]["delivery"]
    shown = json.loads(octo.call("files", "--show", identity[:8], "--json").stdout)
    assert shown["state"] == "landed"
    vouched = " ".join(shown["facts"]["vouched_by"])
    assert "signature" in vouched and "openpgp" in vouched and "gzip" in vouched
    assert shown["facts"]["openpgp"]["recipients"][0]["held"] is True


def test_jobs_are_kept(octo, vendor):
    vendor.put("a.csv", b"1\n")
    job = octo.run().job["job"]
    octo.run()
    jobs = octo.call("jobs", "affirm", "--json").events
    assert len(jobs) == 2 and jobs[1]["job"] == job and jobs[1]["landed"] == 1 and jobs[1]["state"] == "complete"


