"""For the tests of Python's frameworks: the same model code on both sides, and whether it answers alike."""

import json

from tap import done, equal


def answer(action, side, code_of, errors):
    """What an application makes of its rows in the end: JSON, in which a date is its text."""
    try:
        return json.dumps(action(side), default=str, ensure_ascii=False)
    except errors as error:
        return f"error {code_of(error)}"


def compare(cases, run):
    """run(action, schema) answers for one side, inside a transaction that is rolled back."""
    for action in cases:
        plain, ours = run(action, "plain"), run(action, "app")
        if plain in ("[]", "null"):
            plain += " (the case finds nothing)"
        equal(ours, plain, action.__doc__)
    done()
