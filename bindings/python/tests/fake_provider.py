# SPDX-License-Identifier: MIT
"""The fake provider, scripted: tests/fake/fake.h in the words of ctypes.

Its world is made anew when a verb first needs it, so scripts come after one.
"""
import ctypes
import os
from ctypes import Structure, c_bool, c_char_p, c_int, c_int64, c_uint32, c_void_p

import netdisc

MODULES = os.environ["NETDISC_TEST_FAKE"]
OPTIONS = {"providers": "fake", "modules": MODULES}
WAIT_S = 20

# nd_slot and fake_manner
SHARE_LIST, SHARE_CANCEL, SHARE_ADD, SHARE_DIALOG = 1, 7, 10, 14
PROPERLY, FAIL, NEVER = 0, 1, 2


class Failure(Structure):
    _fields_ = [("status", c_uint32), ("message", c_char_p), ("native_domain", c_char_p),
                ("native_code", c_int64), ("native_name", c_char_p)]


class Step(Structure):
    _fields_ = [("slot", c_int), ("manner", c_int), ("delay_ms", c_int), ("gated", c_bool),
                ("status", c_uint32), ("why", Failure), ("note", c_char_p), ("lacks", c_char_p),
                ("password", c_char_p), ("times", c_int)]


class Fake:
    """Its strings live as long as it does, as the scripts need them."""

    def __init__(self):
        self._module = ctypes.CDLL(os.path.join(MODULES, "libnetdisc-fake.so"))
        self._module.fake_named.restype = c_void_p
        self._module.fake_wait_stuck.restype = c_bool
        self._module.fake_wait_abandoned.restype = c_bool
        self._world = c_void_p(self._module.fake_named(b"event"))
        self._steps = []

    def script(self, slot, manner=PROPERLY, **rest):
        self._steps.append(Step(slot=slot, manner=manner, **rest))
        self._module.fake_script(self._world, ctypes.byref(self._steps[-1]))

    def change(self, title, state, reason=None):
        self._module.fake_change(self._world, title.encode(), c_int(state), reason and reason.encode())

    def emit(self, event_type, kinds, status=0, reason=None):
        self._module.fake_emit(self._world, c_int(event_type), c_uint32(kinds), c_uint32(status),
                               reason and reason.encode())

    def wait_stuck(self, count):
        assert self._module.fake_wait_stuck(self._world, c_int(count))

    def wait_abandoned(self, count):
        assert self._module.fake_wait_abandoned(self._world, c_int(count))


def opened(kind=netdisc.Context, **options):
    return kind(**{**OPTIONS, **options})
