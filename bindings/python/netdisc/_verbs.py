# SPDX-License-Identifier: MIT
"""Each verb once: its arguments, and what it gives. Context waits for them, AsyncContext awaits them."""
from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any, Awaitable, Callable, Generic, Optional, Tuple, TypeVar, Union

from . import _callbacks
from ._handle import DEFAULT, Timeout, milliseconds
from ._library import CDisconnect, CShareSpec, CWlanSpec, library
from ._types import (Answer, Auth, Backend, Connection, Flag, Holder, Listing, Question, Share, Text, Wlan,
                     encode)

R = TypeVar("R")

# Bytes are UTF-8. What is given as a bytearray can be wiped by the caller, too; a str cannot be wiped.
Secret = Union[str, bytes, bytearray]

Prompt = Callable[[Question], Union[Answer, bool, None, Awaitable[Union[Answer, bool, None]]]]


@dataclass(frozen=True)
class Request(Generic[R]):
    start: Any
    arguments: Tuple[Any, ...]
    flags: int
    timeout_ms: int
    sort: Any
    finish: Callable[[Listing[Any]], R]
    secret: Optional[ctypes.Array[ctypes.c_char]] = None
    disconnect: Optional[CDisconnect] = None
    prompt: Optional[Prompt] = None
    window: int = 0

    def wipe(self) -> None:
        if self.secret is not None:
            ctypes.memset(self.secret, 0, len(self.secret))


def _whole(found: Listing[Any]) -> Any:
    return found


def _only(found: Listing[Any]) -> Any:
    return found[0]


def _flags(**wanted: bool) -> int:
    return sum(Flag[name] for name, is_wanted in wanted.items() if is_wanted)


def _secret(given: Optional[Secret]) -> Optional[ctypes.Array[ctypes.c_char]]:
    """A copy that can be wiped."""
    if given is None:
        return None
    data = given.encode("utf-8", "surrogateescape") if isinstance(given, str) else given
    if 0 in data:
        raise ValueError("embedded null character")
    copy = ctypes.create_string_buffer(len(data) + 1)
    memoryview(copy).cast("B")[:len(data)] = data
    return copy


def _pointer(secret: Optional[ctypes.Array[ctypes.c_char]]) -> Any:
    return None if secret is None else ctypes.cast(secret, ctypes.c_char_p)


# ---- Shares -------------------------------------------------------------------------------------


def shares(nd: object, *, timeout: Timeout = DEFAULT) -> Request[Listing[Share]]:
    """All mappings that the user has, connected and remembered, whoever made them."""
    return Request(library.netdisc_share_list_start, (), 0, milliseconds(timeout), Share, _whole)


def add_share(nd: object, remote: str, local: Optional[Text] = None, *, user: Optional[str] = None,
              domain: Optional[str] = None, password: Optional[Secret] = None, provider: Optional[str] = None,
              auth: Auth = Auth.DEFAULT, remember: bool = False, save_password: bool = False,
              timeout: Timeout = DEFAULT) -> Request[Listing[Share]]:
    """Connects a share, and gives it a local name if there is one. Gives what was made."""
    spec = CShareSpec(size=ctypes.sizeof(CShareSpec), local=encode(local), remote=encode(remote),
                      user=encode(user), domain=encode(domain), provider=encode(provider), auth=auth)
    timeout_ms = milliseconds(timeout)
    # Nothing may fail from here on, for the copy to be wiped.
    secret = _secret(password)
    spec.password = _pointer(secret)
    return Request(library.netdisc_share_add_start, (ctypes.byref(spec),),
                   _flags(UPDATE_PROFILE=remember, SAVE_PASSWORD=save_password), timeout_ms, Share, _whole,
                   secret=secret)


def cancel_share(nd: object, name: Text, *, force: bool = False, forget: bool = False,
                 if_connected: bool = False, wait: bool = True, all: bool = False,
                 timeout: Timeout = DEFAULT) -> Request[Listing[Share]]:
    """Ends a mapping. Gives what was ended."""
    return Request(library.netdisc_share_cancel_start, (encode(name),),
                   _flags(FORCE=force, UPDATE_PROFILE=forget, IF_CONNECTED=if_connected, NO_WAIT=not wait,
                          ALL=all), milliseconds(timeout), Share, _whole)


def disconnect_share(nd: object, local: Optional[Text] = None, *, remote: Optional[str] = None,
                     prompt: Optional[Prompt] = None, window: int = 0, forget: bool = False,
                     if_connected: bool = False, timeout: Timeout = DEFAULT) -> Request[Listing[Share]]:
    """Ends a mapping, and asks `prompt` before it forces; or, on Windows, the system's own dialog, which
    `window` is to own; where that is awaited, the program lets its windows have their messages.

    `prompt` is called where the verb waits, with no lock held. What it raises ends the verb, and is passed on.
    """
    if prompt and window:
        raise ValueError("either a prompt or a window")
    what = CDisconnect(
        size=ctypes.sizeof(CDisconnect), local=encode(local), remote=encode(remote), window=window)
    if prompt:
        what.prompt = _callbacks.prompted
    return Request(library.netdisc_share_disconnect_start, (ctypes.byref(what),),
                   _flags(UPDATE_PROFILE=forget, IF_CONNECTED=if_connected), milliseconds(timeout), Share,
                   _whole, disconnect=what, prompt=prompt, window=window)


def share_holders(nd: object, name: Text, *, timeout: Timeout = DEFAULT) -> Request[Listing[Holder]]:
    """Who keeps a mapping from being cancelled."""
    return Request(library.netdisc_share_holders_start, (encode(name),), 0, milliseconds(timeout), Holder,
                   _whole)


def resolve_share(nd: object, local: Text, *, timeout: Timeout = DEFAULT) -> Request[Share]:
    """What a local name stands for, and the path to use."""
    return Request(library.netdisc_share_resolve_start, (encode(local),), 0, milliseconds(timeout), Share,
                   _only)


# ---- WLAN interfaces ----------------------------------------------------------------------------


def wlans(nd: object, *, timeout: Timeout = DEFAULT) -> Request[Listing[Wlan]]:
    """Every WLAN interface, connected or not."""
    return Request(library.netdisc_wlan_list_start, (), 0, milliseconds(timeout), Wlan, _whole)


def connect_wlan(nd: object, ssid: Union[str, bytes, None] = None, *, profile: Optional[str] = None,
                 device: Optional[str] = None, passphrase: Optional[Secret] = None, wait: bool = True,
                 timeout: Timeout = DEFAULT) -> Request[Listing[Wlan]]:
    """Connects an interface: to a network by its name, as text or bytes, or with a known profile."""
    spec = CWlanSpec(size=ctypes.sizeof(CWlanSpec), device=encode(device), profile=encode(profile))
    if isinstance(ssid, bytes):
        spec.ssid_bytes = (ctypes.c_uint8 * len(ssid)).from_buffer_copy(ssid)
        spec.ssid_length = len(ssid)
    else:
        spec.ssid = encode(ssid)
    timeout_ms = milliseconds(timeout)
    secret = _secret(passphrase)
    spec.passphrase = _pointer(secret)
    return Request(library.netdisc_wlan_connect_start, (ctypes.byref(spec),), _flags(NO_WAIT=not wait),
                   timeout_ms, Wlan, _whole, secret=secret)


def disconnect_wlan(nd: object, device: Optional[str] = None, *, if_connected: bool = False, wait: bool = True,
                    allow_reconnect: bool = False, timeout: Timeout = DEFAULT) -> Request[Listing[Wlan]]:
    """Drops an interface's association; None: of the only one there is. Gives what was ended."""
    return Request(library.netdisc_wlan_disconnect_start, (encode(device),),
                   _flags(IF_CONNECTED=if_connected, NO_WAIT=not wait, ALLOW_RECONNECT=allow_reconnect),
                   milliseconds(timeout), Wlan, _whole)


# ---- Named connections --------------------------------------------------------------------------


def connections(nd: object, *, timeout: Timeout = DEFAULT) -> Request[Listing[Connection]]:
    """Every profile, the active ones first."""
    return Request(library.netdisc_connection_list_start, (), 0, milliseconds(timeout), Connection, _whole)


def connect_connection(nd: object, name: str, *, wait: bool = True,
                       timeout: Timeout = DEFAULT) -> Request[Listing[Connection]]:
    """Connects a named connection."""
    return Request(library.netdisc_connection_connect_start, (encode(name),), _flags(NO_WAIT=not wait),
                   milliseconds(timeout), Connection, _whole)


def disconnect_connection(nd: object, name: str, *, if_connected: bool = False, wait: bool = True,
                          external: bool = False,
                          timeout: Timeout = DEFAULT) -> Request[Listing[Connection]]:
    """Ends a named connection wherever it is active. Gives what was ended."""
    return Request(library.netdisc_connection_disconnect_start, (encode(name),),
                   _flags(IF_CONNECTED=if_connected, NO_WAIT=not wait, EXTERNAL=external),
                   milliseconds(timeout), Connection, _whole)


# ---- Providers ----------------------------------------------------------------------------------


def backends(nd: object, *, timeout: Timeout = DEFAULT) -> Request[Listing[Backend]]:
    """Every provider, whether it is usable, and what is missing where it is not."""
    return Request(library.netdisc_backends_start, (), 0, milliseconds(timeout), Backend, _whole)
