"""What the benchmark of ports runs in a process of its own: a stand, and the floor on the same server."""

from __future__ import annotations

import sys

import orjson
from flask import Flask, Response, request

from sandbox.drivers.serving import wait_for_the_end
from sandbox.live.starting import cast_of
from sandbox.live.up import Stand, Wanted


def floor() -> Flask:
    """Empty views: one that reads JSON and answers 201, one that answers 200; no validation, no storage."""
    app = Flask("floor")

    @app.post("/x")
    def create() -> Response:
        data = orjson.loads(request.get_data())
        return Response(orjson.dumps({"id": "1", "n": len(data)}), 201, mimetype="application/json")

    @app.get("/x")
    def read() -> Response:
        return Response(orjson.dumps({"id": "1"}), 200, mimetype="application/json")

    return app


def main() -> None:
    """Serve until ended; one JSON line tells where."""
    stand = Stand(cast_of("first-thread", seed_only=True), Wanted())
    port = stand.open(floor())
    stand.start()
    sys.stdout.write(orjson.dumps({**stand.describe(), "floor": f"http://127.0.0.1:{port}"}).decode() + "\n")
    sys.stdout.flush()
    wait_for_the_end()
    stand.close()


if __name__ == "__main__":
    main()
