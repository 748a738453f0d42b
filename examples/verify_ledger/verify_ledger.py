#!/usr/bin/env python3
"""Verify a CSV export of the ledger with nothing but Python's standard library: no server, no extension.

Export, as a role appointed auditor:

  \\copy (SELECT number, (extract(epoch FROM at) * 1000000)::bigint AS at, role, kind, subject, subjects, detail, encode(hash, 'hex') AS hash FROM gdpr.ledger ORDER BY number) TO 'entries.csv' (FORMAT csv, HEADER, ENCODING 'UTF8')
  \\copy (SELECT sequence, (extract(epoch FROM at) * 1000000)::bigint AS at, numbers, encode(hash, 'hex') AS hash FROM gdpr.ledger_seal ORDER BY sequence) TO 'seals.csv' (FORMAT csv, HEADER, ENCODING 'UTF8')

  verify_ledger.py entries.csv seals.csv [anchors.txt]

Anchors are lines of gdpr.anchor_file, of the server log or from gdpr.anchor(), all about this ledger. Entries are
read twice and held as number and hash only. Exit status 0: intact. 1: every problem on a line of its own.
The canonical form is described in src/audit/ledger.sql.
"""
import csv
import hashlib
import json
import re
import sys


def field(text):
    if text is None:
        return b"-,"
    data = text.encode("utf-8")
    return b"%d:%s," % (len(data), data)


def numbers_of(multirange):
    """'{[1,3),[7,8)}' holds 1, 2 and 7."""
    for low, high in re.findall(r"\[(\d+),(\d+)\)", multirange):
        yield from range(int(low), int(high))


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def cut_of(row):
    """The sequence and hash of the last seal that was removed, as an entry about that says."""
    try:
        detail = json.loads(row["detail"])
        return int(detail["sequence"]), bytes.fromhex(detail["hash"])
    except (ValueError, KeyError, TypeError):
        return None


def check_entries(path, problems):
    hashes, cuts = {}, []
    for row in read(path):
        form = b"".join(
            field(value)
            for value in (row["number"], row["at"], row["role"], row["kind"], row["subject"] or None,
                          row["subjects"] or None, row["detail"]))
        if hashlib.sha256(form).hexdigest() != row["hash"]:
            problems.append(f"entry {row['number']}: altered")
        hashes[int(row["number"])] = bytes.fromhex(row["hash"])
        if row["kind"] == "ledger cut":
            cuts.append(cut_of(row))
    return hashes, cuts


def follows(row, previous, hashes):
    form = previous + field(row["sequence"]) + field(row["at"]) + field(row["numbers"])
    form += b"".join(hashes.get(number, b"") for number in numbers_of(row["numbers"]))
    return hashlib.sha256(form).hexdigest() == row["hash"]


def start_of(row, hashes, cuts):
    """What the first seal follows: nothing, or the hash in an entry of kind 'ledger cut'."""
    for cut in cuts:
        if cut and cut[0] == int(row["sequence"]) - 1 and follows(row, cut[1], hashes):
            return cut
    return 0, bytes(32)


def check_seals(path, hashes, cuts, problems):
    chain = {}
    sealed = set()
    previous = None
    for row in read(path):
        sequence = int(row["sequence"])
        if previous is None:
            removed, previous = start_of(row, hashes, cuts)
            chain[str(removed)] = previous.hex()
            expected = removed + 1
        if sequence != expected:
            problems.append(f"seals {expected} to {sequence - 1}: deleted")
        for number in numbers_of(row["numbers"]):
            sealed.add(number)
            if number not in hashes:
                problems.append(f"entry {number} of seal {sequence}: deleted")
        if not follows(row, previous, hashes):
            problems.append(f"seal {sequence}: does not follow from its entries and the seal before")
        previous, expected = bytes.fromhex(row["hash"]), sequence + 1
        chain[row["sequence"]] = row["hash"]
    return chain, sealed


def check_anchors(path, chain, problems):
    with open(path, encoding="utf-8") as file:
        for line in file:
            found = re.search(r"gdpr-anchor (\S+) \d+ \d+ [0-9a-f]{16} (\d+) ([0-9a-f]{64})", line)
            if not found:
                continue
            time, sequence, expected = found.groups()
            if int(sequence) < int(next(iter(chain), 0)):
                continue  # its seal was removed when it was old
            if sequence not in chain:
                problems.append(f"seal {sequence}: anchored at {time}, but cut off")
            elif chain[sequence] != expected:
                problems.append(f"seal {sequence}: anchored at {time} with another hash")


def main(entries, seals, anchors=None):
    problems = []
    hashes, cuts = check_entries(entries, problems)
    chain, sealed = check_seals(seals, hashes, cuts, problems)
    if anchors:
        check_anchors(anchors, chain, problems)
    for problem in problems:
        print(problem)
    waiting = len(hashes.keys() - sealed)
    print(f"{len(hashes)} entries, {max(len(chain) - 1, 0)} seals, {waiting} not sealed yet, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
