"""The least that the server's own framework can answer: ``python -m tests.bench.hello``; it says where it listens."""

from __future__ import annotations

from typing import Any

import uvicorn
from litestar import Litestar, get


@get("/", media_type="text/html")
async def hello() -> str:
    """A constant page."""
    return "<!doctype html><title>Hola</title><p>Hola"


class Server(uvicorn.Server):
    """uvicorn, which says where it listens."""

    async def startup(self, sockets: Any = None) -> None:
        """Starts."""
        await super().startup(sockets)
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        print(f"Listo en http://{host}:{port}", flush=True)  # noqa: T201 for whoever started it


if __name__ == "__main__":
    app = Litestar([hello], openapi_config=None, logging_config=None)
    Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False)).run()
