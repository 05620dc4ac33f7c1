"""Websockets: both ways, as sent."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, WSServerHandshakeError

from polling import until

MIB = 1024 * 1024


def talk(
    front, path: str, conversation: Callable[[ClientWebSocketResponse], Awaitable[Any]], **more: Any
) -> Any:
    """Hold one conversation over a websocket through the front."""

    async def run() -> Any:
        url = f"ws://127.0.0.1:{front.port}{path}"
        async with (
            asyncio.timeout(30),
            ClientSession() as session,
            session.ws_connect(url, max_msg_size=64 * MIB, **more) as websocket,
        ):
            return await conversation(websocket)

    return asyncio.run(run())


@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_text_and_bytes_both_ways(front, behind, kind: str) -> None:
    async def conversation(websocket: ClientWebSocketResponse) -> None:
        for text in ("第一句", "x" * 200_000, ""):
            await websocket.send_str(text)
            assert (await websocket.receive()).data == text
        for size in (0, 1, 125, 126, 65535, 65536, 8 * MIB):
            await websocket.send_bytes(b"\x81" * size)
            message = await websocket.receive()
            assert (message.type, len(message.data)) == (WSMsgType.BINARY, size)

    talk(front, front.route(getattr(behind, kind)) + "/ws", conversation)


@pytest.mark.parametrize("compress", [0, 15])
def test_many_messages_in_flight(front, behind, compress: int) -> None:
    async def conversation(websocket: ClientWebSocketResponse) -> None:
        async def send() -> None:
            for number in range(2000):
                await websocket.send_str(f"{number}:" + "y" * 2000)

        sending = asyncio.create_task(send())
        for number in range(2000):
            assert (await websocket.receive_str()).startswith(f"{number}:")
        await sending

    talk(front, front.route(behind.unix) + "/ws", conversation, compress=compress)


def test_subprotocol_and_query(front, behind) -> None:
    async def conversation(websocket: ClientWebSocketResponse) -> None:
        assert websocket.protocol == "v1.kernel"

    talk(front, front.route(behind.unix) + "/ws?session_id=1%2F2", conversation, protocols=("v1.kernel", "z"))


def test_pings_reach_the_other_side(front, behind) -> None:
    async def conversation(websocket: ClientWebSocketResponse) -> None:
        await websocket.send_str("ping")
        message = await websocket.receive()
        assert (message.type, message.data) == (WSMsgType.PING, b"are you there")
        await websocket.ping(b"and you")
        message = await websocket.receive()
        assert (message.type, message.data) == (WSMsgType.PONG, b"and you")

    talk(front, front.route(behind.unix) + "/ws", conversation, autoping=False)


def test_close_codes_pass_from_behind(front, behind) -> None:
    async def conversation(websocket: ClientWebSocketResponse) -> None:
        await websocket.send_str("close")
        message = await websocket.receive()
        assert (message.type, message.data, message.extra) == (WSMsgType.CLOSE, 4321, "as asked")

    talk(front, front.route(behind.unix) + "/ws", conversation)


def test_a_server_that_drops_dead_ends_the_connection(front, behind) -> None:
    async def conversation(websocket: ClientWebSocketResponse) -> None:
        await websocket.send_str("drop")
        assert (await websocket.receive()).type in (WSMsgType.CLOSED, WSMsgType.CLOSE, WSMsgType.ERROR)

    talk(front, front.route(behind.unix) + "/ws", conversation)


def test_a_client_that_vanishes_ends_the_connection_behind(front, behind, websocket_request) -> None:
    prefix = front.route(behind.unix)
    with socket.create_connection(("127.0.0.1", front.port), timeout=30) as connection:
        connection.sendall(websocket_request(f"{prefix}/ws"))
        assert connection.recv(65536).startswith(b"HTTP/1.1 101 ")
        until(lambda: front.figures()["websockets"] == 1, "it is counted")
    until(lambda: front.figures()["websockets"] == 0, "it is over")


def test_frames_sent_before_the_answer_are_not_lost(front, behind, websocket_request) -> None:
    prefix = front.route(behind.unix)
    frame = b"\x81\x85\0\0\0\0early"  # text, masked with zeros
    with socket.create_connection(("127.0.0.1", front.port), timeout=30) as connection:
        connection.sendall(websocket_request(f"{prefix}/ws") + frame)
        data = b""
        while not data.endswith(b"\x81\x05early"):
            piece = connection.recv(65536)
            assert piece
            data += piece


def test_frames_that_come_with_the_answer_are_not_lost(front, script, websocket_request) -> None:
    head = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    server = script(head + b"Sec-WebSocket-Accept: x\r\n\r\n\x81\x05early")
    answer = front.raw(websocket_request(f"{front.route(server.target)}/ws"))
    assert answer.startswith(b"HTTP/1.1 101 ")
    assert answer.endswith(b"\x81\x05early")


@pytest.mark.parametrize("verb", ["refuse", "echo"])
def test_a_refused_upgrade_is_an_ordinary_answer(front, behind, verb: str) -> None:
    prefix = front.route(behind.unix)

    async def nothing(websocket: ClientWebSocketResponse) -> None: ...

    with pytest.raises(WSServerHandshakeError) as caught:
        talk(front, f"{prefix}/{verb}", nothing)
    assert caught.value.status == {"refuse": 403, "echo": 200}[verb]


def test_after_a_refused_upgrade_nothing_is_smuggled(front, script, websocket_request) -> None:
    """The server behind says no; what the client sends next must not reach it as a request of its own."""
    server = script(b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n")
    prefix = front.route(server.target)
    answer = front.raw(
        websocket_request(f"{prefix}/x", "Sec-WebSocket-Version: 99\r\n")
        + b"GET /secret HTTP/1.1\r\nHost: h\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 426 ")
    assert all(b"/secret" not in seen for seen in server.seen)


def test_no_route_no_websocket(front) -> None:
    async def nothing(websocket: ClientWebSocketResponse) -> None: ...

    with pytest.raises(WSServerHandshakeError) as caught:
        talk(front, "/no/such/ws", nothing)
    assert caught.value.status == 404


def test_websockets_count_as_activity(front, behind) -> None:
    prefix = front.route(behind.unix)

    def last() -> str:
        return front.api("GET", f"/api/routes{prefix}").json()["last_activity"]

    async def conversation(websocket: ClientWebSocketResponse) -> None:
        first = await asyncio.to_thread(last)
        while await asyncio.to_thread(last) == first:
            await websocket.send_str("still here")
            await websocket.receive_str()

    talk(front, f"{prefix}/ws", conversation)


def test_a_reader_that_stops_reading_does_not_fill_memory(front, behind, websocket_request) -> None:
    prefix = front.route(behind.unix)
    before = front.memory("VmRSS")
    frame = b"\x82\xff" + (MIB).to_bytes(8, "big") + b"\0\0\0\0" + bytes(MIB)
    with socket.create_connection(("127.0.0.1", front.port), timeout=1) as connection:
        connection.sendall(websocket_request(f"{prefix}/ws"))
        assert connection.recv(65536).startswith(b"HTTP/1.1 101 ")
        with pytest.raises(TimeoutError):  # somewhere on the way it must stop
            connection.sendall(frame * 100)
    assert front.memory("VmHWM") < before + 12 * MIB
