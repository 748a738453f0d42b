"""Each statement of statements/ and of docs/differences.md, on both sides.

Usage: test_statements.py [-v] [-k] [WORD...]   only the tests whose name contains one of the words
-v shows both answers where they differ, -k prints the names that belong into the file known.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../clients"))
from tap import need

need("psycopg2")

from collections import Counter

from twin import Differences, Side, known, tests_of

options = {word for word in sys.argv[1:] if word.startswith("-")}
words = [word for word in sys.argv[1:] if not word.startswith("-")]
differences, known_names, by_chance = Differences(), *known()
plain, ours = Side("plain"), Side("app")
count = failures = same = 0


def say(passed, name, why="", todo=False):
    global count, failures
    count += 1
    failures += not passed and not todo
    if "-k" not in options:
        print(f"{'ok' if passed else 'not ok'} {count} - {name}{' # TODO it differs still' if todo else ''}", flush=True)
        if why and (not todo or "-v" in options):
            print("\n".join(f"# {line}" for line in why.splitlines()), flush=True)


def shown(side, answer):
    lines = answer.lines()
    types = "; ".join(" ".join(f"{name} {type_name}" for name, type_name in result.columns) for result in answer.results if result.columns)
    return "\n".join([f"  {side} {types}"] + [f"    {line}" for line in lines[:12]] + (["    ..."] if len(lines) > 12 else []) +
                     ([f"    {answer.message}"] if answer.message else []))


def run(test):
    """Whether both sides answer alike, and if not, why."""
    answers = plain.ask(test.statements), ours.ask(test.statements)
    both = "\n".join([";\n".join(test.statements) + ";", shown("plaintext", answers[0]), shown("protected", answers[1])])
    if test.expected:
        return documented(test, *answers) + (both,)
    if answers[0].error != test.fails:
        return False, f"the twin itself answers {answers[0].error or 'without an error'}", both
    if answers[0].empty() != test.nothing:
        return False, "the twin itself finds " + ("something" if test.nothing else "nothing, and the test does not say so"), both
    why = differences.compare(*answers, test.any_order)
    return not why, why or "", both


def chance(both):
    """Whether the sides differ only in what goes by the order of tokens, which each database draws again."""
    protected = both[both.index("\n  protected"):]
    return not any(sign in protected for sign in ("    error ", "gdpr1:"))


def matches(lines, expected):
    """An expected line that ends with … only begins so."""
    return len(lines) == len(expected) and all(line.startswith(begin[:-1]) if begin.endswith("…") else line == begin
                                               for line, begin in zip(lines, expected))


def documented(test, plain_answer, our_answer):
    if not differences.compare(plain_answer, our_answer, test.any_order):
        return False, "documented as different, and it agrees: remove it from docs/differences.md"
    if not matches(plain_answer.lines(), test.expected["plaintext"]):
        return False, "the twin answers otherwise than docs/differences.md says"
    if not matches(our_answer.lines(), test.expected["protected"]):
        return False, "it differs otherwise than docs/differences.md says"
    return True, ""


tests = tests_of() + differences.tests
twice = [name for name, times in Counter(test.name for test in tests).items() if times > 1]
for name in twice:
    say(False, name, "two tests have this name")
for name in set(known_names) - {test.name for test in tests} | {name for name, times in Counter(known_names).items() if times > 1}:
    say(False, name, "the file known lists it twice, or there is no such test: remove it")
for test in tests:
    if words and not any(word in test.name for word in words):
        continue
    passed, why, both = run(test)
    same += passed and not test.expected
    if passed and test.name in known_names and test.name not in by_chance:
        say(False, test.name, "it agrees: remove it from test/twin/known")
    elif passed:
        say(True, test.name)
    else:
        say(False, test.name, f"{why}\n{both}", todo=test.name in known_names)
        if "-k" in options:
            print(("? " if chance(both) else "") + test.name)
claim = f"{len(tests) - len(differences.tests) - len(known_names)} of {len(tests) - len(differences.tests)} statements"
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../README.md")) as readme:
    say(claim in " ".join(readme.read().split()), f"README.md says what this finds: {claim}")
if "-k" not in options:
    print(f"1..{count}\n# {same} of {count} as the plaintext twin, {len(differences.tests)} documented differences, {len(known_names)} known")
sys.exit(failures > 0)
