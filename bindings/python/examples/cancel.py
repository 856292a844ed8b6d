# SPDX-License-Identifier: MIT
"""Ends the mapping named on its command line, or says why it could not: cancel.py NAME [MODULE_DIRECTORY]"""
import sys

import netdisc


def main(name: str, modules: "str | None" = None) -> int:
    try:
        with netdisc.Context(modules=modules) as nd:
            nd.cancel_share(name, timeout=5.0)
    except netdisc.Error as error:
        print(error, file=sys.stderr)
        for holder in error.holders:
            print(f"  {holder.program} (pid {holder.pid}): {holder.what} {holder.path}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
