# SPDX-License-Identifier: MIT
"""One running verb: begun, looked at, and given back once."""
from __future__ import annotations

import ctypes
from typing import Any, Callable, Generic, Iterator, Optional

from . import _callbacks
from ._errors import error_of, make_error, take_error
from ._handle import Handle
from ._library import CError, library
from ._status import Status
from ._types import Answer, Listing, Question, QuestionKind, items, text_or_none
from ._verbs import R, Request


def take_list(handle: Any, sort: Any, note: Optional[str] = None) -> Listing[Any]:
    """The values of a list that is ours to free."""
    try:
        failures = [make_error(library.netdisc_list_failure(handle, index).contents)
                    for index in range(library.netdisc_list_failure_count(handle))]
        return Listing(items(handle, sort), failures, note)
    finally:
        library.netdisc_list_free(handle)


class Operation(Generic[R]):
    def __init__(self, handle: Handle, request: Request[R], notify: Callable[[], object]):
        self._request = request
        self._out = ctypes.c_void_p()
        self._news = _callbacks.News(notify)
        self._number = _callbacks.remember(self._news)
        if request.disconnect is not None:
            request.disconnect.prompt_data = self._number
        err = ctypes.POINTER(CError)()
        try:
            with handle.entered() as nd:
                status = request.start(nd, *request.arguments, request.flags, request.timeout_ms,
                                       ctypes.byref(self._out), ctypes.byref(err))
            if status:
                raise take_error(status, err)
        except BaseException:
            self.close()
            raise
        finally:
            request.wipe()

    def notify(self) -> None:
        """Has it tell when it has completed."""
        if library.netdisc_op_on_complete(self._out, _callbacks.completed, self._number):
            # Its context is being closed, which completes it.
            self._news.done = self.wait(-1)

    def wait(self, timeout_ms: int) -> bool:
        return bool(library.netdisc_op_wait(self._out, timeout_ms) != Status.WAIT_TIMEOUT)

    @property
    def ended(self) -> bool:
        """It has been told that it has completed."""
        return self._news.done

    @property
    def done(self) -> bool:
        """It has been told that it has completed, and nothing is to be asked."""
        return self._news.done and not self._news.questions

    def questions(self) -> Iterator[Question]:
        while self._news.questions:
            yield self._news.questions.popleft()

    def answer(self, question: Question, answer: Any) -> None:
        # One that has ended in the meantime needs none.
        if question.kind is QuestionKind.FORCE and not self.ended:
            library.netdisc_op_answer(self._out, Answer(answer))

    def result(self) -> R:
        status = library.netdisc_op_wait(self._out, 0)
        if status:
            raise error_of(status, library.netdisc_op_error(self._out))
        out = ctypes.c_void_p()
        status = library.netdisc_op_list(self._out, ctypes.byref(out))
        if status:
            raise error_of(status, None)
        note = text_or_none(library.netdisc_op_note(self._out))
        return self._request.finish(take_list(out, self._request.sort, note))

    def close(self) -> None:
        """Cancels it, if it runs, and gives it back."""
        _callbacks.forget(self._number)
        op, self._out = self._out, ctypes.c_void_p()
        library.netdisc_op_cancel(op)
        library.netdisc_op_free(op)
