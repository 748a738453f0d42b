#!/usr/bin/env python3
"""Verify a bundle of gdpr.proof() with nothing but Python's standard library.

  psql -XAtc "SELECT gdpr.proof('customer', '42')" > proof.json
  verify_proof.py proof.json [anchors.txt | seals.csv]

Every entry must have its hash, and every hash must be in a seal that follows from it. What was left out shows against
the entry "proof made": it is sealed, and holds the bounds, the number of entries within them and a hash over them all.

Whoever holds the bundle can compute every hash in it again, and whoever can do that can also tell another story of what
was proven. So the last seal has to be known from another hand: anchors (lines of gdpr.anchor_file, of the server log
or from gdpr.anchor()) or an export of the seals (verify_ledger.py says how) that have it. Without, the last line says
which seal to ask for. Exit status 0: intact, and complete within the bounds that are printed.
"""
import csv
import hashlib
import json
import re
import sys

from verify_ledger import field, numbers_of

ANCHOR = re.compile(r"gdpr-anchor \S+ \d+ \d+ [0-9a-f]{16} (\d+) ([0-9a-f]{64})")


def text(value):
    return None if value is None else str(value)


def entry_hash(entry):
    names = ("number", "at", "role", "kind", "subject", "subjects", "detail")
    return hashlib.sha256(b"".join(field(text(entry[name])) for name in names)).hexdigest()


def seal_hash(seal):
    form = bytes.fromhex(seal["previous"] or "00" * 32)
    form += field(text(seal["sequence"])) + field(text(seal["at"])) + field(seal["numbers"])
    return hashlib.sha256(form + bytes.fromhex("".join(seal["entries"]))).hexdigest()


def check_seals(seals, problems):
    """The hash and the seal of each entry that is sealed."""
    sealed = {}
    before = None
    for seal in sorted(seals, key=lambda seal: seal["sequence"]):
        sequence = seal["sequence"]
        numbers = list(numbers_of(seal["numbers"]))
        if seal_hash(seal) != seal["hash"] or len(numbers) != len(seal["entries"]):
            problems.append(f"seal {sequence}: does not follow from its entries and the seal before")
        if before and before["sequence"] == sequence - 1 and before["hash"] != seal["previous"]:
            problems.append(f"seal {sequence}: does not follow the seal before")
        sealed.update((number, (hash, sequence)) for number, hash in zip(numbers, seal["entries"]))
        before = seal
    return sealed


def check_entries(entries, sealed, problems):
    for entry in entries:
        if entry_hash(entry) != entry["hash"]:
            problems.append(f"entry {entry['number']}: altered")
        if sealed.get(entry["number"], ("",))[0] != entry["hash"]:
            problems.append(f"entry {entry['number']}: not the one that was sealed")


def check_complete(bundle, sealed, problems):
    """What the entry "proof made" says of the others."""
    proof = bundle.get("proof")
    if not proof or proof["kind"] != "proof made":
        problems.append("the entry that says what the bundle must hold is missing")
        return
    check_entries([proof], sealed, problems)
    said = json.loads(proof["detail"])
    entries = sorted(bundle["entries"], key=lambda entry: entry["number"])
    digest = hashlib.sha256(b"".join(bytes.fromhex(entry["hash"]) for entry in entries)).hexdigest()
    if said["about"] != bundle["about"]:
        problems.append("the bundle is about something else than what was proven")
    if said["entries"] != len(entries):
        problems.append(f"{said['entries']} entries were proven, {len(entries)} are here")
    elif said["digest"] != digest:
        problems.append("other entries were proven than are here")
    if any(sealed.get(entry["number"], ("", 0))[1] > (said["up_to"] or 0) for entry in entries):
        problems.append("an entry was sealed later than what was proven")


def known_seals(path):
    """Sequence and hash of every seal in a file of anchors or an export of seals."""
    with open(path, newline="", encoding="utf-8") as file:
        lines = file.read().splitlines()
    if lines and "sequence" in lines[0].split(","):
        return {int(row["sequence"]): row["hash"] for row in csv.DictReader(lines)}
    return {int(found[1]): found[2] for found in map(ANCHOR.search, lines) if found}


def check_known(last, known, problems):
    """The seal that is asked for must be known; any other that is known must not differ."""
    for seal in last:
        if known.get(seal["sequence"], seal["hash"]) != seal["hash"]:
            problems.append(f"seal {seal['sequence']}: known with another hash")
    if last[-1]["sequence"] not in known:
        problems.append(f"seal {last[-1]['sequence']}: not among the seals that are known")


def main(path, witness=None):
    with open(path, encoding="utf-8") as file:
        bundle = json.load(file)
    problems = []
    seals = sorted(bundle["seals"], key=lambda seal: seal["sequence"])
    sealed = check_seals(seals, problems)
    check_entries(bundle["entries"], sealed, problems)
    check_complete(bundle, sealed, problems)
    if witness and seals:
        check_known(seals, known_seals(witness), problems)
    for problem in problems:
        print(problem)
    print("about:", json.dumps(bundle["about"], sort_keys=True))
    print(f"{len(bundle['entries'])} entries, {len(seals)} seals, {len(problems)} problems")
    if seals and not witness:
        print(f"to be compared with the ledger: seal {seals[-1]['sequence']} has hash {seals[-1]['hash']}")
    return 1 if problems else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
