# SPDX-License-Identifier: MIT
"""The library, and netdisc.h in the words of ctypes. A test compares this file with the header."""
from __future__ import annotations

import ctypes
import os
import sys
from ctypes import (CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int32, c_int64, c_size_t, c_ssize_t,
                    c_uint8, c_uint16, c_uint32, c_uint64, c_void_p)
from typing import Any, Dict, List, Tuple

# Structs that grow do so at their end, and before 1.0 a minor version may break the API.
API = "0.1"

# What the binding answers itself: its prompts are asked after the callback has returned.
ANSWER_LATER = 3

# ---- Structs ------------------------------------------------------------------------------------


class CShare(Structure):
    _fields_ = [
        ("provider", c_char_p),
        ("local", c_char_p),
        ("remote", c_char_p),
        ("path", c_char_p),
        ("user", c_char_p),
        ("state", c_int),
        ("remembered", c_int),
        ("port", c_uint16),
    ]


class CWlan(Structure):
    _fields_ = [
        ("provider", c_char_p),
        ("uuid", c_char_p),
        ("name", c_char_p),
        ("ssid", c_char_p),
        ("ssid_bytes", POINTER(c_uint8)),
        ("ssid_length", c_size_t),
        ("bssid", c_char_p),
        ("profile", c_char_p),
        ("driver", c_char_p),
        ("state", c_int),
        ("signal", c_int32),
    ]


class CConnection(Structure):
    _fields_ = [
        ("provider", c_char_p),
        ("uuid", c_char_p),
        ("name", c_char_p),
        ("type", c_char_p),
        ("device", c_char_p),
        ("state", c_int),
        ("autoconnect", c_int),
        ("external", c_int),
        ("vpn", c_int),
    ]


class CHolder(Structure):
    _fields_ = [
        ("provider", c_char_p),
        ("pid", c_uint64),
        ("program", c_char_p),
        ("what", c_char_p),
        ("path", c_char_p),
    ]


class CBackend(Structure):
    _fields_ = [
        ("provider", c_char_p),
        ("module", c_char_p),
        ("kinds", c_uint32),
        ("status", c_uint32),
        ("reason", c_char_p),
    ]


class CError(Structure):
    _fields_ = [
        ("status", c_uint32),
        ("message", c_char_p),
        ("provider", c_char_p),
        ("native_domain", c_char_p),
        ("native_code", c_int64),
        ("native_name", c_char_p),
        ("holders", c_void_p),
    ]


class CQuestion(Structure):
    _fields_ = [
        ("kind", c_int),
        ("name", c_char_p),
        ("error", POINTER(CError)),
    ]


class CEvent(Structure):
    _fields_ = [
        ("type", c_int),
        ("kind", c_uint32),
        ("provider", c_char_p),
        ("share", POINTER(CShare)),
        ("wlan", POINTER(CWlan)),
        ("connection", POINTER(CConnection)),
        ("old_state", c_int),
        ("state", c_int),
        ("status", c_uint32),
        ("reason", c_char_p),
    ]


log_fn = CFUNCTYPE(None, c_void_p, c_int, c_char_p)
op_fn = CFUNCTYPE(None, c_void_p, c_void_p)
prompt_fn = CFUNCTYPE(c_int, c_void_p, c_void_p, POINTER(CQuestion))
event_fn = CFUNCTYPE(None, c_void_p, POINTER(CEvent))


class COptions(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("log", log_fn),
        ("log_data", c_void_p),
        ("providers", c_char_p),
        ("module_directory", c_char_p),
        ("default_timeout_ms", c_int),
        ("watch_queue", c_uint32),
    ]


class CShareSpec(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("local", c_char_p),
        ("remote", c_char_p),
        ("user", c_char_p),
        ("domain", c_char_p),
        ("password", c_char_p),
        ("provider", c_char_p),
        ("auth", c_int),
    ]


class CDisconnect(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("local", c_char_p),
        ("remote", c_char_p),
        ("prompt", prompt_fn),
        ("prompt_data", c_void_p),
        ("window", c_ssize_t),
    ]


class CWlanSpec(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("device", c_char_p),
        ("profile", c_char_p),
        ("ssid", c_char_p),
        ("ssid_bytes", POINTER(c_uint8)),
        ("ssid_length", c_size_t),
        ("passphrase", c_char_p),
    ]


# ---- Functions ----------------------------------------------------------------------------------

status = c_uint32
context = op = watch = list_ = c_void_p
error_out = POINTER(POINTER(CError))
handle_out = POINTER(c_void_p)

# name -> what it returns | what it takes
FUNCTIONS: Dict[str, Tuple[Any, List[Any]]] = {
    "netdisc_version": (c_char_p, []),
    "netdisc_status_name": (c_char_p, [status]),
    "netdisc_status_text": (c_char_p, [status]),
    "netdisc_status_from_name": (status, [c_char_p, POINTER(c_uint32)]),
    "netdisc_status_count": (c_size_t, []),
    "netdisc_status_at": (status, [c_size_t]),
    "netdisc_hresult_from_status": (c_int32, [status]),
    "netdisc_status_from_hresult": (status, [c_int32]),
    "netdisc_state_name": (c_char_p, [c_int]),
    "netdisc_error_free": (None, [POINTER(CError)]),
    "netdisc_list_count": (c_size_t, [list_]),
    "netdisc_list_share": (POINTER(CShare), [list_, c_size_t]),
    "netdisc_list_wlan": (POINTER(CWlan), [list_, c_size_t]),
    "netdisc_list_connection": (POINTER(CConnection), [list_, c_size_t]),
    "netdisc_list_holder": (POINTER(CHolder), [list_, c_size_t]),
    "netdisc_list_backend": (POINTER(CBackend), [list_, c_size_t]),
    "netdisc_list_failure_count": (c_size_t, [list_]),
    "netdisc_list_failure": (POINTER(CError), [list_, c_size_t]),
    "netdisc_list_free": (None, [list_]),
    "netdisc_open": (status, [handle_out, POINTER(COptions), error_out]),
    "netdisc_close": (None, [context]),
    "netdisc_pollable": (status, [context, POINTER(c_ssize_t)]),
    "netdisc_dispatch": (status, [context, c_int]),
    "netdisc_op_wait": (status, [op, c_int]),
    "netdisc_op_cancel": (None, [op]),
    "netdisc_op_error": (POINTER(CError), [op]),
    "netdisc_op_note": (c_char_p, [op]),
    "netdisc_op_list": (status, [op, handle_out]),
    "netdisc_op_on_complete": (status, [op, op_fn, c_void_p]),
    "netdisc_op_free": (None, [op]),
    "netdisc_op_answer": (status, [op, c_int]),
    "netdisc_watch_start": (status, [context, c_uint32, event_fn, c_void_p, handle_out, error_out]),
    "netdisc_watch_stop": (None, [watch]),
}

# verb -> what it takes besides a context, flags, a timeout and the error | whether its waiting form gives
# a list
VERBS: Dict[str, Tuple[List[Any], bool]] = {
    "netdisc_share_list": ([], True),
    "netdisc_share_add": ([POINTER(CShareSpec)], False),
    "netdisc_share_cancel": ([c_char_p], False),
    "netdisc_share_disconnect": ([POINTER(CDisconnect)], False),
    "netdisc_share_holders": ([c_char_p], True),
    "netdisc_share_resolve": ([c_char_p], True),
    "netdisc_wlan_list": ([], True),
    "netdisc_wlan_disconnect": ([c_char_p], False),
    "netdisc_wlan_connect": ([POINTER(CWlanSpec)], False),
    "netdisc_connection_list": ([], True),
    "netdisc_connection_disconnect": ([c_char_p], False),
    "netdisc_connection_connect": ([c_char_p], False),
    "netdisc_backends": ([], True),
}

for _verb, (_what, _lists) in VERBS.items():
    _given = [context, *_what, c_uint32, c_int]
    FUNCTIONS[_verb] = (status, [*_given, *([handle_out] if _lists else []), error_out])
    FUNCTIONS[_verb + "_start"] = (status, [*_given, handle_out, error_out])

# ---- The library --------------------------------------------------------------------------------


def _file_name() -> str:
    """The loader's own search is the safe one: it knows neither the working directory nor, on Windows, PATH."""
    named = "" if sys.flags.ignore_environment else os.environ.get("NETDISC_LIBRARY", "")
    if named and not os.path.isabs(named):
        raise ImportError(f"NETDISC_LIBRARY is not an absolute path: {named!r}")
    return named or ("libnetdisc-0.dll" if sys.platform == "win32" else "libnetdisc.so.0")


def _load() -> ctypes.CDLL:
    name = _file_name()
    try:
        loaded = ctypes.CDLL(name)
        for function, (returned, taken) in FUNCTIONS.items():
            declared = getattr(loaded, function)
            declared.restype = returned
            declared.argtypes = taken
    except (OSError, AttributeError) as reason:
        raise ImportError(f"the library netdisc cannot be used: {reason}; "
                          "NETDISC_LIBRARY can give its absolute path") from reason
    version: str = loaded.netdisc_version().decode()
    if not version.startswith(API + "."):
        raise ImportError(f"{name} is netdisc {version}, and this is the binding for {API}")
    return loaded


library = _load()
