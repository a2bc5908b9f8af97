"""The first page: finding a case among many."""

import re

from tests.flow.web.test_pages import practise
from tests.flow.web.visit import LIN, Site


async def test_a_trainee_finds_a_case_by_words_difficulty_and_what_is_new(site: Site) -> None:
    async with site.browser(LIN) as browser:
        await browser.get("/")
        every = set(re.findall(r'name="scenario" value="([a-z-]+)"', browser.text))

        async def found(query: str) -> set[str]:
            assert (await browser.get(f"/?{query}")).status == 200
            chosen = browser.text.partition('id="choose-title"')[2]
            return set(re.findall(r'name="scenario" value="([a-z-]+)"', chosen))

        assert await found("words=退货") == {"return-refund"}
        assert await found("words=宽带 断网") == {"broadband-outage"}
        challenge = await found("difficulty=challenge")
        assert challenge
        assert challenge < every
        assert await found("words=没有这种事") == set()
        assert "没有符合的场景" in browser.text
        assert "&lt;b&gt;" in (await (await browser.client.get("/?words=<b>")).text())
        await browser.get("/")
        await practise(site, browser)
        new = await found("new=1")
        assert len(new) == len(every) - 1
