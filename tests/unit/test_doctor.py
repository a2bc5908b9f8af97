"""The doctor names each part, whether it answers, and the one thing to do."""

from pathlib import Path

import pytest

from ops.doctor import Doctor
from ops.migrations import migrate
from ops.settings import read_settings

NOBODY = "127.0.0.1:9"
"""The discard port: nobody listens there."""


async def told(**settings: object) -> list[str]:
    doctor = Doctor(read_settings(**settings))
    return [doctor.worded(finding) for finding in await doctor.examine()]


async def test_a_fresh_installation_is_well(tmp_path: Path) -> None:
    migrate("", data_dir=tmp_path)
    lines = await told(data_dir=tmp_path)
    assert [line.partition("：")[0] for line in lines] == [
        "[正常] 数据库",
        "[正常] 实时状态",
        "[正常] 人员",
        "[正常] 场景",
        "[正常] 客户",
        "[正常] 评分",
        "[正常] Slack",
        "[正常] 企业微信",
        "[正常] 知识库",
        "[正常] 微信公众号",
    ]
    assert lines[2].endswith("未绑定的人可以直接以访客身份练习")
    assert lines[4].endswith("内置引擎（没有设模型）")
    assert lines[5].endswith("规则和统计模型（没有设评分模型）")
    assert lines[8].endswith("0 段，文字检索")
    assert all(lines[place].endswith("没有启用") for place in (6, 7, 9))


async def test_a_database_without_tables_says_how_to_make_them(tmp_path: Path) -> None:
    lines = await told(data_dir=tmp_path)
    assert (
        lines[2] == "[注意] 人员：数据库里还没有数据表，或者表太旧\n       → 运行 peilian migrate"
    )


async def test_dead_services_are_named_with_what_to_do_and_without_passwords(
    tmp_path: Path,
) -> None:
    lines = await told(
        data_dir=tmp_path,
        database_url=f"mysql+pymysql://me:s3cret@{NOBODY}/talks?password=s3cret",
        redis_url=f"redis://:s3cret@{NOBODY}/0",
    )
    assert lines[0].startswith("[注意] 数据库：127.0.0.1:9/talks，没有应答")
    assert lines[0].endswith("→ 启动数据库，或改正 PEILIAN_DATABASE_URL")
    assert lines[1].startswith("[注意] 实时状态：Redis，没有应答")
    assert "s3cret" not in "".join(lines)


async def test_a_model_that_does_not_answer_leaves_the_agenda_engine_speaking(
    tmp_path: Path,
) -> None:
    lines = await told(data_dir=tmp_path, model_url=f"http://{NOBODY}", language="en")
    model = next(line for line in lines if "customer" in line)
    assert model.startswith("[NOT] customer: the model server does not answer")
    assert model.endswith("start it, or mend PEILIAN_MODEL_URL")


@pytest.mark.service
async def test_a_scheduler_that_is_not_running_is_missed(tmp_path: Path, redis_url: str) -> None:
    migrate("", data_dir=tmp_path)
    lines = await told(data_dir=tmp_path, redis_url=redis_url)
    scheduler = next(line for line in lines if "定时" in line)
    assert "没有心跳" in scheduler
    assert scheduler.endswith("→ 运行 peilian serve --role scheduler")
