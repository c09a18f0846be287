"""Cancel a request of an asynchronous application within its unit of work: `web_cancelled.py`.

Prints how many connections are lent before, and after.
"""
# mypy: disable-error-code="import-not-found"

import asyncio

from httpx2 import ASGITransport, AsyncClient
from web_async import main


async def cancel() -> None:
    """Cancel a request that holds a connection."""
    app = main()
    async with app.router.lifespan_context(app):
        pool = app.state.database.writing.kw["bind"].pool
        client = AsyncClient(transport=ASGITransport(app), base_url="http://test")
        request = asyncio.create_task(client.get("/hold", params={"seconds": 60}))
        while not pool.checkedout():
            await asyncio.sleep(0.01)
        before = pool.checkedout()
        request.cancel()
        await asyncio.wait([request])
        print(before, pool.checkedout())


asyncio.run(cancel())
