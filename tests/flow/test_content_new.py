"""`peilian content new` as an author runs it, with a pipe for a keyboard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from core.content.check import check
from core.errors import ModelUnavailable
from core.llm.scripted import ScriptedModel
from ops.authoring import Author, StandardLines
from tests.flow.command import peilian
from tests.unit.content.samples import changed, write_pack

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
    assert done.stdout.startswith(f"{file}:46: not_allowed: policy_limits.0.critical is 'K9'")
    assert done.stderr == "怎么改 not_allowed：改成列出的值之一\n"


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
