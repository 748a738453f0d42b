"""Random queries on both sides. The seed is printed; TWIN_SEED repeats a run, TWIN_QUERIES makes it longer or shorter."""

import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../clients"))
from tap import done, need, ok

need("psycopg2")

from grammar import Query
from twin import Differences, Side

count = int(os.environ.get("TWIN_QUERIES") or 400)
seed = os.environ.get("TWIN_SEED") or str(random.randrange(10 ** 6))
print(f"# TWIN_SEED={seed}", flush=True)
differences, plain, ours = Differences(), Side("plain"), Side("app")
failed = empty = 0
for number in range(count):
    statements = Query(f"{seed}.{number}").whole()
    answers = plain.ask(statements), ours.ask(statements)
    why = differences.compare(*answers)
    failed += answers[0].error is not None
    empty += answers[0].empty()
    if not ok(not why, f"query {seed}.{number}"):
        print(f"# {why}: {'; '.join(statements)}")
        for side, answer in zip(("plaintext", "protected"), answers):
            print("\n".join(f"#   {side} {line}" for line in answer.lines()[:8] + [answer.message]), flush=True)
ok(failed <= count / 20, f"nearly all of them are queries: {failed} of {count} failed on the twin")
ok(empty <= count * 0.4, f"most of them find something: {empty} of {count} were empty on the twin")
done()
