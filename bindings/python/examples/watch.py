# SPDX-License-Identifier: MIT
"""Prints the WLAN interfaces, and how they change for a minute: watch.py [SECONDS [MODULE_DIRECTORY]]"""
import asyncio
import sys

import netdisc
from netdisc import EventType, Kind


async def main(seconds: str = "60", modules: "str | None" = None) -> None:
    async with netdisc.AsyncContext(modules=modules) as nd, nd.watch(Kind.WLAN) as watch:
        asyncio.get_running_loop().call_later(float(seconds), watch.close)
        async for event in watch:
            if event.type in (EventType.READY, EventType.OVERRUN):
                for wlan in await nd.wlans():
                    print(f"{wlan.name}: {wlan.state}, {wlan.ssid}")
            elif isinstance(event.item, netdisc.Wlan):
                print(f"{event.item.name}: {event.old_state}, then {event.state}")
            else:
                print(f"{event.provider}: {event.type.name}, {event.reason}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
