#!/usr/bin/env python3
"""Verify a bundle of gdpr.proof() with nothing but Python's standard library.

  psql -XAtc "SELECT gdpr.proof('customer', '42')" > proof.json
  verify_proof.py proof.json

Every entry must have its hash, and every hash must be in a seal that follows from it. That a seal is part of the
chain shows against an export (verify_ledger.py) or an anchor of the same sequence. Exit status 0: intact.
"""
import hashlib
import json
import sys

from verify_ledger import field, numbers_of


def text(value):
    return None if value is None else str(value)


def entry_hash(entry):
    names = ("number", "at", "role", "kind", "subject", "subjects", "detail")
    return hashlib.sha256(b"".join(field(text(entry[name])) for name in names)).hexdigest()


def seal_hash(seal):
    form = bytes.fromhex(seal["previous"] or "00" * 32)
    form += field(text(seal["sequence"])) + field(text(seal["at"])) + field(seal["numbers"])
    return hashlib.sha256(form + bytes.fromhex("".join(seal["entries"]))).hexdigest()


def main(path):
    with open(path, encoding="utf-8") as file:
        bundle = json.load(file)
    problems = []
    sealed = {}
    for seal in bundle["seals"]:
        if seal_hash(seal) != seal["hash"]:
            problems.append(f"seal {seal['sequence']}: does not follow from its entries and the seal before")
        sealed.update(zip(numbers_of(seal["numbers"]), seal["entries"]))
    waiting = 0
    for entry in bundle["entries"]:
        if entry_hash(entry) != entry["hash"]:
            problems.append(f"entry {entry['number']}: altered")
        if entry["number"] not in sealed:
            waiting += 1
        elif sealed[entry["number"]] != entry["hash"]:
            problems.append(f"entry {entry['number']}: not the one that was sealed")
    for problem in problems:
        print(problem)
    print(f"{len(bundle['entries'])} entries, {len(bundle['seals'])} seals, {waiting} not sealed yet, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
