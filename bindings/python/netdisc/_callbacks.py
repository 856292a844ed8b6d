# SPDX-License-Identifier: MIT
"""What the library calls.

These functions live as long as the module, so none can be called after it is gone. Each gets a number for
`data`, and what has been forgotten in the meantime is not called. They keep what they are told, and run no code
of the user's, but for the log.
"""
from __future__ import annotations

import itertools
import threading
from collections import deque
from typing import Any, Callable, Deque, Dict, Optional

from ._errors import make_error
from ._library import ANSWER_LATER, event_fn, log_fn, op_fn, prompt_fn
from ._status import Status
from ._types import (Event, EventType, Item, Kind, LogLevel, Question, QuestionKind, State, connection, share,
                     text, text_or_none, wlan)

Log = Callable[[LogLevel, str], object]

_numbers = itertools.count(1)
_known: Dict[int, Any] = {}
_here = threading.local()


def remember(listener: Any) -> int:
    number = next(_numbers)
    _known[number] = listener
    return number


def forget(number: int) -> None:
    _known.pop(number, None)


def in_log() -> bool:
    """Is this thread in a log callback, where a context must not be closed?"""
    return getattr(_here, "logging", False)


class News:
    """What has been delivered for an operation: its questions, and that it has completed."""

    def __init__(self, notify: Callable[[], object]):
        self.questions: Deque[Question] = deque()
        self.done = False
        self.notify = notify


class Events:
    """What has been delivered for a watch, bounded as the library's own queue is."""

    def __init__(self, room: int, kinds: Kind, notify: Callable[[], object]):
        self._queue: Deque[Event] = deque()
        self._room = room
        self._kinds = kinds
        self._overrun = False
        self.notify = notify

    def put(self, event: Event) -> None:
        if self._overrun or len(self._queue) >= self._room:
            self._overrun = True
        else:
            self._queue.append(event)
        self.notify()

    def take(self) -> Optional[Event]:
        try:
            return self._queue.popleft()
        except IndexError:
            if not self._overrun:
                return None
        self._overrun = False
        return Event(EventType.OVERRUN, self._kinds, None, None, State.UNKNOWN, State.UNKNOWN,
                     Status.NO_ERROR, None)


def _item(c: Any) -> Optional[Item]:
    if c.share:
        return share(c.share.contents)
    if c.wlan:
        return wlan(c.wlan.contents)
    return connection(c.connection.contents) if c.connection else None


def _log_called(data: int, level: int, message: bytes) -> None:
    log: Optional[Log] = _known.get(data)
    if not log:
        return
    outer, _here.logging = in_log(), True
    try:
        log(LogLevel(level), text(message))
    finally:
        _here.logging = outer


def _completed(data: int, op: int) -> None:
    news: Optional[News] = _known.get(data)
    if news:
        news.done = True
        news.notify()


def _prompted(data: int, op: int, question: Any) -> int:
    news: Optional[News] = _known.get(data)
    if news:
        c = question.contents
        news.questions.append(Question(QuestionKind(c.kind), text(c.name), make_error(c.error.contents)))
        news.notify()
    return ANSWER_LATER


def _happened(data: int, event: Any) -> None:
    events: Optional[Events] = _known.get(data)
    if events:
        c = event.contents
        events.put(Event(EventType(c.type), Kind(c.kind), text_or_none(c.provider), _item(c),
                         State(c.old_state), State(c.state), Status(c.status), text_or_none(c.reason)))


log_called = log_fn(_log_called)
completed = op_fn(_completed)
prompted = prompt_fn(_prompted)
happened = event_fn(_happened)
