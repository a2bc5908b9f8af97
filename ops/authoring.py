"""`peilian content new`: an author is asked for a case, sees it played, and publishes it."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bots.console.terminal import Lines
from core.catalogue import LANGUAGES, has, say
from core.content.check import check
from core.content.draft_model import ask_model
from core.content.draft_reading import read_document
from core.content.draft_words import draft_words
from core.content.drafting import (
    NO,
    NOTHING,
    YES,
    Step,
    StepKind,
    next_step,
    scenario_data,
    step_at,
)
from core.content.library import open_library
from core.content.masking import Masked, MaskKind, mask
from core.content.source import read_source
from core.content.versions import publish, written
from core.customer.agenda_engine import AgendaEngine
from core.customer.line_reader import PatternLineReader
from core.domain.dialogue import Speaker
from core.errors import SettingsError
from core.ports.chat_model import ChatModel
from core.ports.content import ContentLibrary
from core.services.scripted_trainee import Skill
from ops.faults import why
from ops.files import writing
from ops.study.grid import Case
from ops.study.talks import Stage

DRAFTS = "drafts"
MOST_BYTES = 1_000_000
SHOWN_TURNS = 8
_SECRET_FILE = 0o600
_ID = re.compile(r"[a-z0-9][a-z0-9-]*")


class StandardLines:
    """Standard input, a line when it is asked for: the rest of a pipe stays unread."""

    async def read(self) -> str | None:
        """The next line; None at the end of the input."""
        line = sys.stdin.buffer.readline()
        return line.decode("utf-8", errors="replace").rstrip("\r\n") if line else None


@dataclass(slots=True)
class Draft:
    """Answers so far and suggestions, in a file that is written after each answer."""

    file: Path
    answers: dict[str, str] = field(default_factory=dict)
    drafted: dict[str, str] = field(default_factory=dict)

    def save(self) -> None:
        """Write it whole; it holds masked text only, and is still nobody else's to read."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        kept = {"answers": self.answers, "drafted": self.drafted}
        with writing(self.file, mode=_SECRET_FILE) as target:
            target.write(json.dumps(kept, ensure_ascii=False, indent=1).encode())


@dataclass(frozen=True, slots=True)
class Author:
    """One author at one terminal; `tell` takes each sentence, `lines` gives the answers.

    `out` is the pack folder; `yes` takes every suggestion and publishes without asking.
    """

    out: Path
    language: str
    lines: Lines
    tell: Callable[[str], None]
    yes: bool = False
    model: ChatModel | None = None

    async def work(self, source: Path | None) -> bool:
        """Ask, check, show, publish. False when it is not published; the draft stays then.

        Raises SettingsError for a document that cannot be read and OSError for a folder.
        """
        draft = await self._open(source)
        if self.yes and not draft.drafted and not draft.answers:
            raise SettingsError([self._word("nothing_to_take")])
        self._say("welcome")
        while await self._ask_all(draft):
            data = scenario_data(
                draft.answers, language=self.language, words=draft_words(self.language)
            )
            if self._faults(draft, data):
                if self.yes:
                    break
                continue
            await self._preview(data)
            if not await self._agrees():
                break
            self._publish(draft, data)
            return True
        self._say("kept", file=draft.file)
        return False

    async def _open(self, source: Path | None) -> Draft:
        if source is None:
            return self._resumed(self.out / DRAFTS / f"new-{self.language}.json")
        data = _bytes_of(source)
        if len(data) > MOST_BYTES:
            raise SettingsError([self._word("too_large", file=source)])
        name = hashlib.sha256(data).hexdigest()[:10]
        draft = self._resumed(self.out / DRAFTS / f"from-{name}-{self.language}.json")
        if not draft.drafted:
            draft.drafted = await self._read(data, source)
            draft.save()
        return draft

    def _resumed(self, file: Path) -> Draft:
        draft = Draft(file)
        if file.is_file():
            kept = json.loads(file.read_text(encoding="utf-8"))
            draft = Draft(file, kept["answers"], kept["drafted"])
            if draft.answers:
                self._say("resumed", count=len(draft.answers))
        return draft

    async def _read(self, data: bytes, source: Path) -> dict[str, str]:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise SettingsError([self._word("not_text", file=source)]) from None
        masked = self._mask(text)
        for kind, count in masked.counts.items():
            self._say("masked", kind=self._word(f"mask.{kind.value}").strip(), count=count)
        if not masked.counts:
            self._say("nothing_masked")
        words = draft_words(self.language)
        known: dict[str, list[str]] = {}
        for one in open_library().scenarios(self.language):
            known.setdefault(one.industry, []).append(one.family)
        found = read_document(masked.text, words, known=known)
        if self.model is not None:
            better = await ask_model(
                self.model, masked.text, language=self.language, separator=words.separator
            )
            self._say("model_drafted" if better else "model_silent")
            found = _merged(found, better)
        return found

    async def _ask_all(self, draft: Draft) -> bool:
        """Until nothing is left to ask; False when the author leaves."""
        words = draft_words(self.language)
        while (step := next_step(draft.answers, draft.drafted, words)) is not None:
            if step.id == "id" and not step.suggestion:
                draft.drafted["id"] = self._free_id(draft.answers)
                continue
            answer = step.suggestion if self.yes else await self._answer(step, draft)
            if answer is None:
                return False
            if answer == self._word("word.back"):
                _back(draft)
            else:
                draft.answers[step.id] = answer
            draft.save()
        return True

    async def _answer(self, step: Step, draft: Draft) -> str | None:
        """A valid answer, the word for going back, or None at the end of the input."""
        self._pose(step)
        while (line := await self.lines.read()) is not None:
            text = line.strip()
            if text == self._word("word.show"):
                self._show(draft.answers)
            elif text == self._word("word.quit"):
                return None
            elif text == self._word("word.back"):
                return text
            else:
                answer = self._valid(step, text)
                if answer is not None:
                    return answer
            self._pose(step)
        return None

    def _pose(self, step: Step) -> None:
        number = f" {step.number}" if step.number else ""
        self._say("question", number=number, question=self._word(f"ask.{step.name}"))
        self._say("such_as", example=self._word(f"example.{step.name}"))
        for at, choice in enumerate(step.choices, start=1):
            self._say("choice", number=at, name=self._choice(step, choice))
        suggestion = self._choice(step, step.suggestion)
        self._say("suggestion" if suggestion else "may_be_empty", suggestion=suggestion)

    def _choice(self, step: Step, value: str) -> str:
        if step.kind is StepKind.YES and value:
            return self._word(f"word.{value}")
        key = f"authoring.option.{value}"
        return say(self.language, key) if value and has(self.language, key) else value

    def _valid(self, step: Step, text: str) -> str | None:
        """The answer as it is kept; None, and a word why, when it cannot be."""
        if not text:
            if step.suggestion or step.optional:
                return step.suggestion
            self._say("needed")
            return None
        if text == NOTHING:
            if step.optional:
                return ""
            self._say("needed")
            return None
        if step.id == "id" and not _ID.fullmatch(text):
            self._say("bad_id")
            return None
        if step.id == "id" and self._is_foreign(text):
            self._say("fault.id_taken")
            return None
        choices = (YES, NO) if step.kind is StepKind.YES else step.choices
        if not choices:
            # What is typed here is stored too.
            return self._mask(text).text
        for at, choice in enumerate(choices, start=1):
            if text.casefold() in (choice, str(at), self._choice(step, choice).casefold()):
                return choice
        self._say("not_offered")
        return None

    def _mask(self, text: str) -> Masked:
        return mask(text, labels={kind: self._word(f"mask.{kind.value}") for kind in MaskKind})

    def _show(self, answers: Mapping[str, str]) -> None:
        for step_id, text in answers.items():
            self.tell(f"  {self._name(step_id)}: {text or NOTHING}")

    def _name(self, step_id: str) -> str:
        group, _, rest = step_id.partition(".")
        number, _, name = rest.partition(".")
        question = self._word(f"ask.{group}_{name}" if name else f"ask.{group}")
        return f"{question} {number}".strip()

    def _free_id(self, answers: Mapping[str, str]) -> str:
        library = self._library()
        taken = {one.id for spoken in LANGUAGES for one in library.scenarios(spoken)}
        stem = f"{answers['industry']}-own"
        return next(f"{stem}-{n}" for n in range(1, 10_000) if f"{stem}-{n}" not in taken)

    def _is_foreign(self, scenario_id: str) -> bool:
        """Whether another language's case has this name."""
        library = self._library()
        others = [spoken for spoken in LANGUAGES if spoken != self.language]
        return any(one.id == scenario_id for spoken in others for one in library.scenarios(spoken))

    def _library(self) -> ContentLibrary:
        return open_library(*([self.out] if _holds_packs(self.out) else []))

    def _faults(self, draft: Draft, data: Mapping[str, Any]) -> bool:
        """Say what the check finds and take back the answers it lies in; whether there was any."""
        with TemporaryDirectory() as folder:
            file = _laid_out(Path(folder), data)
            faults = check(Path(folder))
            source, _ = read_source(file)
        for fault in faults:
            places = source.lines.items() if source else ()
            near = [place for place, line in places if line == fault.line]
            step_id = step_at(max(near, key=len, default=()))
            key = f"fault.{fault.code}"
            known = has(self.language, f"authoring.{key}")
            advice = self._word(key if known else "fault.other")
            self._say(
                "to_mend",
                question=self._name(step_id),
                advice=advice,
                detail=why(self.language, fault),
            )
            old = draft.answers.pop(step_id, "")
            draft.drafted.setdefault(step_id, old)
        draft.save()
        return bool(faults)

    async def _preview(self, data: Mapping[str, Any]) -> None:
        """A good and a weak clerk's first turns, and what each would be given."""
        with TemporaryDirectory() as folder:
            _laid_out(Path(folder), data)
            content = open_library(Path(folder))
        stage = Stage(content, PatternLineReader(), AgendaEngine())
        for skill in (Skill.GOOD, Skill.WEAK):
            persona = content.scenario(data["id"]).personas[0]
            case = Case(0, "preview", "t", skill, data["id"], persona, 7)
            talk = await stage.hold(case)
            self._say(f"preview.{skill.name.lower()}")
            for turn in talk.turns[:SHOWN_TURNS]:
                who = "customer" if turn.speaker is Speaker.CUSTOMER else "trainee"
                self._say(f"preview.{who}", text=turn.text)
            self._say("preview.score", score=talk.card.overall, turns=len(talk.turns))

    async def _agrees(self) -> bool:
        if self.yes:
            return True
        self._say("publish")
        answer = await self.lines.read()
        return answer is not None and answer.strip().casefold() in (
            YES,
            "y",
            self._word("word.yes"),
        )

    def _publish(self, draft: Draft, data: Mapping[str, Any]) -> None:
        done = publish(self.out, data)
        self._say("published", file=done.file, version=done.version)
        if done.former is not None:
            self._say("former", file=done.former)
        self._say("use", folder=self.out)
        draft.file.unlink(missing_ok=True)

    def _word(self, key: str, **facts: object) -> str:
        return say(self.language, f"authoring.{key}", **facts)

    def _say(self, key: str, **facts: object) -> None:
        self.tell(self._word(key, **facts))


def _back(draft: Draft) -> None:
    """Take the last answer away; it is suggested when its question comes again."""
    if draft.answers:
        step_id, old = draft.answers.popitem()
        if old:
            draft.drafted[step_id] = old


def _merged(template: Mapping[str, str], better: Mapping[str, str]) -> dict[str, str]:
    """The model's suggestions in front; a group is one's or the other's, never a mixture."""
    groups = {key.partition(".")[0] for key in better if "." in key}
    kept = {key: text for key, text in template.items() if key.partition(".")[0] not in groups}
    return {**kept, **better}


def _bytes_of(source: Path) -> bytes:
    return source.read_bytes()


def _laid_out(folder: Path, data: Mapping[str, Any]) -> Path:
    file = folder / str(data["language"]) / "scenarios" / f"{data['id']}.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(written(data), encoding="utf-8")
    return file


def _holds_packs(folder: Path) -> bool:
    return folder.is_dir() and any(folder.rglob("scenarios/*.yaml"))
