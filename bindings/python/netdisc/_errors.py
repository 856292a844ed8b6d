# SPDX-License-Identifier: MIT
"""The exceptions.

A class of its own has what Python has a class for (PermissionError, TimeoutError), what takes more than one
code to name (InUse, Cancelled), and what a program meets in the normal course (NotConnected). Everything else
is told apart by `status`.
"""
from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple, Type

from ._library import CError, library
from ._status import Status
from ._types import Holder, items, text, text_or_none


class Error(OSError):
    """A verb failed. `errno` is not set: `status` is the code."""

    def __init__(self, status: Status, message: str, *, provider: Optional[str] = None,
                 native_domain: Optional[str] = None, native_code: Optional[int] = None,
                 native_name: Optional[str] = None, holders: Optional[List[Holder]] = None):
        super().__init__(message)
        self.status = status
        self.message = message
        self.provider = provider
        self.native_domain = native_domain
        self.native_code = native_code
        self.native_name = native_name
        self.holders = holders or []

    def __str__(self) -> str:
        return f"{self.status.name} ({int(self.status)}): {self.message}"

    def __reduce__(self) -> Tuple[Any, ...]:
        return type(self), (self.status, self.message), self.__dict__


class NotConnected(Error):
    """It is down already."""


class InUse(Error):
    """Files are open on it, or it is used otherwise; `holders` says by whom, where that is known."""


class Cancelled(Error):
    """It was cancelled, or the user said no, or dismissed the question."""


class AccessDenied(Error, PermissionError):
    """Not allowed; the message says which permission was missing."""


class TimedOut(Error, TimeoutError):
    """The deadline came first."""


_CLASSES: Dict[Status, Type[Error]] = {
    Status.ERROR_NOT_CONNECTED: NotConnected,
    Status.ERROR_OPEN_FILES: InUse,
    Status.ERROR_ACTIVE_CONNECTIONS: InUse,
    Status.ERROR_DEVICE_IN_USE: InUse,
    Status.ERROR_CANCELLED: Cancelled,
    Status.DISMISSED: Cancelled,
    Status.ERROR_ACCESS_DENIED: AccessDenied,
    Status.ERROR_TIMEOUT: TimedOut,
}


def make_error(c: CError) -> Error:
    status = Status(c.status)
    domain = text_or_none(c.native_domain)
    return _CLASSES.get(status, Error)(
        status, text(c.message), provider=text_or_none(c.provider), native_domain=domain,
        native_code=None if domain is None else c.native_code, native_name=text_or_none(c.native_name),
        holders=items(c.holders, Holder))


def error_of(status: int, c: Any) -> Error:
    """Of a detail that stays the library's; without one, all that is known is the status."""
    if c:
        return make_error(c.contents)
    known = Status(status)
    return _CLASSES.get(known, Error)(known, known.text)


def take_error(status: int, c: Any) -> Error:
    """Of a detail that is ours to free."""
    try:
        return error_of(status, c)
    finally:
        library.netdisc_error_free(c)
