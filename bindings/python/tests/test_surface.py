# SPDX-License-Identifier: MIT
"""netdisc.h and the binding have the same surface: functions, structs and values."""
import ctypes
import os
import re
import shlex
import subprocess
import tempfile
import unittest
from pathlib import Path

import netdisc
from netdisc import _library, _types

HEADER = Path(os.environ["NETDISC_TEST_HEADER"])
COMPILER = shlex.split(os.environ["NETDISC_TEST_CC"])
PACKAGE = Path(netdisc.__file__).parent

# struct of the header -> class of the binding
STRUCTS = {
    "netdisc_share": _library.CShare,
    "netdisc_wlan": _library.CWlan,
    "netdisc_connection": _library.CConnection,
    "netdisc_holder": _library.CHolder,
    "netdisc_backend": _library.CBackend,
    "netdisc_error": _library.CError,
    "netdisc_options": _library.COptions,
    "netdisc_share_spec": _library.CShareSpec,
    "netdisc_question": _library.CQuestion,
    "netdisc_disconnect": _library.CDisconnect,
    "netdisc_wlan_spec": _library.CWlanSpec,
    "netdisc_event": _library.CEvent,
}
OPAQUE = {"netdisc", "netdisc_op", "netdisc_watch", "netdisc_list"}
CALLBACKS = {
    "netdisc_log_fn": _library.log_fn,
    "netdisc_op_fn": _library.op_fn,
    "netdisc_prompt_fn": _library.prompt_fn,
    "netdisc_event_fn": _library.event_fn,
}
ENUMS = {"netdisc_state", "netdisc_tristate", "netdisc_log_level", "netdisc_auth", "netdisc_answer",
         "netdisc_question_kind", "netdisc_event_type"}
SCALARS = {
    "void": None, "int": ctypes.c_int, "size_t": ctypes.c_size_t, "intptr_t": ctypes.c_ssize_t,
    "uint8_t": ctypes.c_uint8, "uint16_t": ctypes.c_uint16, "uint32_t": ctypes.c_uint32,
    "uint64_t": ctypes.c_uint64, "int32_t": ctypes.c_int32, "int64_t": ctypes.c_int64,
    "netdisc_status": ctypes.c_uint32,
}

# prefix of a constant's name -> what has it
CONSTANTS = [
    ("NETDISC_STATE_", netdisc.State),
    ("NETDISC_AUTH_", netdisc.Auth),
    ("NETDISC_ANSWER_", netdisc.Answer),
    ("NETDISC_QUESTION_", netdisc.QuestionKind),
    ("NETDISC_EVENT_", netdisc.EventType),
    ("NETDISC_LOG_", netdisc.LogLevel),
]
KINDS = {"NETDISC_SHARE": netdisc.Kind.SHARE, "NETDISC_WLAN": netdisc.Kind.WLAN,
         "NETDISC_CONNECTION": netdisc.Kind.CONNECTION, "NETDISC_ALL_KINDS": netdisc.Kind.ALL}
WITHOUT_MEMBER = {
    "NETDISC_ANSWER_LATER": _library.ANSWER_LATER,  # the binding's own answer
    "NETDISC_UNKNOWN": -1, "NETDISC_NO": 0, "NETDISC_YES": 1,  # None, False, True
}

# Functions that the binding does not call, and why.
UNCALLED = {
    **{verb: "the _start form tells as well what was made or ended, and lets Ctrl-C through"
       for verb in _library.VERBS if verb != "netdisc_share_disconnect"},
    "netdisc_status_name": "Status(code).name",
    "netdisc_status_from_name": "Status[name]",
    "netdisc_status_count": "len(Status)",
    "netdisc_status_at": "list(Status)",
}
# Flags that no argument stands for, and why.
UNUSED_FLAGS = {"NO_FORCE": "netdisc never forces without having asked"}


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def as_ctypes(declared):
    """The type of "const char *name" and the like."""
    words = re.sub(r"\bconst\b", "", declared)
    name = re.search(r"[A-Za-z_]\w*", words)[0]
    stars = words.count("*")
    if name in CALLBACKS:
        return CALLBACKS[name]
    if name == "char" or name in OPAQUE or (name == "void" and stars):
        base, stars = (ctypes.c_char_p if name == "char" else ctypes.c_void_p), stars - 1
    elif name in ENUMS:
        base = ctypes.c_int
    else:
        base = STRUCTS[name] if name in STRUCTS else SCALARS[name]
    for _ in range(stars):
        base = ctypes.POINTER(base)
    return base


class Header:
    def __init__(self):
        self.text = without_comments(HEADER.read_text())

    def functions(self):
        """name -> (what it returns, what it takes)"""
        found = {}
        for returned, name, taken in re.findall(r"^NETDISC_API\s+([^;(]*?)(\w+)\s*\(([^)]*)\);", self.text,
                                                re.MULTILINE):
            taken = [] if taken.strip() == "void" else [as_ctypes(one) for one in taken.split(",")]
            found[name] = (as_ctypes(returned), taken)
        return found

    def callbacks(self):
        found = {}
        for returned, name, taken in re.findall(r"typedef (\w+) \(\*(\w+_fn)\)\(([^)]*)\);", self.text):
            found[name] = (as_ctypes(returned), [as_ctypes(one) for one in taken.split(",")])
        return found

    def structs(self):
        """name -> [(field, type)]"""
        found = {}
        for name, body in re.findall(r"typedef struct (\w+) \{(.*?)\n\}", self.text, re.DOTALL):
            found[name] = [(re.search(r"(\w+)\s*$", field)[1], as_ctypes(field))
                           for field in body.split(";") if field.strip()]
        return found

    def constants(self):
        body = "".join(re.findall(r"enum\s*\w*\s*\{(.*?)\}", self.text, re.DOTALL))
        names = re.findall(r"\b(NETDISC_[A-Z_]+)\s*=", re.sub(r"#.*", "", body))
        return names + ["NETDISC_DISMISSED"]

    def statuses(self):
        return {name: int(code) for code, name in re.findall(r"XX\((\d+), (\w+),", self.text)}


def compiled(expressions):
    """What the compiler makes of them, as long long."""
    lines = "".join(f'printf("%lld\\n", (long long)({one}));\n' for one in expressions)
    with tempfile.TemporaryDirectory(prefix="netdisc-python-") as scratch:
        source, program = Path(scratch, "print.c"), Path(scratch, "print")
        source.write_text(f'#include <stdio.h>\n#include "{HEADER}"\nint main(void) {{\n{lines}return 0; }}\n')
        subprocess.run([*COMPILER, "-std=c11", source, "-o", program], check=True)
        printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    return dict(zip(expressions, map(int, printed.split())))


def member_of(name):
    """The binding's value for a constant of the header."""
    if name in WITHOUT_MEMBER:
        return WITHOUT_MEMBER[name]
    if name in KINDS:
        return KINDS[name]
    for prefix, values in CONSTANTS:
        if name.startswith(prefix):
            return values[name[len(prefix):]]
    rest = name[len("NETDISC_"):]
    return netdisc.Status.DISMISSED if rest == "DISMISSED" else _types.Flag[rest]


class Surface(unittest.TestCase):
    header = Header()

    def test_functions(self):
        self.assertGreater(len(self.header.functions()), 50)
        self.assertEqual(self.header.functions(), _library.FUNCTIONS)

    def test_functions_are_declared_to_ctypes(self):
        for name, (returned, taken) in _library.FUNCTIONS.items():
            function = getattr(_library.library, name)
            self.assertEqual((function.restype, list(function.argtypes)), (returned, taken), name)

    def test_callbacks(self):
        declared = {name: (fn._restype_, list(fn._argtypes_)) for name, fn in CALLBACKS.items()}
        self.assertEqual(self.header.callbacks(), declared)

    def test_fields_of_structs(self):
        declared = {name: list(struct._fields_) for name, struct in STRUCTS.items()}
        self.assertEqual(self.header.structs(), declared)

    def test_sizes_and_offsets(self):
        expected = {f"sizeof({name})": ctypes.sizeof(struct) for name, struct in STRUCTS.items()}
        for name, struct in STRUCTS.items():
            for field, _ in struct._fields_:
                expected[f"offsetof({name}, {field})"] = getattr(struct, field).offset
        self.assertEqual(compiled(list(expected)), expected)

    def test_constants(self):
        names = self.header.constants()
        self.assertGreater(len(names), 40)
        self.assertEqual(compiled(names), {name: int(member_of(name)) for name in names})

    def test_every_member_is_a_constant(self):
        members = {id(member_of(name)) for name in self.header.constants()}
        for values in [*(values for _, values in CONSTANTS), netdisc.Kind, _types.Flag]:
            for member in values:
                self.assertIn(id(member), members, member)

    def test_statuses(self):
        declared = {one.name: int(one) for one in netdisc.Status if one != netdisc.Status.DISMISSED}
        self.assertEqual(self.header.statuses(), declared)

    def test_statuses_are_those_of_the_library(self):
        library = _library.library
        for index in range(library.netdisc_status_count()):
            code = library.netdisc_status_at(index)
            self.assertEqual(library.netdisc_status_name(code).decode(), netdisc.Status(code).name)
            self.assertEqual(library.netdisc_status_text(code).decode(), netdisc.Status(code).text)
        self.assertEqual(library.netdisc_status_count(), len(netdisc.Status) - 1)

    def test_every_function_is_used(self):
        source = "".join(path.read_text() for path in PACKAGE.glob("*.py"))
        called = set(re.findall(r"library\.(netdisc_\w+)", source))
        self.assertEqual(set(_library.FUNCTIONS) - called, set(UNCALLED))

    def test_every_flag_is_used(self):
        source = (PACKAGE / "_verbs.py").read_text()
        used = {flag.name for flag in _types.Flag if f"{flag.name}=" in source}
        self.assertEqual({flag.name for flag in _types.Flag} - used, set(UNUSED_FLAGS))

    def test_every_verb_waits_and_is_awaited(self):
        started = set(re.findall(r"library\.(netdisc_\w+)_start", (PACKAGE / "_verbs.py").read_text()))
        self.assertEqual(started, set(_library.VERBS))
        for kind in (netdisc.Context, netdisc.AsyncContext):
            self.assertEqual(len([name for name in vars(kind) if hasattr(vars(kind)[name], "__wrapped__")]),
                             len(_library.VERBS))

    def test_version(self):
        version = compiled(["NETDISC_VERSION_MAJOR", "NETDISC_VERSION_MINOR", "NETDISC_VERSION_MICRO"])
        self.assertEqual(".".join(map(str, version.values())), netdisc.__version__)
        self.assertEqual(netdisc.library_version(), netdisc.__version__)


if __name__ == "__main__":
    unittest.main()
