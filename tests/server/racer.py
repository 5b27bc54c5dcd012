"""Some counters of the call race, as a program: calls at each in turn until nobody waits, then says whom each called.

``python racer.py HOST:PORT``. Its input is one line, the counters' sessions as JSON, and it begins when it gets that. A
counter that comes up again serves its turn and ends it with the next call. It speaks bare HTTP on one connection:
sixteen of these must not cost more than the server on which they race.
"""

from __future__ import annotations

import json
import sys
from http.client import HTTPConnection
from itertools import cycle
from typing import Any


def main(address: str) -> None:
    """Races."""
    connection = HTTPConnection(address, timeout=60)

    def ask(path: str, session: str) -> Any:
        headers = {"Content-Type": "application/json", "Cookie": f"session={session}"}
        connection.request("POST", f"/api/v1/desk/{path}", b"{}", headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {body.decode()}")
        return json.loads(body)["turn"]

    sessions: dict[str, str] = json.loads(sys.stdin.readline())
    called: dict[str, list[str]] = {counter: [] for counter in sessions}
    for counter, session in cycle(sessions.items()):
        if called[counter]:
            ask(f"turns/{called[counter][-1]}/serving", session)
        turn = ask("next", session)
        if turn is None:
            break
        called[counter].append(turn["ticket"])
    print(json.dumps(called))  # noqa: T201 it is a program


if __name__ == "__main__":
    main(sys.argv[1])
