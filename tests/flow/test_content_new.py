"""`peilian content new` as an author runs it, with a pipe for a keyboard."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import yaml

from core.content.check import check
from core.errors import ModelUnavailable
from core.llm.scripted import ScriptedModel
from ops.authoring import Author, StandardLines
from tests.fakes.model_server import FakeModelServer
from tests.flow.command import peilian
from tests.flow.pseudo_terminal import terminal
from tests.unit.content.samples import SOUND, changed, write_pack

CALL = """\
# 退货运费谁出
客户：我是李建国，订单号20231105123456，鞋子小了想退
客户：前天收到的，花了269元，运费谁出？
客服：不能全额承担运费，规定只抵扣首重。
客服：可以退，我帮您申请上门取件，首重运费由运费险抵扣。
客户：钱什么时候到？打我电话13800138000
客服：仓库收到后48小时内给您原路退款，最晚周五到账。
"""
SECRETS = ("李建国", "20231105123456", "13800138000")


def everything_in(folder: Path) -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in folder.rglob("*.*"))


def case(folder: Path, name: str = "retail-own-1") -> dict[str, Any]:
    file = folder / "zh" / "scenarios" / f"{name}.yaml"
    data: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return data


def draft(folder: Path) -> dict[str, Any]:
    (file,) = (folder / "drafts").iterdir()
    data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return data


def written(folder: Path) -> Path:
    source = folder / "call.md"
    source.write_text(CALL, encoding="utf-8")
    return source


def test_a_pasted_talk_becomes_a_published_case_without_a_name_or_number(tmp_path: Path) -> None:
    out = tmp_path / "packs"
    done = peilian(
        *("content", "new", "--from", written(tmp_path), "--out", out, "--yes"), data_dir=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "已遮盖电话 1 处" in done.stdout
    assert "试演：熟练的客服" in done.stdout
    assert "试演：生疏的客服" in done.stdout
    assert "（第 1 版）" in done.stdout
    assert check(out) == []
    kept = everything_in(out)
    assert [secret for secret in SECRETS if secret in kept or secret in done.stdout] == []
    assert case(out)["sub_goals"][0]["label"] == "申请上门取件"
    assert list((out / "drafts").iterdir()) == []
    used = peilian("content", "check", out, data_dir=tmp_path)
    assert (used.returncode, used.stdout) == (0, "")


def test_an_interview_that_breaks_off_goes_on_where_it_stopped(tmp_path: Path) -> None:
    out = tmp_path / "packs"
    first = peilian(
        *("content", "new", "--out", out),
        data_dir=tmp_path,
        stdin="2\n价保\n刚买就降价了\n",
    )
    assert first.returncode == 1
    assert "再运行同一条命令就接着写" in first.stdout
    assert draft(out)["answers"] == {
        "industry": "retail",
        "family": "价保",
        "problem": "刚买就降价了",
    }
    second = peilian(
        *("content", "new", "--out", out),
        data_dir=tmp_path,
        stdin="返回\n刚买三天就降价\n看看\n" + "\n" * 60 + "是\n",
    )
    assert "已经答了 3 题" in second.stdout
    assert "发生了什么（客户开口的一句话）: 刚买三天就降价" in second.stdout
    assert draft(out)["answers"]["title"] == "价保：刚买三天就降价"


def test_what_is_typed_is_masked_before_it_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "packs"
    peilian(
        *("content", "new", "--out", out),
        data_dir=tmp_path,
        stdin="2\n价保\n我电话13800138000，降价了\n",
    )
    assert draft(out)["answers"]["problem"] == "我电话〔电话1〕，降价了"


def test_the_check_of_a_pack_says_where_and_how(tmp_path: Path) -> None:
    file = write_pack(tmp_path, changed("critical: K3", "critical: K9"))
    done = peilian("content", "check", tmp_path, data_dir=tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith(
        f"{file}:46: not_allowed: policy_limits.0.critical 现在是 'K9'，只能是：K1, K2"
    )
    english = peilian("content", "check", tmp_path, data_dir=tmp_path, language="en")
    assert english.stdout.startswith(f"{file}:46: not_allowed: policy_limits.0.critical is 'K9', a")
    assert done.stderr == "怎么改 not_allowed：改成列出的值之一\n"


def test_a_sound_pack_is_told_what_of_it_was_checked(tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "pack", SOUND).parents[2]
    (pack / "rubric.yaml").write_text('version: "1"\n', encoding="utf-8")
    done = peilian("content", "check", pack, data_dir=tmp_path)
    english = peilian("content", "check", pack, data_dir=tmp_path, language="en")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "检查完毕，没有发现问题：场景 1 个、检查项与权重文件 1 个。\n"
    assert english.stderr == "Checked, nothing is wrong: scenarios 1, rubrics 1.\n"


class Typed:
    """An author's lines, one by one."""

    def __init__(self, text: str) -> None:
        self._lines = iter(text.splitlines())

    async def read(self) -> str | None:
        return next(self._lines, None)


async def sat(out: Path, text: str, *, source: Path | None = None) -> tuple[bool, str]:
    """One sitting at the terminal: whether it ended with a publication, and what was told."""
    told: list[str] = []
    done = await Author(out, "zh", Typed(text), told.append).work(source)
    return done, "\n".join(told)


async def test_a_fault_is_said_in_words_and_its_question_asked_again(tmp_path: Path) -> None:
    out = tmp_path / "packs"
    few = "2\n价保\n刚买就降价了\n\n\n\n降价了；怎么降了\n" + "\n" * 60
    done, told = await sat(out, few)
    assert not done
    assert "要改：客户的第一句话" in told
    assert "写得不够多，请再补几种说法" in told
    assert "openings" not in draft(out)["answers"]
    enough = "降价了；怎么降了；在吗；价格不对；补差价；给个说法\n是\n"
    done, told = await sat(out, enough)
    assert done
    assert len(case(out)["openings"]) == 6


async def test_the_name_of_a_published_case_makes_its_next_version(tmp_path: Path) -> None:
    out, source = tmp_path / "packs", written(tmp_path)
    yes = await sat(out, "\n" * 60 + "是\n", source=source)
    assert not yes[0]  # an empty line at the last question does not publish
    assert (await sat(out, "是\n", source=source))[0]
    await sat(out, "\n\n\n新的标题\n" + "\n" * 60, source=source)
    done, told = await sat(out, "", source=source)
    assert not done
    file = next((out / "drafts").iterdir())
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert kept["answers"].pop("id") == "retail-own-2"
    file.write_text(json.dumps(kept), encoding="utf-8")
    done, told = await sat(out, "retail-own-1\n是\n", source=source)
    assert done
    assert "（第 2 版）" in told
    assert (case(out)["version"], case(out)["title"]) == ("2", "新的标题")
    former = out / "zh" / "versions" / "retail-own-1@1.yaml"
    assert yaml.safe_load(former.read_text(encoding="utf-8"))["title"] == "退货运费谁出"


def test_taking_every_suggestion_needs_something_to_take_them_from(tmp_path: Path) -> None:
    done = peilian("content", "new", "--out", tmp_path / "packs", "--yes", data_dir=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "--yes 要和 --from 文件一起用，或者先写一份草稿。\n"


def test_a_document_that_is_no_text_is_refused_in_words(tmp_path: Path) -> None:
    source = tmp_path / "call.doc"
    source.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1")
    done = peilian("content", "new", "--from", source, data_dir=tmp_path)
    assert done.returncode == 2
    assert done.stderr == f"{source} 不是 UTF-8 文字。\n"


async def authored(folder: Path, model: ScriptedModel) -> str:
    """What is told when every suggestion of this model is taken."""
    told: list[str] = []
    author = Author(folder / "packs", "zh", StandardLines(), told.append, yes=True, model=model)
    assert await author.work(written(folder))
    return "\n".join(told)


async def test_the_model_sees_masked_text_only_and_its_draft_is_taken(tmp_path: Path) -> None:
    reply = {
        "title": "退鞋",
        "problem": "鞋小了",
        "goal": "退掉鞋子",
        "hidden_goal": "怕拖",
        "goals": [{"label": "退款时间", "line": "48小时内原路退款给您。"}],
        "facts": [{"label": "颜色", "value": "灰色"}],
        "limits": [],
    }
    model = ScriptedModel([json.dumps(reply, ensure_ascii=False)])
    told = await authored(tmp_path, model)
    assert "模型写了一份草稿" in told
    sent = "\n".join(message.text for message in model.requests[0].messages)
    assert "鞋子小了想退" in sent
    assert [secret for secret in SECRETS if secret in sent] == []
    assert case(tmp_path / "packs")["sub_goals"][0]["label"] == "退款时间"
    # What the model left out is still taken from the talk.
    assert case(tmp_path / "packs")["policy_limits"][0]["label"] == "全额承担运费"


async def test_without_the_model_the_template_drafts(tmp_path: Path) -> None:
    told = await authored(tmp_path, ScriptedModel([ModelUnavailable()]))
    assert "模型没有给出可用的草稿，用模板的。" in told
    assert case(tmp_path / "packs")["title"] == "退货运费谁出"


DRAFT = {
    "title": "退鞋",
    "problem": "鞋小了",
    "goal": "退掉鞋子",
    "hidden_goal": "怕拖",
    "goals": [{"label": "退款时间", "line": "48小时内原路退款给您。"}],
    "facts": [{"label": "颜色", "value": "灰色"}],
    "limits": [],
}


def interview(source: Path, out: Path, model_url: str) -> str:
    """An author at a terminal who takes the suggestions but the title, and publishes."""
    options = ("content", "new", "--from", source, "--out", out)
    with terminal(out.parent, *options, model_url=model_url) as shown:
        for _ in range(80):
            asked = shown.wait_for("\n>")
            if "发布吗" in asked:
                shown.type("是\r")
                break
            shown.type("退鞋，回电13900139000\r" if "建议：退鞋" in asked else "\r")
        shown.wait_for("已发布")
        assert shown.leave() == 0
        return shown.text


async def test_an_interview_at_a_terminal_drafts_with_the_model_that_is_set(tmp_path: Path) -> None:
    reply = json.dumps(DRAFT, ensure_ascii=False)
    out = tmp_path / "packs"
    async with FakeModelServer(voice=lambda _: reply) as server:
        screen = await asyncio.to_thread(interview, written(tmp_path), out, server.url)
        sent = json.dumps(server.requests, ensure_ascii=False)

    assert len(server.requests) == 1
    assert "鞋子小了想退" in sent
    assert [secret for secret in SECRETS if secret in sent] == []
    assert "模型写了一份草稿" in screen
    assert "试演：熟练的客服" in screen
    assert "试演：生疏的客服" in screen
    made = case(out)
    assert made["title"] == "退鞋，回电〔电话1〕"
    assert made["sub_goals"][0]["reference_line"] == "48小时内原路退款给您。"
    assert check(out) == []
    assert [secret for secret in (*SECRETS, "13900139000") if secret in everything_in(out)] == []


POLICY = """\
# 七天无理由退货规则

自签收次日零点起7天内，商品完好且不影响二次销售的，可以申请无理由退货。

- 申请入口：我的订单 - 申请售后，提交后48小时内审核。
- 审核通过后请在7天内寄回，运费由买家承担；质量问题由商家承担，最高补贴12元。
- 收到退货后3个工作日内原路退款。
- 定制商品、贴身衣物、已拆封的食品不支持无理由退货。
- 客服不得承诺额外赔偿，超过7天的不能按无理由办理，可以走质量问题鉴定。
"""


def test_rules_without_speakers_become_a_case_about_them(tmp_path: Path) -> None:
    out, source = tmp_path / "packs", tmp_path / "policy.md"
    source.write_text(POLICY, encoding="utf-8")

    done = peilian("content", "new", "--from", source, "--out", out, "--yes", data_dir=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    made = case(out)
    assert made["title"] == "七天无理由退货规则"
    assert made["openings"][:3] == [
        "想问下七天无理由退货怎么弄",
        "在吗 问个七天无理由退货的事",
        "七天无理由退货能办吗",
    ]
    assert [goal["label"] for goal in made["sub_goals"]] == [
        "怎么办理",
        "什么条件能办",
        "费用怎么算",
        "要多久",
    ]
    assert "最高补贴12元" in made["sub_goals"][2]["reference_line"]
    assert [fact["label"] for fact in made["facts"]] == ["订单尾号", "签收时间", "发生了什么"]
    assert "定制商品 + 可以" in made["policy_limits"][0]["forbidden"]
    assert {line["value"] for line in made["record"]} >= {"收到退货后3个工作日内原路退款。"}
    said = re.findall(r"客户：(.*)", done.stdout)
    assert "七天无理由退货" in said[0]
    assert check(out) == []
