# SPDX-License-Identifier: MIT
"""Shares of a real Samba server; tests/smb/inside.c runs this, and tests/smb/world_smb.h says what is there."""
import asyncio
import os
import tempfile
import unittest
from pathlib import Path

import netdisc
from netdisc import Answer, Auth, EventType, Kind, State, Status

LONG_S = 20
OPTIONS = {"providers": "session", "modules": os.environ.get("WORLD_MODULES")}
GUEST = r"\\127.0.0.1\guest"
PRIVATE = "//127.0.0.1/private"
SILENT = "smb://127.0.0.1:4457/guest"
PASSWORD = "Secret 5%#ä"


class Shares(unittest.TestCase):
    def setUp(self):
        self.nd = netdisc.Context(**OPTIONS)
        self.addCleanup(self.nd.close)
        self.addCleanup(self.cancel_all)

    def cancel_all(self):
        for share in self.nd.shares():
            self.nd.cancel_share(share.local or share.remote, force=True, forget=bool(share.local))

    def add_guest(self, local="Z:"):
        share, = self.nd.add_share(GUEST, local, auth=Auth.GUEST)
        return share

    def let_go(self, held):
        """Of a file that has been cut off, which is an error, but closes it."""
        with self.assertRaises(OSError):
            os.close(held)

    def test_add_list_read_and_cancel(self):
        made = self.add_guest()
        self.assertEqual(self.nd.shares(), [made])
        self.assertEqual(self.nd.resolve_share("z:\\"), made)
        self.assertEqual((made.provider, made.local, made.remote, made.state, made.port),
                         ("session", "Z:", GUEST, State.CONNECTED, 0))
        self.assertEqual(Path(made.path, "hello").read_text(), "hello from here/guest\n")
        ended, = self.nd.cancel_share("Z:")
        self.assertEqual(ended.local, "Z:")
        self.assertEqual(self.nd.shares(), [])
        self.assertFalse(Path(made.path, "hello").exists())

    def test_a_mount_point(self):
        with tempfile.TemporaryDirectory() as directory:
            place = Path(directory)
            self.add_guest(place)
            self.assertEqual(Path(place, "hello").read_text(), "hello from here/guest\n")
            self.nd.cancel_share(place)
            self.assertEqual(list(place.iterdir()), [])

    def test_credentials(self):
        with self.assertRaises(netdisc.Error) as caught:
            self.nd.add_share(PRIVATE, "Z:", user="alice", password="wrong")
        self.assertIn(caught.exception.status, (Status.ERROR_LOGON_FAILURE, Status.ERROR_INVALID_PASSWORD))
        self.assertEqual(caught.exception.native_domain, "ntstatus")
        for password in (PASSWORD, bytearray(PASSWORD.encode())):
            share, = self.nd.add_share(PRIVATE, "Z:", user="alice", password=password)
            self.assertEqual(share.user, "alice")
            self.nd.cancel_share("Z:")

    def test_remembered(self):
        share, = self.nd.add_share(GUEST, "Z:", auth=Auth.GUEST, remember=True)
        self.assertIs(share.remembered, True)
        self.nd.cancel_share("Z:")
        self.assertEqual([share.state for share in self.nd.shares()], [State.REMEMBERED])
        self.nd.cancel_share("Z:", forget=True)
        self.assertEqual(self.nd.shares(), [])

    def test_in_use_and_forced(self):
        path = Path(self.add_guest().path, "hello")
        held = os.open(path, os.O_RDONLY)
        with self.assertRaises(netdisc.InUse) as caught:
            self.nd.cancel_share("Z:")
        holder, = caught.exception.holders
        self.assertEqual((holder.pid, holder.what, holder.path), (os.getpid(), "file", str(path)))
        self.assertEqual(self.nd.share_holders("Z:"), [holder])
        self.nd.cancel_share("Z:", force=True)
        with self.assertRaises(OSError):
            os.read(held, 100)
        self.let_go(held)
        self.assertEqual(self.nd.shares(), [])

    def test_asked_before_it_is_forced(self):
        asked = []

        def prompt(question):
            asked.append([holder.pid for holder in question.error.holders])
            return Answer.YES if len(asked) > 1 else Answer.NO

        held = os.open(Path(self.add_guest().path, "hello"), os.O_RDONLY)
        with self.assertRaises(netdisc.Cancelled):
            self.nd.disconnect_share("Z:", prompt=prompt)
        self.assertEqual([share.local for share in self.nd.disconnect_share("Z:", prompt=prompt)], ["Z:"])
        self.let_go(held)
        self.assertEqual(asked, [[os.getpid()], [os.getpid()]])

    def test_watch(self):
        with self.nd.watch(Kind.SHARE) as watch:
            self.assertIs(watch.get(LONG_S).type, EventType.READY)
            self.add_guest()
            self.assertEqual(self.next_of(watch, EventType.ADDED).item.local, "Z:")
            self.nd.cancel_share("Z:")
            self.assertEqual(self.next_of(watch, EventType.REMOVED).item.remote, GUEST)

    def next_of(self, watch, wanted):
        event = watch.get(LONG_S)
        while event and event.type is not wanted:
            event = watch.get(LONG_S)
        return event

    def test_a_server_that_does_not_answer(self):
        with self.assertRaises(netdisc.TimedOut):
            self.nd.add_share(SILENT, auth=Auth.GUEST, timeout=0.5)


class Awaited(unittest.IsolatedAsyncioTestCase):
    async def test_add_use_and_cancel(self):
        async with netdisc.AsyncContext(**OPTIONS) as nd, nd.watch(Kind.SHARE) as watch:
            self.assertIs((await watch.get(LONG_S)).type, EventType.READY)
            guest, private = await asyncio.gather(
                nd.add_share(GUEST, "Y:", auth=Auth.GUEST),
                nd.add_share(PRIVATE, "X:", user="alice", password=PASSWORD))
            for share in (*guest, *private):
                self.assertTrue(Path(share.path, "hello").exists())
            self.assertEqual(len(await nd.shares()), 2)
            await asyncio.gather(nd.cancel_share("X:"), nd.cancel_share("Y:"))
            self.assertEqual(await nd.shares(), [])
            removed = 0
            async for event in watch:
                removed += event.type is EventType.REMOVED
                if removed == 2:
                    break

    async def test_to_cancel_the_task_is_to_cancel_the_verb(self):
        async with netdisc.AsyncContext(**OPTIONS) as nd, nd.watch(Kind.SHARE, timeout=LONG_S) as watch:
            adding = asyncio.ensure_future(nd.add_share(SILENT, auth=Auth.GUEST, timeout=None))
            async for event in watch:
                if event.type is EventType.ADDED:
                    adding.cancel()
                if event.type is EventType.REMOVED:
                    break
            with self.assertRaises(asyncio.CancelledError):
                await adding
            self.assertEqual(await nd.shares(), [])


if __name__ == "__main__":
    unittest.main()
