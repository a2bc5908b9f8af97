"""Corrections and hints as a trainee meets them, over the chat."""

from pathlib import Path

from core.domain.messages import NoticeCode
from tests.flow.phone import Phone, codes, open_rig

WRONG = "价保期是30天的，您放心"
ARTICLE = "价保期为签收后15天"


async def begin(phone: Phone, words: str = "练习 price-protection seed=3") -> None:
    """A practice of the price protection, with one line said."""
    await phone.type(words)
    await phone.type("您好，请问订单尾号是多少，您看到现在多少钱？")


async def test_a_wrong_deadline_is_corrected_at_once_with_the_article(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        phone = rig.phone()
        await begin(phone)
        said = await phone.type(WRONG)
        assert "30天" in said[0]
        assert "《价保规则》" in said[0]
        assert ARTICLE in said[0]
        assert "\n" not in said[0]
        assert any("AI 模拟客户" in text for text in said[1:])
        again = await phone.send(WRONG)
        assert NoticeCode.CORRECTION not in codes(again)


async def test_a_broken_rule_of_the_case_is_told_with_its_article(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        phone = rig.phone()
        await begin(phone)
        said = await phone.type("您退了重买就行，差价我们不管")
        assert "不得诱导客户退货重拍" in said[0]
        assert "《" in said[0]


async def test_an_exam_says_nothing_until_the_end(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        phone = rig.phone()
        await begin(phone, "练习 price-protection 考试")
        assert NoticeCode.CORRECTION not in codes(await phone.send(WRONG))
        assert NoticeCode.HINT not in codes(await phone.send("提示"))
        ended = "\n".join(await phone.type("结束"))
        assert "说得不对" in ended
        assert ARTICLE in ended


async def test_a_practice_does_not_say_it_twice(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        phone = rig.phone()
        await begin(phone)
        await phone.type(WRONG)
        assert "说得不对" not in "\n".join(await phone.type("结束"))


async def test_a_wrong_claim_costs_its_check_and_waits_for_a_person(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        phone = rig.phone()
        await begin(phone)
        await phone.type(WRONG)
        told = [m for m in await phone.send("结束") if m.code is NoticeCode.DEBRIEF]
        (error,) = [one for one in told[0].facts["critical"] if one["id"] == "K2"]  # type: ignore[union-attr, index, call-overload]
        assert error["confirmed"] is False  # type: ignore[index, call-overload]
        better = [fix["better"] for fix in told[0].facts["fixes"]]  # type: ignore[union-attr, index, call-overload]
        assert not any("30天" in str(text) for text in better)


async def test_a_hint_names_the_article_and_keeps_the_answer(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        phone = rig.phone()
        await phone.type("练习 price-protection seed=3")
        first = (await phone.type("提示"))[0]
        assert "可以看：《价保" in first
        await phone.type("您好，请问订单尾号是多少")
        assert "可以这样开头" in (await phone.type("提示 3"))[0]


async def test_without_articles_hints_and_rules_of_the_case_still_work(tmp_path: Path) -> None:
    async with open_rig(tmp_path, sample_knowledge=False) as rig:
        phone = rig.phone()
        await begin(phone)
        assert NoticeCode.CORRECTION not in codes(await phone.send(WRONG))
        said = await phone.type("您退了重买就行，差价我们不管")
        assert "不得诱导客户退货重拍" in said[0]
        assert "可以看" not in (await phone.type("提示"))[0]


async def test_a_company_value_moves_the_article_and_the_correction(tmp_path: Path) -> None:
    content = tmp_path / "content"
    (content / "zh").mkdir(parents=True)
    values = "language: zh\nvalues: {price_protect_days: 20}\n"
    (content / "zh" / "policy.yaml").write_text(values, encoding="utf-8")
    async with open_rig(tmp_path / "data", content_dir=content) as rig:
        phone = rig.phone()
        await begin(phone)
        assert "签收后20天" in (await phone.type(WRONG))[0]


async def test_a_company_s_own_deadline_is_what_a_practice_corrects_and_teaches_by(
    tmp_path: Path,
) -> None:
    own = tmp_path / "own"
    policy = own / "zh" / "policy.yaml"
    policy.parent.mkdir(parents=True)
    policy.write_text("language: zh\nvalues: {price_protect_days: 10}\n", encoding="utf-8")
    async with open_rig(tmp_path, content_dir=own) as rig:
        phone = rig.phone()
        await begin(phone)
        wrong = await phone.type("价保期是15天的，您放心")
        assert "15天" in wrong[0]
        assert "价保期为签收后10天" in wrong[0]
        right = await phone.send("您三天前买的，在10天价保期内，符合价保，可以退差价。")
        assert NoticeCode.CORRECTION not in codes(right)
        hint = "\n".join(await phone.type("提示"))
        ended = "\n".join(await phone.type("结束"))
        assert "15天" not in hint
        assert "10天" in ended
