"""Response logs replayed: no look-ahead, honest figures on planted people, bad lines named."""

import json
import math
from random import Random

import pytest

from core.errors import TranscriptError
from training_plans.foresight import Foresight
from training_plans.replay import Log, Told, cross_validated, replayed
from training_plans.response_model import INPUTS, Answer, ResponseModel, shipped_mixer


def planted(people: int, *, seed: int) -> list[list[Answer]]:
    """Learners with a level each, items with a difficulty each."""
    chance = Random(seed)
    items = [(f"i{n}", f"s{n % 6}", chance.gauss(0, 1.2)) for n in range(60)]
    logs = []
    for _ in range(people):
        level, log = chance.gauss(0.4, 1.0), list[Answer]()
        for item, skill, hard in chance.sample(items, 40):
            right = chance.random() < 1 / (1 + math.exp(hard - level))
            log.append((item, skill, float(right), None))
        logs.append(log)
    return logs


def auc(chances: list[float], results: list[float]) -> float:
    """Share of right-wrong pairs in which the right one had the higher chance."""
    right = [c for c, r in zip(chances, results, strict=True) if r > 0.5]
    wrong = [c for c, r in zip(chances, results, strict=True) if r <= 0.5]
    pairs = [(a > b) + 0.5 * (a == b) for a in right for b in wrong]
    return sum(pairs) / len(pairs)


def test_no_chance_rests_on_what_comes_later() -> None:
    logs = planted(12, seed=1)
    model = ResponseModel(shipped_mixer())
    told = [model.replay(log) for log in logs]
    for person, place in ((0, 0), (4, 17), (11, 39)):
        changed = [list(log) for log in logs]
        for later in range(person, len(logs)):
            begin = place if later == person else 0
            for at in range(begin, len(changed[later])):
                item, skill, result, day = changed[later][at]
                changed[later][at] = (item, skill, 1.0 - result, day)
        again = ResponseModel(shipped_mixer())
        found = [again.replay(log) for log in changed]
        assert found[:person] == told[:person]
        assert found[person][: place + 1] == told[person][: place + 1]
        if place < 39:
            assert found[person][place + 1 :] != told[person][place + 1 :]


def test_on_planted_people_it_tells_right_from_wrong_and_says_how_sure_it_is() -> None:
    logs = planted(150, seed=2)
    model = ResponseModel(shipped_mixer())
    told = [model.replay(log) for log in logs]
    chances = [chance for one in told[50:] for chance in one]
    results = [answer[2] for log in logs[50:] for answer in log]
    # The planted levels and difficulties themselves reach about .80.
    assert auc(chances[::3], results[::3]) > 0.74
    bins: dict[int, list[tuple[float, float]]] = {}
    for chance, result in zip(chances, results, strict=True):
        bins.setdefault(min(9, int(chance * 10)), []).append((chance, result))
    error = sum(abs(sum(c - r for c, r in held)) for held in bins.values()) / len(chances)
    assert error < 0.05


def test_earlier_people_calibrate_the_items_of_later_ones() -> None:
    hard = [[("hard", "s", 0.0, None), ("easy", "s", 1.0, None)] for _ in range(40)]
    model = ResponseModel(shipped_mixer())
    first = model.replay(hard[0])[0]
    for log in hard[1:]:
        model.replay(log)
    newcomer = ResponseModel.replay(model, [("hard", "s", 1.0, None)])[0]
    other = ResponseModel.replay(model, [("easy", "s", 1.0, None)])[0]
    assert newcomer < first
    assert newcomer < other


def test_by_learner_a_fold_is_told_after_all_others_and_nobody_is_told_by_their_own() -> None:
    logs = [Log(n, answers) for n, answers in enumerate(planted(9, seed=4))]
    told = cross_validated(logs, lambda: ResponseModel(shipped_mixer()), folds=3)
    assert [one.log.user for one in told] == list(range(9))
    model = ResponseModel(shipped_mixer())
    for place in (1, 2, 4, 5, 7, 8):
        model.replay(logs[place].answers)
    assert told[0].chances == model.replay(logs[0].answers)
    flipped = [(item, skill, 1.0 - result, at) for item, skill, result, at in logs[3].answers]
    changed = [*logs[:3], Log(3, flipped), *logs[4:]]
    again = cross_validated(changed, lambda: ResponseModel(shipped_mixer()), folds=3)
    assert again[3].chances[0] == told[3].chances[0]
    assert again[4].chances != told[4].chances


def test_the_figures_of_foresight_are_those_of_the_textbook() -> None:
    seen = Foresight()
    assert seen.auc() is None
    seen.add([0.9, 0.8, 0.8, 0.3], [1.0, 0.0, 1.0, 0.0])
    assert seen.auc() == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert seen.rmse() == pytest.approx(((0.01 + 0.64 + 0.04 + 0.09) / 4) ** 0.5)
    assert seen.calibration() == pytest.approx((0.1 + 0.6 + 0.3) / 4)


def test_a_person_long_away_fades_back_to_where_people_begin() -> None:
    def last_chance(days: float) -> float:
        log: list[Answer] = [(f"i{n}", "s", 1.0, 0.0) for n in range(20)]
        return ResponseModel(shipped_mixer()).replay([*log, ("new", "s", 1.0, days)])[-1]

    assert last_chance(0.0) > last_chance(195.0) > last_chance(2000.0)


def test_the_shipped_mixer_fits_the_inputs() -> None:
    mixer = shipped_mixer()
    assert {len(row) for row in mixer.hidden} == {len(INPUTS)}
    walked = list(ResponseModel(mixer).walk([("i", "s", 1.0, None)]))
    assert len(walked[0]) == len(INPUTS)


def line(**changed: object) -> bytes:
    kept: dict[str, object] = {"user": "u", "items": [1, 2], "skills": [1, 1], "correct": [0, 1]}
    return json.dumps({**kept, **changed}).encode()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"\xff", "not_utf8"),
        (b"{", "not_json"),
        (b"[]", "not_an_object"),
        (line(user=None), "bad_user"),
        (line(user=True), "bad_user"),
        (line(items="12"), "bad_list"),
        (line(items=[1]), "bad_lengths"),
        (line(items=[1, None]), "bad_item"),
        (line(correct=[0, 2]), "bad_result"),
        (line(correct=[0, True]), "bad_result"),
        (line(correct=[0, float("nan")]), "bad_result"),
        (line(at=[0]), "bad_lengths"),
        (line(at=["soon", "later"]), "bad_at"),
        (line(at=3), "bad_at"),
    ],
)
def test_a_bad_line_is_named_and_the_others_go_on(bad: bytes, reason: str) -> None:
    found = list(replayed([line(), bad, b"", line(user=7)], ResponseModel(shipped_mixer())))
    assert [one.json["user"] for one in found if isinstance(one, Told)] == ["u", 7]
    faults = [one for one in found if isinstance(one, TranscriptError)]
    assert [(fault.line, fault.reason) for fault in faults] == [(2, reason)]


def test_fractions_and_times_are_read() -> None:
    times = ["2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"]
    found = list(replayed([line(correct=[0.25, 0.75], at=times)], ResponseModel(shipped_mixer())))
    assert isinstance(found[0], Told)
    chances = found[0].json["p"]
    assert isinstance(chances, list)
    assert all(isinstance(chance, float) and 0 < chance < 1 for chance in chances)
