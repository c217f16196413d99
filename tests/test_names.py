"""Odd names and many files."""

import os

from conftest import csv


def test_odd_names_land_under_legal_keys(octo, vendor):
    names = [
        "with space.csv", "ünïcödé.csv", "semi;colon.csv", "new\nline.csv", "-dash.csv", "quo'te\".csv", "back\\slash.csv",
        "percent%41.csv", "star*.csv", "x" * 251 + ".csv", "$HOME.csv", "#hash.csv", "tab\t.csv",
    ]
    for number, name in enumerate(names):
        vendor.put(name, csv(3, number + 1))
    vendor.put(b"latin\xe9.csv", csv(3, 77))
    result = octo.run()
    assert result.code == 0, result.stdout
    landed = octo.visible()
    assert len(landed) == len(names) + 1
    assert sorted(landed.values()) == sorted([csv(3, n + 1) for n in range(len(names))] + [csv(3, 77)])
    assert landed["data/csv/affirm/with space.csv"] == csv(3, 1)
    assert landed["data/csv/affirm/ünïcödé.csv"] == csv(3, 2)
    assert all("\n" not in name for name in landed)
    assert octo.run().deliveries == {}


def test_two_thousand_small_files(octo, vendor, keys):
    import conftest

    conftest.sample("small", "--home", keys.home, "--out", vendor.inbox, "--count", "2000", "--bytes", "500",
                    "-r", "receiver-cv25519")
    for path in vendor.inbox.iterdir():
        conftest.aged(path, 3600)
    result = octo.run()
    assert result.code == 0, result.stdout[-2000:]
    assert result.job["landed"] == 2000
    assert len(octo.visible()) == 2000
    assert octo.run().job["known"] == 2000


def test_a_folder_of_twenty_thousand_names(octo, vendor):
    for i in range(20_000):
        os.close(os.open(vendor.inbox / f"{i:05}.tmp", os.O_CREAT | os.O_WRONLY))
    vendor.put("tape.csv", csv(10))
    result = octo.run()
    assert result.states() == {"tape.csv": "landed"}
