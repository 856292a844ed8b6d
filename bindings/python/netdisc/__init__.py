# SPDX-License-Identifier: MIT
"""Ends, makes, lists and watches a machine's connections: shares, WLAN interfaces and named connections.

netdisc.h is the manual: what each verb does, each error and when. Verbs of a Context wait, those of an
AsyncContext are awaited; what fails raises an Error.
"""
from . import _library
from ._aio import AsyncContext, AsyncWatch
from ._context import Context, Watch
from ._errors import AccessDenied, Cancelled, Error, InUse, NotConnected, TimedOut
from ._handle import DEFAULT
from ._status import Status
from ._types import (Answer, Auth, Backend, Connection, Event, EventType, Holder, Kind, Listing, LogLevel,
                     Question, QuestionKind, Share, State, Wlan)

__all__ = [
    "AccessDenied", "Answer", "AsyncContext", "AsyncWatch", "Auth", "Backend", "Cancelled", "Connection",
    "Context", "DEFAULT", "Error", "Event", "EventType", "Holder", "InUse", "Kind", "Listing", "LogLevel",
    "NotConnected", "Question", "QuestionKind", "Share", "State", "Status", "TimedOut", "Watch", "Wlan",
    "library_version",
]

__version__ = "0.1.0"


def library_version() -> str:
    """The version of the library that was loaded."""
    version: bytes = _library.library.netdisc_version()
    return version.decode()
