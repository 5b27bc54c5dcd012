"""The naive way to call the next turn, as a server for the same racers: read who is next, then write it.

Two transactions, as published queue systems do it (one reads the first of the list and then updates it, another locks
the row but does not look at it again). ``python -m tests.server.naive FOLDER DATABASE_URL``, over a line that
`call_race.prepared` made; it says where it listens.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import uvicorn
from litestar import Litestar, Request, post
from litestar.params import FromPath
from sqlalchemy import select, update

from server.keys import load_keys
from server.store.engine import Engines, open_engines
from server.store.schema import ticket
from tests.server.conftest import config_in

FIRST = (
    select(ticket.c.id)
    .where(ticket.c.state == "waiting")
    .order_by(ticket.c.preferential.desc(), ticket.c.lined_up_at)
    .limit(1)
)


def app(engines: Engines) -> Litestar:
    """Calls and serves, without finishing: a counter's own turns do not matter here, only who is called."""

    @post("/api/v1/desk/next", status_code=200, sync_to_thread=True)
    def call_next() -> dict[str, Any]:
        with engines.read.connect() as connection:
            first = connection.execute(FIRST).scalar()
        if first is None:
            return {"turn": None}
        with engines.write.begin() as connection:
            connection.execute(update(ticket).where(ticket.c.id == first).values(state="done"))
        return {"turn": {"ticket": str(first)}}

    @post("/api/v1/desk/turns/{id_:uuid}/serving", status_code=200, sync_to_thread=True)
    def serve(id_: FromPath[UUID], request: Request[Any, Any, Any]) -> dict[str, Any]:
        del request
        return {"turn": {"ticket": str(id_)}}

    return Litestar([call_next, serve], openapi_config=None, logging_config=None)


class Server(uvicorn.Server):
    """uvicorn, which says where it listens."""

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        print(f"Listo en http://{host}:{port}", flush=True)  # noqa: T201 for whoever started it


def main(folder: str, database_url: str) -> None:
    config = config_in(Path(folder), database_url)
    engines = open_engines(config.database, load_keys(config.keys, may_create=False))
    Server(uvicorn.Config(app(engines), host="127.0.0.1", port=0, log_level="warning", access_log=False)).run()


if __name__ == "__main__":
    main(*sys.argv[1:3])
