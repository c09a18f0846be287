"""Cancel a request of an asynchronous application within its unit of work: `web_cancelled.py`.

Prints how many connections are lent before, and after.
"""
# mypy: disable-error-code="import-not-found"

import asyncio

from httpx2 import ASGITransport, AsyncClient
from lending import LENT
from web_async import main


async def cancel() -> None:
    """Cancel a request that holds a connection."""
    app = main()
    async with app.router.lifespan_context(app):
        client = AsyncClient(transport=ASGITransport(app), base_url="http://test")
        request = asyncio.create_task(client.get("/hold", params={"seconds": 60}))
        while not LENT:
            await asyncio.sleep(0.01)
        before = len(LENT)
        request.cancel()
        await asyncio.wait([request])
        print(before, len(LENT))


asyncio.run(cancel())
