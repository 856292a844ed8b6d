#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What Windows' headers and those of libnetdisc-win32 say alike: values, sizes, places of members, signatures.

usage: facts.py program HEADER...             prints a C program that prints what is in our headers
       facts.py compare TABLE COMMAND...      sees that the command, that program, prints the table

The program includes headers by Windows' names, and so is compiled unchanged with ours and with mingw's. It declares
our functions once more: where these take something else there, it does not compile.
"""
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tap import Tap

SECONDS = 60

# mingw's headers are of an older Windows: they lack these, or have another value for them. They are as documented.
NOT_THERE = set("""
    ERROR_IP_ADDRESS_CONFLICT1 ERROR_IP_ADDRESS_CONFLICT2 ERROR_REGISTRY_QUOTA_LIMIT ERROR_NOINTERFACE
    L2_NOTIFICATION_SOURCE_ALL WLAN_NOTIFICATION_SOURCE_ALL L2_NOTIFICATION_DATA PL2_NOTIFICATION_DATA
    WLAN_API_VERSION WLAN_API_VERSION_1_0 WLAN_API_VERSION_2_0
    WLAN_REASON_CODE_SUCCESS WLAN_REASON_CODE_UNKNOWN WLAN_REASON_CODE_NETWORK_NOT_AVAILABLE
    WLAN_REASON_CODE_KEY_MISMATCH WLAN_REASON_CODE_USER_CANCELLED WLAN_REASON_CODE_ASSOCIATION_TIMEOUT
    WLAN_CONNECTION_PERSIST_DISCOVERY_PROFILE WLAN_CONNECTION_PERSIST_DISCOVERY_PROFILE_CONNECTION_MODE_AUTO
    WLAN_CONNECTION_PERSIST_DISCOVERY_PROFILE_OVERWRITE_EXISTING
    WLAN_CONNECTION_NOTIFICATION_ADHOC_NETWORK_FORMED WLAN_CONNECTION_NOTIFICATION_CONSOLE_USER_PROFILE
    dot11_phy_type_vht dot11_phy_type_dmg dot11_phy_type_he dot11_phy_type_eht
    wlan_intf_opcode_management_frame_protection_capable wlan_intf_opcode_secondary_sta_interfaces
    wlan_intf_opcode_secondary_sta_synchronized_connections wlan_intf_opcode_realtime_connection_quality
    wlan_intf_opcode_qos_info
    wlan_notification_acm_profile_unblocked wlan_notification_acm_screen_power_change
    wlan_notification_acm_profile_blocked wlan_notification_acm_scan_list_refresh
    wlan_notification_acm_operational_state_change wlan_notification_acm_end
    DOT11_AUTH_ALGO_WPA3 DOT11_AUTH_ALGO_WPA3_ENT_192 DOT11_AUTH_ALGO_WPA3_SAE DOT11_AUTH_ALGO_OWE
    DOT11_AUTH_ALGO_WPA3_ENT
""".split())
# Nothing in them but what others have, or what Windows has not.
WITHOUT_FACTS = {"initguid.h", "netdisc-win32.h", "ole2.h"}
# By what a value is written with. Other macros are names of types and functions, and so is the one named here.
VALUE = re.compile(r"[-~(]|\d|(?!WINAPI)[A-Z_0-9]+$|\w+\(")
SCALAR = re.compile(r"typedef\s+((?:const\s+)?(?:struct\s+|enum\s+)?\w+(?:\s+\w+)*?)\s+(\*?\w+(?:,\s*\*?\w+)*);")


def without_comments(text):
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
    return text.replace("\\\n", " ")


def without_cpp(text):
    """As it is in C, and without UNICODE, by which only names change."""
    kept, stack = [], []
    for line in text.splitlines():
        word = line.split()[:2]
        if word and word[0] in ("#if", "#ifdef", "#ifndef"):
            stack.append(line.startswith(("#ifdef __cplusplus", "#ifdef UNICODE", "#if defined(__cplusplus)")))
        elif word and word[0] == "#else":
            stack[-1] = not stack[-1]
        elif word and word[0] == "#endif":
            stack.pop()
        elif not any(stack):
            kept.append(line)
    return "\n".join(kept)


def constants(text):
    for name, value in re.findall(r"^#define (\w+)[ \t]+(\S.*)$", text, re.MULTILINE):
        if VALUE.match(value) and not name.startswith("NETDISC_WIN32_"):
            yield name
    for body in re.findall(r"enum\s*\w*\s*\{(.*?)\}", text, re.DOTALL):
        yield from (item.split("=")[0].strip() for item in body.split(",") if item.strip())


def structs(text):
    """Names of types with their members."""
    for body, names in re.findall(r"typedef struct \w* ?\{(.*?)^\} ([^;]*);", text, re.DOTALL | re.MULTILINE):
        name = names.split(",")[0].strip()
        members = []
        for line in body.split(";"):
            pointer = re.search(r"\(\s*(?:\w+\s+)?\*\s*(\w+)\s*\)\s*\(", line)
            plain = re.search(r"(\w+)\s*(?:\[[^\]]*\])?\s*$", line.strip())
            if pointer:
                members.append((pointer[1], False))
            elif plain and line.strip():
                members.append((plain[1], "[1]" in line or "[]" in line))
        yield name, members


def types(text):
    flat = re.sub(r"\{.*?^\}", " ", text, flags=re.DOTALL | re.MULTILINE)
    for _, names in SCALAR.findall(flat):
        yield from (name.strip("* \n") for name in names.split(","))
    yield from re.findall(r"typedef [^;]*\(WINAPI \*(\w+)\)", flat)


def prototypes(text):
    for prototype in re.findall(r"^NETDISC_WIN32_API\s+([^;{]*\));", text, re.MULTILINE):
        yield re.sub(r"\s+", " ", prototype)


def program(headers):
    forgotten = {path.name for path in headers[0].parent.glob("*.h")} - {path.name for path in headers} - WITHOUT_FACTS
    if forgotten:
        sys.exit(f"not given: {sorted(forgotten)}")
    text = "\n".join(without_cpp(without_comments(header.read_text())) for header in headers)
    members = [(name, member, flexible) for name, all_members in structs(text) if name not in NOT_THERE
               for member, flexible in all_members]
    endless = {name for name, _, flexible in members if flexible}
    lines = [
        "/* SPDX-License-Identifier: MIT */",
        "#define COBJMACROS",
        "#define CINTERFACE",
        "#include <windows.h>",
        *(f"#include <{name}>" for name in ("objbase.h", "winnetwk.h", "wlanapi.h", "netcon.h")
          if any(header.name == name for header in headers)),
        "#include <stddef.h>",
        "#include <stdio.h>",
        "",
        "#define CONSTANT(name)       printf(\"%s %lld\\n\", #name, (long long)(name))",
        "#define SIZE(type)           printf(\"sizeof %s %u\\n\", #type, (unsigned)sizeof(type))",
        "#define PLACE(type, member)  printf(\"%s.%s %u\\n\", #type, #member, (unsigned)offsetof(type, member))",
        "#define MEMBER(type, member) printf(\"%s.%s %u, %u\\n\", #type, #member, (unsigned)offsetof(type, member), \\",
        "                                    (unsigned)sizeof(((type *)0)->member))",
        "",
        *(f"{prototype};" for prototype in prototypes(text)),
        "",
        "int main(void)",
        "{",
        *(f"    CONSTANT({name});" for name in dict.fromkeys(constants(text)) if name not in NOT_THERE),
        *(f"    SIZE({name});" for name in dict.fromkeys(types(text)) if name not in endless | NOT_THERE),
        *(f"    {'PLACE' if flexible else 'MEMBER'}({name}, {member});" for name, member, flexible in members),
        "    return 0;",
        "}",
        "",
    ]
    return "\n".join(lines)


def compare(table, command):
    tap = Tap()
    expected = table.read_text().splitlines()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS)
    found = done.stdout.splitlines()
    missing = [line for line in expected if line not in set(found)]
    others = [line for line in found if line not in set(expected)]
    tap.check(found == expected and found, f"{len(expected)} facts", *(f"expected: {line}" for line in missing),
              *(f"found: {line}" for line in others), done.stderr)
    return tap.done()


def main():
    if sys.argv[1] == "compare":
        return compare(Path(sys.argv[2]), sys.argv[3:])
    print(program(list(map(Path, sys.argv[2:]))), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
