# SPDX-License-Identifier: MIT
"""The library's context, which is closed once, and not while a call is on its way into it."""
from __future__ import annotations

import contextlib
import ctypes
import math
import os
import select
import threading
import warnings
from typing import Iterable, Iterator, Optional, Union

from . import _callbacks
from ._errors import Error, error_of, take_error
from ._library import CError, COptions, library
from ._status import Status
from ._types import Text, encode

LONGEST_MS = 0x7FFFFFFF
# Who takes longer than that is inside, where the library knows of him.
ENTER_S = 1.0


class Default:
    """Stands for the timeout that is used where none is given."""

    def __repr__(self) -> str:
        return "DEFAULT"


DEFAULT = Default()

# Seconds; None: without end.
Timeout = Union[float, None, Default]


def milliseconds(timeout: Timeout) -> int:
    if isinstance(timeout, Default):
        return 0
    if timeout is None:
        return -1
    if not timeout >= 0:
        raise ValueError(f"not a timeout: {timeout!r}")
    # 0 is the library's word for its default.
    return LONGEST_MS if timeout * 1000 >= LONGEST_MS else max(1, math.ceil(timeout * 1000))


def names(providers: Union[str, Iterable[str], None]) -> Optional[str]:
    return providers if providers is None or isinstance(providers, str) else ",".join(providers)


class Handle:
    def __init__(self, providers: Union[str, Iterable[str], None], modules: Optional[Text],
                 timeout: Timeout, watch_queue: int, log: Optional[_callbacks.Log]):
        options = COptions(
            size=ctypes.sizeof(COptions), providers=encode(names(providers)), module_directory=encode(modules),
            default_timeout_ms=milliseconds(timeout), watch_queue=watch_queue)
        self._log = _callbacks.remember(log) if log else 0
        if log:
            options.log, options.log_data = _callbacks.log_called, self._log
        self._process = os.getpid()
        self._entering = 0
        self._left = threading.Condition()
        self._nd: Optional[int] = None
        out, err = ctypes.c_void_p(), ctypes.POINTER(CError)()
        status = library.netdisc_open(ctypes.byref(out), ctypes.byref(options), ctypes.byref(err))
        if status:
            _callbacks.forget(self._log)
            raise take_error(status, err)
        self._nd = out.value

    @property
    def closed(self) -> bool:
        return self._nd is None

    @contextlib.contextmanager
    def entered(self) -> Iterator[int]:
        """The context, for one call that does not wait for long: close() waits for it."""
        # In a child the lock may be held by a thread that is not there.
        if self._process != os.getpid():
            raise Error(Status.ERROR_INVALID_HANDLE, "the context was inherited through fork")
        with self._left:
            if self._nd is None:
                raise Error(Status.ERROR_INVALID_HANDLE, "the context is closed")
            self._entering += 1
            nd = self._nd
        try:
            yield nd
        finally:
            with self._left:
                self._entering -= 1
                self._left.notify_all()

    def dispatch(self, timeout_ms: int) -> bool:
        """Delivers what there is to the callbacks. False: the context is closed."""
        try:
            if timeout_ms and os.name == "posix":
                self._await_news(timeout_ms)
                timeout_ms = 0
            with self.entered() as nd:
                status = library.netdisc_dispatch(nd, timeout_ms)
        except Error:
            if self.closed:
                return False
            raise
        if status in (Status.NO_ERROR, Status.WAIT_TIMEOUT):
            return True
        if self.closed:
            return False
        raise error_of(status, None)

    def _await_news(self, timeout_ms: int) -> None:
        """Here, and not in the library: what a signal's handler raises in a callback is lost."""
        news = select.poll()
        news.register(self.pollable(), select.POLLIN)
        news.poll(timeout_ms)

    def pollable(self) -> int:
        out = ctypes.c_ssize_t()
        with self.entered() as nd:
            status = library.netdisc_pollable(nd, ctypes.byref(out))
        if status:
            raise error_of(status, None)
        return out.value

    def close(self) -> None:
        if self._process != os.getpid():
            self._nd = None
            return
        if _callbacks.in_log():
            raise RuntimeError("a context cannot be closed by its log")
        with self._left:
            nd, self._nd = self._nd, None
            self._left.wait_for(lambda: self._entering == 0, ENTER_S)
        if nd is not None:
            library.netdisc_close(nd)
            _callbacks.forget(self._log)

    def abandon(self) -> None:
        """Of a context that nobody has closed, and nobody uses any more."""
        if self.closed or self._process != os.getpid():
            return
        if _callbacks.in_log():
            threading.Thread(target=self.close).start()
        else:
            self.close()
        warnings.warn("a netdisc context was not closed", ResourceWarning, stacklevel=2)
