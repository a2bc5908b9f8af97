"""Authors keep articles over the API, everybody searches, and teams do not see each other's."""

from io import BytesIO

from aiohttp import ClientResponse

from core.domain.people import Person, Role
from tests.flow.web.visit import LIN, Browser, Site

DOCUMENTS = "/api/v1/knowledge/documents"
MO = Person("p-mo", "莫作者", Role.AUTHOR, "team-a")
BO = Person("p-bo", "薄作者", Role.AUTHOR, "team-b")


async def send(browser: Browser, name: str, data: bytes, **more: str) -> ClientResponse:
    query = {"name": name, **more}
    headers = {"X-CSRF-Token": browser.csrf}
    return await browser.client.post(DOCUMENTS, params=query, data=BytesIO(data), headers=headers)


async def found(browser: Browser, words: str) -> list[str]:
    query = {"q": words, "collection": "main"}
    answer = await browser.client.get("/api/v1/knowledge/search", params=query)
    assert answer.status == 200
    return [hit["document"] for hit in (await answer.json())["hits"]]


async def test_an_author_s_article_is_found_by_the_own_team_until_it_is_removed(
    site: Site,
) -> None:
    async with site.browser(MO) as author, site.browser(BO) as other, site.browser(LIN) as trainee:
        answer = await send(author, "refund.md", "# 退费\n\n误扣原路退回。".encode())
        assert (answer.status, (await answer.json())["brought"][0]["outcome"]) == (200, "added")
        assert await found(trainee, "误扣退回") == ["refund.md"]
        assert await found(other, "误扣退回") == []
        stats = "/api/v1/knowledge/stats"
        [mine] = (await (await author.client.get(stats)).json())["collections"]
        assert (mine["team"], mine["documents"], mine["passages"]) == ("team-a", 1, 1)
        assert (await (await other.client.get(stats)).json())["collections"] == []
        assert (await trainee.client.get(stats)).status == 403
        assert (await send(trainee, "a.md", b"x")).status == 403
        assert (await send(author, "a.md", b"x", team="team-b")).status == 403
        assert (await send(author, "a.md", b"x", team="")).status == 403
        refused = await send(author, "a.pdf", b"no pdf")
        assert (refused.status, (await refused.json())["problem"]) == (400, "mislabelled")
        assert (await send(author, "a.md", b"0" * 17_000_000)).status == 413
        gone = {"name": "refund.md"}
        bare = await author.client.delete(DOCUMENTS, params=gone)
        assert bare.status == 403
        headers = {"X-CSRF-Token": author.csrf}
        assert (await author.client.delete(DOCUMENTS, params=gone, headers=headers)).status == 200
        assert await found(trainee, "误扣退回") == []
