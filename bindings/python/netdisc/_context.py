# SPDX-License-Identifier: MIT
"""Contexts whose verbs wait."""
from __future__ import annotations

import contextlib
import ctypes
import functools
import inspect
import time
import weakref
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator, Optional, Type, Union

from . import _callbacks, _verbs
from ._errors import take_error
from ._handle import DEFAULT, Handle, Timeout
from ._library import CError, library
from ._operation import Operation
from ._types import Event, Kind, Listing, Question, Text
from ._verbs import R, Request

if TYPE_CHECKING:
    from typing_extensions import Concatenate, ParamSpec

    P = ParamSpec("P")

# Signals, Ctrl-C among them, reach Python between two calls: so long a call waits at most.
SLICE_MS = 100
DEFAULT_QUEUE = 1024


def as_method(verb: Any, build: Any) -> Any:
    """For help(): the verb is described as what builds its request is, but for the request."""
    functools.update_wrapper(verb, build)
    signature = inspect.signature(build)
    result = signature.return_annotation[len("Request["):-1]
    verb.__signature__ = signature.replace(return_annotation=result)
    return verb


class BaseContext:
    """Owns everything that is made through it."""

    def __init__(self, *, providers: Union[str, Iterable[str], None] = None, modules: Optional[Text] = None,
                 timeout: Timeout = DEFAULT, watch_queue: int = 0, log: Optional[_callbacks.Log] = None):
        self._handle = Handle(providers, modules, timeout, watch_queue, log)
        self._room = watch_queue or DEFAULT_QUEUE
        weakref.finalize(self, self._handle.abandon)

    @property
    def closed(self) -> bool:
        return self._handle.closed


class BaseWatch:
    def __init__(self, context: BaseContext, kinds: Kind, timeout: Optional[float],
                 notify: Callable[[], object]):
        self.timeout = timeout
        self._context = context
        self._events = _callbacks.Events(context._room, kinds, notify)
        number = _callbacks.remember(self._events)
        out, err = ctypes.c_void_p(), ctypes.POINTER(CError)()
        self._stop = weakref.finalize(self, BaseWatch._end, out, number)
        try:
            with context._handle.entered() as nd:
                status = library.netdisc_watch_start(nd, kinds, _callbacks.happened, number, ctypes.byref(out),
                                                     ctypes.byref(err))
            if status:
                raise take_error(status, err)
        except BaseException:
            self._stop()
            raise

    @staticmethod
    def _end(watch: ctypes.c_void_p, number: int) -> None:
        _callbacks.forget(number)
        library.netdisc_watch_stop(watch)

    @property
    def closed(self) -> bool:
        return not self._stop.alive or self._context.closed

    def close(self) -> None:
        """Ends the watch, and whoever iterates over it."""
        self._stop()
        self._events.notify()


class Watch(BaseWatch, Iterator[Event]):
    """The events, one after the other. An iteration ends when none has come for `timeout` seconds, or the
    watch or its context is closed."""

    def get(self, timeout: Optional[float] = None) -> Optional[Event]:
        """The next event; None: none has come in time, or the watch is closed."""
        until = None if timeout is None else time.monotonic() + timeout
        while not self.closed:
            event = self._events.take()
            if event:
                return event
            left_ms = SLICE_MS if until is None else max(0, int((until - time.monotonic()) * 1000))
            self._context._handle.dispatch(min(left_ms, SLICE_MS))
            if left_ms == 0:
                return self._events.take()
        return None

    def __next__(self) -> Event:
        event = self.get(self.timeout)
        if event is None:
            raise StopIteration
        return event

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        self.close()


def waiting(build: Callable[Concatenate[BaseContext, P], Request[R]]) -> Callable[Concatenate[Context, P], R]:
    def verb(self: Context, *args: P.args, **kwargs: P.kwargs) -> R:
        return self._run(build(self, *args, **kwargs))

    return as_method(verb, build)  # type: ignore[no-any-return]


def _nobody() -> None:
    """Whom there is to notify where the waiting thread looks itself."""


class Context(BaseContext):
    """Its verbs wait. Any thread may use it."""

    shares = waiting(_verbs.shares)
    add_share = waiting(_verbs.add_share)
    cancel_share = waiting(_verbs.cancel_share)
    disconnect_share = waiting(_verbs.disconnect_share)
    share_holders = waiting(_verbs.share_holders)
    resolve_share = waiting(_verbs.resolve_share)
    wlans = waiting(_verbs.wlans)
    connect_wlan = waiting(_verbs.connect_wlan)
    disconnect_wlan = waiting(_verbs.disconnect_wlan)
    connections = waiting(_verbs.connections)
    connect_connection = waiting(_verbs.connect_connection)
    disconnect_connection = waiting(_verbs.disconnect_connection)
    backends = waiting(_verbs.backends)

    def watch(self, kinds: Kind = Kind.ALL, *, timeout: Optional[float] = None) -> Watch:
        """Changes of these kinds. The first event of each provider is READY: list then."""
        return Watch(self, kinds, timeout, _nobody)

    def close(self) -> None:
        """Ends it: what still runs is cancelled, and watches end."""
        self._handle.close()

    def __enter__(self) -> Context:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        self.close()

    def _run(self, request: Request[R]) -> R:
        if request.window:
            return self._run_with_window(request)
        with contextlib.closing(Operation(self._handle, request, _nobody)) as operation:
            if request.prompt:
                self._ask(operation, request.prompt)
            while not operation.wait(SLICE_MS):
                pass
            return operation.result()

    def _ask(self, operation: Operation[R], prompt: Callable[[Question], object]) -> None:
        operation.notify()
        while not operation.done and self._handle.dispatch(SLICE_MS):
            for question in operation.questions():
                answer = prompt(question)
                if inspect.iscoroutine(answer):
                    answer.close()
                    raise TypeError("a prompt that is awaited is for an AsyncContext")
                operation.answer(question, answer)

    def _run_with_window(self, request: Request[R]) -> R:
        """While the dialog is open only the library's own waiting form lets this thread's windows have their
        messages. It does not tell what was ended."""
        err = ctypes.POINTER(CError)()
        with self._handle.entered() as nd:
            status = library.netdisc_share_disconnect(nd, *request.arguments, request.flags,
                                                      request.timeout_ms, ctypes.byref(err))
        if status:
            raise take_error(status, err)
        return request.finish(Listing())
