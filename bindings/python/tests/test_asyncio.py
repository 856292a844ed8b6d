# SPDX-License-Identifier: MIT
"""Verbs that are awaited, on the fake provider: by the pollable handle, and as where asyncio cannot wait for
it."""
import asyncio
import contextlib
import gc
import inspect
import unittest
import warnings

import fake_provider as fake
import netdisc
from netdisc import Answer, EventType, Kind, State, Status, _aio, _callbacks, _verbs

LONG_S = 20


class ByHandle(unittest.IsolatedAsyncioTestCase):
    by_handle = True

    async def asyncSetUp(self):
        self.addCleanup(setattr, _aio, "HANDLE_IS_A_FILE", _aio.HANDLE_IS_A_FILE)
        _aio.HANDLE_IS_A_FILE = self.by_handle
        self.remembered = len(_callbacks._known)
        self.world = fake.Fake()
        self.nd = fake.opened(netdisc.AsyncContext)
        await self.nd.backends()

    async def asyncTearDown(self):
        await self.nd.close()
        self.assertEqual(len(_callbacks._known), self.remembered)
        self.assertTrue(self.by_handle or self.nd._pump.done())

    async def test_every_verb(self):
        nd = self.nd
        self.assertEqual(len(await nd.shares()), 3)
        self.assertEqual(len(await nd.share_holders("Z:")), 1)
        self.assertEqual((await nd.resolve_share("Z:")).remote, r"\\server\projects")
        self.assertEqual(len(await nd.add_share("//server/new", "N:", password="s3cret")), 1)
        self.assertEqual(len(await nd.cancel_share("N:")), 1)
        self.assertEqual(len(await nd.disconnect_share(remote="//server/music")), 1)
        self.assertEqual(len(await nd.wlans()), 1)
        self.assertEqual(len(await nd.disconnect_wlan()), 1)
        self.assertEqual(len(await nd.connect_wlan("cafe")), 1)
        self.assertEqual(len(await nd.connections()), 2)
        self.assertEqual(len(await nd.disconnect_connection("Office VPN")), 1)
        self.assertEqual(len(await nd.connect_connection("Office VPN")), 1)
        self.assertEqual(len(await nd.backends()), 1)

    async def test_an_error(self):
        with self.assertRaises(netdisc.InUse) as caught:
            await self.nd.cancel_share("Z:")
        self.assertEqual(caught.exception.holders, await self.nd.share_holders("Z:"))
        with self.assertRaises(netdisc.Error) as caught:
            await self.nd.cancel_share("Z")
        self.assertEqual(caught.exception.status, Status.ERROR_BAD_DEVICE)

    async def test_many_at_once(self):
        lists = await asyncio.gather(*(self.nd.shares() for _ in range(50)))
        self.assertEqual([len(found) for found in lists], [3] * 50)

    async def test_the_loop_goes_on(self):
        self.world.script(fake.SHARE_LIST, fake.NEVER)
        listing = asyncio.ensure_future(self.nd.shares(timeout=None))
        self.assertEqual(len(await self.nd.wlans()), 1)
        self.assertFalse(listing.done())
        listing.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await listing

    async def test_to_cancel_the_task_is_to_cancel_the_verb(self):
        self.world.script(fake.SHARE_LIST, fake.NEVER)
        listing = asyncio.ensure_future(self.nd.shares(timeout=None))
        await asyncio.get_running_loop().run_in_executor(None, self.world.wait_stuck, 1)
        listing.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await listing
        self.world.wait_abandoned(1)

    async def test_wait_for(self):
        self.world.script(fake.SHARE_LIST, fake.NEVER)
        with self.assertRaises(asyncio.TimeoutError):
            await asyncio.wait_for(self.nd.shares(timeout=None), 0.2)
        self.world.wait_abandoned(1)

    async def test_prompts(self):
        asked = []

        def prompt(question):
            asked.append(question)
            return Answer.NO

        async def awaited_prompt(question):
            asked.append(question)
            return len(await self.nd.share_holders("Z:")) == 1

        with self.assertRaises(netdisc.Cancelled):
            await self.nd.disconnect_share("Z:", prompt=prompt)
        self.assertEqual(len(await self.nd.disconnect_share("Z:", prompt=awaited_prompt)), 1)
        self.assertEqual([len(question.error.holders) for question in asked], [1, 1])

    async def test_a_context_is_closed_while_a_prompt_is_awaited(self):
        asked = asyncio.Event()

        async def prompt(question):
            asked.set()
            await asyncio.Event().wait()

        verb = asyncio.ensure_future(self.nd.disconnect_share("Z:", prompt=prompt))
        await asyncio.wait_for(asked.wait(), LONG_S)
        await self.nd.close()
        with self.assertRaises(netdisc.Cancelled):
            await asyncio.wait_for(verb, LONG_S)

    async def test_what_a_prompt_raises_ends_the_verb(self):
        async def prompt(question):
            raise LookupError("nobody is here")

        with self.assertRaises(LookupError):
            await self.nd.disconnect_share("Z:", prompt=prompt)

    async def test_told(self):
        told = []
        with self.assertRaises(netdisc.NotConnected):
            await self.nd.disconnect_share("Q:", prompt=told.append)
        self.assertEqual(len(told), 1)

    async def test_watch(self):
        async with self.nd.watch(Kind.WLAN, timeout=LONG_S) as watch:
            events = []
            async for event in watch:
                events.append(event)
                if event.type is EventType.CHANGED:
                    break
                await self.nd.disconnect_wlan()
        self.assertEqual([event.type for event in events], [EventType.READY, EventType.CHANGED])
        self.assertEqual(events[1].item.name, "wlan0")
        self.assertIs(events[1].state, State.DISCONNECTED)

    async def test_an_iteration_ends_when_nothing_comes(self):
        events = [event async for event in self.nd.watch(timeout=0.2)]
        self.assertEqual([event.type for event in events], [EventType.READY])

    async def test_an_iteration_ends_with_its_watch_and_with_its_context(self):
        for what in ("watch", "context"):
            ready = asyncio.Event()
            watch = self.nd.watch()

            async def look():
                async for event in watch:
                    ready.set()

            looking = asyncio.ensure_future(look())
            await asyncio.wait_for(ready.wait(), LONG_S)
            if what == "watch":
                watch.close()
            else:
                await self.nd.close()
            await asyncio.wait_for(looking, LONG_S)

    async def test_close_cancels_what_runs(self):
        self.world.script(fake.SHARE_LIST, fake.NEVER)
        listing = asyncio.ensure_future(self.nd.shares(timeout=None))
        await asyncio.get_running_loop().run_in_executor(None, self.world.wait_stuck, 1)
        await self.nd.close()
        with self.assertRaises(netdisc.Cancelled):
            await listing
        with self.assertRaises(netdisc.Error) as caught:
            await self.nd.shares()
        self.assertEqual(caught.exception.status, Status.ERROR_INVALID_HANDLE)

    async def test_passwords_are_wiped(self):
        request = _verbs.add_share(self.nd, "//server/new", password="s3cret")
        await self.nd._run(request)
        self.assertEqual(request.secret.raw, bytes(7))

    async def test_the_same_signatures(self):
        for name, method in vars(netdisc.Context).items():
            if hasattr(method, "__wrapped__"):
                other = getattr(netdisc.AsyncContext, name)
                self.assertEqual(inspect.signature(method), inspect.signature(other))
                self.assertEqual(method.__doc__, other.__doc__)


class ByThreads(ByHandle):
    by_handle = False


class Loops(unittest.TestCase):
    def test_one_loop_only(self):
        nd = fake.opened(netdisc.AsyncContext)
        asyncio.run(nd.shares())
        with self.assertRaises(RuntimeError):
            asyncio.run(nd.shares())
        nd._handle.close()

    def test_one_that_nobody_closes(self):
        async def use():
            await fake.opened(netdisc.AsyncContext).shares()
            gc.collect()
            # Not while the loop waits for its handle.
            self.assertEqual(caught, [])

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            asyncio.run(use())
            gc.collect()
        self.assertEqual([one.category for one in caught], [ResourceWarning])

    def test_the_end_of_the_loop_is_the_end_of_what_runs(self):
        world = fake.Fake()

        async def use():
            async with fake.opened(netdisc.AsyncContext) as nd:
                await nd.backends()
                world.script(fake.SHARE_LIST, fake.NEVER)
                task = asyncio.ensure_future(nd.shares(timeout=None))
                await asyncio.get_running_loop().run_in_executor(None, world.wait_stuck, 1)
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(task, 0.1)

        asyncio.run(use())
        self.assertEqual(len(_callbacks._known), 0)


if __name__ == "__main__":
    unittest.main()
