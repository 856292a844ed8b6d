# SPDX-License-Identifier: MIT
"""What the library tells: values, copied out of its structs."""
from __future__ import annotations

import ctypes
import enum
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Iterable, List, Optional, Tuple, TypeVar, Union

from ._library import CBackend, CConnection, CHolder, CShare, CWlan, library
from ._status import Status

if TYPE_CHECKING:
    from ._errors import Error

T = TypeVar("T")

# ---- Names of values ----------------------------------------------------------------------------


class Kind(enum.IntFlag):
    SHARE = 0x1
    WLAN = 0x2
    CONNECTION = 0x4
    ALL = 0x7


class State(enum.IntEnum):
    UNKNOWN = 0
    DISCONNECTED = 1
    REMEMBERED = 2
    CONNECTING = 3
    CONNECTED = 4
    DISCONNECTING = 5
    LOST = 6

    @classmethod
    def _missing_(cls, value: object) -> State:
        return cls.UNKNOWN

    def __str__(self) -> str:
        words: bytes = library.netdisc_state_name(self)
        return words.decode()


class Auth(enum.IntEnum):
    DEFAULT = 0
    PASSWORD = 1
    KERBEROS = 2
    GUEST = 3


class Answer(enum.IntEnum):
    NO = 0
    YES = 1
    DISMISSED = 2


class QuestionKind(enum.IntEnum):
    FORCE = 0
    TOLD = 1


class EventType(enum.IntEnum):
    READY = 0
    ADDED = 1
    REMOVED = 2
    CHANGED = 3
    OVERRUN = 4
    LOST = 5


class LogLevel(enum.IntEnum):
    DEBUG = 0
    INFO = 1
    WARNING = 2


class Flag(enum.IntFlag):
    UPDATE_PROFILE = 0x01
    FORCE = 0x02
    IF_CONNECTED = 0x04
    NO_WAIT = 0x08
    ALL = 0x10
    ALLOW_RECONNECT = 0x20
    NO_FORCE = 0x40
    EXTERNAL = 0x80
    SAVE_PASSWORD = 0x100


# ---- Items --------------------------------------------------------------------------------------
# netdisc.h says what each field means. None: there is none, or it is not known.


@dataclass(frozen=True)
class Share:
    provider: str
    local: Optional[str]
    remote: str
    path: Optional[str]
    user: Optional[str]
    state: State
    remembered: Optional[bool]
    port: int


@dataclass(frozen=True)
class Wlan:
    provider: str
    uuid: str
    name: str
    ssid: Optional[str]
    ssid_bytes: Optional[bytes]
    bssid: Optional[str]
    profile: Optional[str]
    driver: Optional[str]
    state: State
    signal: Optional[int]


@dataclass(frozen=True)
class Connection:
    provider: str
    uuid: str
    name: str
    type: str
    device: Optional[str]
    state: State
    autoconnect: Optional[bool]
    external: Optional[bool]
    vpn: Optional[bool]


@dataclass(frozen=True)
class Holder:
    provider: str
    pid: Optional[int]
    program: Optional[str]
    what: str
    path: Optional[str]


@dataclass(frozen=True)
class Backend:
    provider: str
    module: Optional[str]
    kinds: Kind
    status: Status
    reason: Optional[str]

    @property
    def usable(self) -> bool:
        return self.status == Status.NO_ERROR


Item = Union[Share, Wlan, Connection]


@dataclass(frozen=True)
class Event:
    type: EventType
    kind: Kind
    provider: Optional[str]
    item: Optional[Item]
    old_state: State
    state: State
    status: Status
    reason: Optional[str]


@dataclass(frozen=True)
class Question:
    kind: QuestionKind
    name: str
    error: Error


class Listing(List[T]):
    """A list of items. When it is partial, `failures` say why; `note` is what there is to say of a success."""

    failures: Tuple[Error, ...]
    note: Optional[str]

    def __init__(self, items: Iterable[T] = (), failures: Iterable[Error] = (), note: Optional[str] = None):
        super().__init__(items)
        self.failures = tuple(failures)
        self.note = note

    @property
    def partial(self) -> bool:
        return bool(self.failures)


# ---- Text ---------------------------------------------------------------------------------------

Text = Union[str, "os.PathLike[str]"]


def encode(text: Optional[Text]) -> Optional[bytes]:
    if text is None:
        return None
    data = os.fspath(text).encode("utf-8", "surrogateescape")
    if b"\0" in data:
        raise ValueError("embedded null character")
    return data


def text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def text_or_none(data: Optional[bytes]) -> Optional[str]:
    return None if data is None else text(data)


def _tristate(value: int) -> Optional[bool]:
    return None if value < 0 else bool(value)


# ---- From structs -------------------------------------------------------------------------------


def share(c: CShare) -> Share:
    return Share(text(c.provider), text_or_none(c.local), text(c.remote), text_or_none(c.path),
                 text_or_none(c.user), State(c.state), _tristate(c.remembered), c.port)


def wlan(c: CWlan) -> Wlan:
    ssid_bytes = ctypes.string_at(c.ssid_bytes, c.ssid_length) if c.ssid_bytes else None
    return Wlan(text(c.provider), text(c.uuid), text(c.name), text_or_none(c.ssid), ssid_bytes,
                text_or_none(c.bssid), text_or_none(c.profile), text_or_none(c.driver), State(c.state),
                None if c.signal < 0 else c.signal)


def connection(c: CConnection) -> Connection:
    return Connection(text(c.provider), text(c.uuid), text(c.name), text(c.type), text_or_none(c.device),
                      State(c.state), _tristate(c.autoconnect), _tristate(c.external), _tristate(c.vpn))


def _holder(c: CHolder) -> Holder:
    return Holder(text(c.provider), c.pid or None, text_or_none(c.program), text(c.what), text_or_none(c.path))


def _backend(c: CBackend) -> Backend:
    return Backend(text(c.provider), text_or_none(c.module), Kind(c.kinds), Status(c.status),
                   text_or_none(c.reason))


# sort -> the function for an item of a list | what makes a value of it
_READERS: dict[type, tuple[Any, Any]] = {
    Share: (library.netdisc_list_share, share),
    Wlan: (library.netdisc_list_wlan, wlan),
    Connection: (library.netdisc_list_connection, connection),
    Holder: (library.netdisc_list_holder, _holder),
    Backend: (library.netdisc_list_backend, _backend),
}


def items(handle: Any, sort: type[T]) -> list[T]:
    """The items of a list; none for NULL."""
    at, convert = _READERS[sort]
    return [convert(at(handle, index).contents) for index in range(library.netdisc_list_count(handle))]
