"""The requests of a front end in the life of a row, the same for every resource."""

from collections.abc import Sequence
from typing import Any

from httpx2 import AsyncClient

Body = dict[str, Any]


async def live(client: AsyncClient, collection: str, new: Body, change: Body, wrong: Sequence[Body] = ()) -> None:
    """Add, list, change and delete a row; check that a client with a stale version changes nothing.

    `wrong` has invalid values of fields.
    """
    added = await client.post(collection, json=new)
    url, seen = added.headers["location"], {"If-Match": added.headers["etag"]}
    shown = await client.get(url)
    newest = await client.get(collection, params={"sort": "-id", "limit": 1})
    assert (added.status_code, shown.status_code, newest.status_code) == (201, 200, 200)
    assert (shown.json(), shown.headers["etag"]) == (added.json(), added.headers["etag"])
    assert newest.json()["items"] == [added.json()]

    for values in [*wrong, {"unknown": 1}]:
        assert (await client.post(collection, json=new | values)).status_code == 422
        assert (await client.patch(url, json=change | values, headers=seen)).status_code == 422
    assert (await client.get(collection, params={"sort": "unknown"})).status_code == 422

    changed = await client.patch(url, json=change, headers=seen)
    assert (changed.status_code, changed.json() | change) == (200, changed.json())
    assert (await client.get(url)).headers["etag"] == changed.headers["etag"] != added.headers["etag"]
    assert (await client.patch(url, json=change, headers=seen)).status_code == 412
    assert (await client.patch(url, json=change)).status_code == 428
    if version_id := added.json().get("version_id"):
        assert (await client.patch(url, json=change | {"version_id": version_id})).status_code == 409
        assert (await client.patch(url, json=change | {"version_id": version_id + 1})).status_code == 200

    assert (await client.delete(url)).status_code == 428
    assert (await client.delete(url, headers=seen)).status_code == 412
    last = (await client.get(url)).headers["etag"]
    assert (await client.delete(url, headers={"If-Match": last})).status_code == 204
    assert (await client.get(url)).status_code == (await client.delete(url)).status_code == 404
