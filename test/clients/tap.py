"""The Test Anything Protocol, as little of it as the tests of this folder need."""

import importlib
import sys

count = 0
failures = 0


def ok(passed, name):
    global count, failures
    count += 1
    failures += not passed
    print(f"{'ok' if passed else 'not ok'} {count} - {name}", flush=True)
    return passed


def equal(got, expected, name):
    if not ok(got == expected, name):
        print(f"#      got: {got!r}\n# expected: {expected!r}", flush=True)


def need(*modules):
    """The modules, or the end of the test when one of them is not installed."""
    try:
        return [importlib.import_module(module) for module in modules]
    except ImportError as error:
        print(f"ok 1 # skip {error.name} is not installed\n1..1")
        sys.exit()


def done():
    print(f"1..{count}")
    sys.exit(failures > 0)
