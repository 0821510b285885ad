#!/usr/bin/env python3
"""Listens to the feed, and prints each CloudEvent as a line of JSON.

    tap.py NATS_URL SUBJECT [COUNT]

SUBJECT is such as er.feed.*.default.> (all of a namespace). Ends after COUNT messages, if given.
On a cluster the URL carries user and password: nats://tap:PASSWORD@HOST:4222.
"""

import asyncio
import json
import sys

import nats


def attributes(message):
    """CloudEvents' NATS binding: attributes are headers that begin with ce-."""
    return {name[3:]: value for name, value in (message.headers or {}).items()
            if name.startswith("ce-")}


async def main():
    url, subject = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else None
    client = await nats.connect(url, max_reconnect_attempts=-1)
    subscription = await client.subscribe(subject)
    await client.flush()
    print("listening", file=sys.stderr, flush=True)
    async for message in subscription.messages:
        print(json.dumps({**attributes(message), "data": message.data.decode(errors="replace")}),
              flush=True)
        if count is not None:
            count -= 1
            if count <= 0:
                break
    await client.close()


if __name__ == "__main__":
    asyncio.run(main())
