# SPDX-License-Identifier: MIT
"""Contexts whose verbs are awaited."""
from __future__ import annotations

import asyncio
import functools
import inspect
import os
import weakref
from types import TracebackType
from typing import TYPE_CHECKING, Any, AsyncIterator, Awaitable, Callable, Iterable, Optional, Type, Union

from . import _callbacks, _verbs
from ._context import SLICE_MS, BaseContext, BaseWatch, as_method
from ._handle import DEFAULT, Timeout
from ._operation import Operation
from ._types import Event, Kind, Text
from ._verbs import R, Request

if TYPE_CHECKING:
    from typing_extensions import Concatenate, ParamSpec

    P = ParamSpec("P")


# On Windows it is an event, which asyncio has no way to wait for.
HANDLE_IS_A_FILE = os.name == "posix"


class AsyncWatch(BaseWatch, AsyncIterator[Event]):
    """The events, one after the other. An iteration ends when none has come for `timeout` seconds, or the
    watch or its context is closed."""

    def __init__(self, context: AsyncContext, kinds: Kind, timeout: Optional[float]):
        loop = context._attach()
        self._woken = woken = asyncio.Event()

        def notify() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(woken.set)

        super().__init__(context, kinds, timeout, notify)
        context._watches.add(self)

    async def get(self, timeout: Optional[float] = None) -> Optional[Event]:
        """The next event; None: none has come in time, or the watch is closed."""
        loop = asyncio.get_running_loop()
        until = None if timeout is None else loop.time() + timeout
        while not self.closed:
            event = self._events.take()
            if event:
                return event
            self._woken.clear()
            try:
                await asyncio.wait_for(self._woken.wait(), None if until is None else until - loop.time())
            except asyncio.TimeoutError:
                return None if self.closed else self._events.take()
        return None

    async def __anext__(self) -> Event:
        event = await self.get(self.timeout)
        if event is None:
            raise StopAsyncIteration
        return event

    async def __aenter__(self) -> AsyncWatch:
        return self

    async def __aexit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                        traceback: Optional[TracebackType]) -> None:
        self.close()


def awaited(build: Callable[Concatenate[BaseContext, P], Request[R]]
            ) -> Callable[Concatenate[AsyncContext, P], Awaitable[R]]:
    async def verb(self: AsyncContext, *args: P.args, **kwargs: P.kwargs) -> R:
        self._attach()
        return await self._run(build(self, *args, **kwargs))

    return as_method(verb, build)  # type: ignore[no-any-return]


class AsyncContext(BaseContext):
    """Its verbs are awaited; to cancel the task is to cancel the verb. It belongs to the event loop that it is
    first used in."""

    def __init__(self, *, providers: Union[str, Iterable[str], None] = None, modules: Optional[Text] = None,
                 timeout: Timeout = DEFAULT, watch_queue: int = 0, log: Optional[_callbacks.Log] = None):
        super().__init__(providers=providers, modules=modules, timeout=timeout, watch_queue=watch_queue,
                         log=log)
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._stop: Callable[[], object] = lambda: None
        self._pump: Optional[asyncio.Task[None]] = None
        self._watches: weakref.WeakSet[AsyncWatch] = weakref.WeakSet()

    shares = awaited(_verbs.shares)
    add_share = awaited(_verbs.add_share)
    cancel_share = awaited(_verbs.cancel_share)
    disconnect_share = awaited(_verbs.disconnect_share)
    share_holders = awaited(_verbs.share_holders)
    resolve_share = awaited(_verbs.resolve_share)
    wlans = awaited(_verbs.wlans)
    connect_wlan = awaited(_verbs.connect_wlan)
    disconnect_wlan = awaited(_verbs.disconnect_wlan)
    connections = awaited(_verbs.connections)
    connect_connection = awaited(_verbs.connect_connection)
    disconnect_connection = awaited(_verbs.disconnect_connection)
    backends = awaited(_verbs.backends)

    def watch(self, kinds: Kind = Kind.ALL, *, timeout: Optional[float] = None) -> AsyncWatch:
        """Changes of these kinds. The first event of each provider is READY: list then."""
        return AsyncWatch(self, kinds, timeout)

    async def close(self) -> None:
        """Ends it: what still runs is cancelled, and watches end."""
        self._stop()
        # It may wait for a second.
        await asyncio.get_running_loop().run_in_executor(None, self._handle.close)
        if self._pump:
            await self._pump
        for watch in list(self._watches):
            watch._events.notify()

    async def __aenter__(self) -> AsyncContext:
        self._attach()
        return self

    async def __aexit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                        traceback: Optional[TracebackType]) -> None:
        await self.close()

    def _attach(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return loop
        if self._loop is not None:
            raise RuntimeError("the context belongs to another event loop")
        if HANDLE_IS_A_FILE:
            handle = self._handle.pollable()
            # By way of self: the loop keeps the context as long as it reads.
            loop.add_reader(handle, self._deliver)
            self._stop = functools.partial(loop.remove_reader, handle)
        else:
            self._pump = loop.create_task(self._dispatch_in_threads())
        self._loop = loop
        return loop

    def _deliver(self) -> None:
        self._handle.dispatch(0)

    async def _dispatch_in_threads(self) -> None:
        while await asyncio.get_running_loop().run_in_executor(None, self._handle.dispatch, SLICE_MS):
            pass

    async def _run(self, request: Request[R]) -> R:
        loop = asyncio.get_running_loop()
        woken = asyncio.Event()
        operation = Operation(self._handle, request, lambda: loop.call_soon_threadsafe(woken.set))
        try:
            operation.notify()
            while not operation.done:
                await woken.wait()
                woken.clear()
                for question in operation.questions():
                    answer: Any = request.prompt(question) if request.prompt else None
                    if inspect.isawaitable(answer):
                        answer = await _before_it_ends(operation, woken, answer)
                    operation.answer(question, answer)
            return operation.result()
        finally:
            operation.close()


async def _before_it_ends(operation: Operation[R], woken: asyncio.Event, answer: Awaitable[Any]) -> Any:
    """What a prompt answers, unless the operation ends first, which makes the question void."""
    asked = asyncio.ensure_future(answer)
    try:
        while not asked.done() and not operation.ended:
            news = asyncio.ensure_future(woken.wait())
            await asyncio.wait({asked, news}, return_when=asyncio.FIRST_COMPLETED)
            news.cancel()
            woken.clear()
        return asked.result() if asked.done() else None
    finally:
        asked.cancel()
