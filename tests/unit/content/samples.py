"""A small scenario without a fault; tests break one line of it at a time."""

from pathlib import Path

SOUND = """\
id: lost-parcel
version: "1"
language: zh
order: 5
industry: retail
family: 物流延误
title: 包裹不见了
brief: 客户的包裹找不到了。
difficulty: entry
openings:
  - 包裹呢
  - 我的快递在哪
  - 怎么还没到
  - 物流不动了
  - 快递丢了吗
  - 在吗
goal: 知道包裹在哪
sub_goals:
  - key: where
    label: 说清位置
    said_by:
      - 包裹 + 在
    request: [在哪, 到哪了, 查查]
    needs: [order_tail]
    reference_line: 您的包裹现在在城东站点。
  - key: when
    label: 说清时间
    said_by:
      - 明天 + 送到
    request: [几点到, 哪天到, 多久]
    needs: [where]
    reference_line: 明天中午前送到您家。
facts:
  - key: order_tail
    label: 订单尾号
    value: "7730"
    surfaces: ["7730", 尾号7730, 后四位7730]
    disclosure: on_ask
    asked_by: [订单 + 号]
    verifies: true
required_slots: [order_tail]
policy_limits:
  - key: double
    label: 双倍赔偿
    forbidden: [双倍]
    critical: K3
    rule: 没有双倍赔偿。
    instead: 我帮您登记核实。
record:
  - key: station
    label: 站点
    value: 城东站点
    after_verification: true
    spoken_by: [城东]
reference: {turns: 4, seconds: 120}
personas: [white-collar]
emotions: [calm]
"""


def write_pack(folder: Path, text: str, *, name: str = "lost-parcel") -> Path:
    """Lay `text` out as the scenario `name` of the Chinese pack in `folder`; its file."""
    file = folder / "zh" / "scenarios" / f"{name}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def changed(old: str, new: str) -> str:
    """The sound scenario with one piece replaced; the piece must stand in it exactly once."""
    if SOUND.count(old) != 1:
        raise ValueError(f"{old!r} stands {SOUND.count(old)} times in the sample")
    return SOUND.replace(old, new)
