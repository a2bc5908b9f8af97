"""The sub-commands' options, with help in the language that is set."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import NoReturn, TypeAlias

from core.catalogue import LANGUAGES, say
from ops.settings import Role

EXIT_USAGE = 2

# What the library says, so that it can be said in another language; unknown words stay.
_ERRORS = {
    "required": re.compile(r"the following arguments are required: (?P<names>.+)"),
    "unrecognized": re.compile(r"unrecognized arguments: (?P<names>.+)"),
    "choice": re.compile(
        r"argument (?P<name>.+): invalid choice: .* \(choose from (?P<those>.+)\)"
    ),
    "value": re.compile(r"argument (?P<name>.+): invalid .* value: (?P<value>.+)"),
    "one": re.compile(r"argument (?P<name>.+): expected one argument"),
}

Run: TypeAlias = Callable[[argparse.Namespace], int]


class Parser(argparse.ArgumentParser):
    """A parser that speaks the catalogue's words; the library's own are English only."""

    def __init__(self, *, language: str, **options: object) -> None:
        super().__init__(add_help=False, **options)  # type: ignore[arg-type]
        self.language = language
        self._positionals.title = self.word("positionals")
        self._optionals.title = self.word("options")
        self.add_argument("-h", "--help", action="help", help=self.word("help"))

    def word(self, key: str) -> str:
        """The word of the command line under `key`."""
        return say(self.language, f"cli.{key}")

    def parts(self) -> Parts:
        """The sub-commands of this parser."""
        return Parts(self)

    def format_usage(self) -> str:
        """The first line, with its first word in the language."""
        return super().format_usage().replace("usage:", self.word("usage"), 1)

    def format_help(self) -> str:
        """The whole help text, with its first word in the language."""
        return super().format_help().replace("usage:", self.word("usage"), 1)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the options, and end."""
        self.print_usage(sys.stderr)
        detail = self._translated(message)
        wrong = say(self.language, "cli.wrong", prog=self.prog, detail=detail)
        self.exit(EXIT_USAGE, f"{wrong}\n")

    def _translated(self, message: str) -> str:
        for key, pattern in _ERRORS.items():
            found = pattern.fullmatch(message)
            if found:
                return say(self.language, f"cli.error.{key}", **found.groupdict())
        return message


class Parts:
    """The sub-commands of a parser, each with a line of help."""

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        self._added = parser.add_subparsers(
            required=True,
            metavar=parser.word("command"),
            title=parser.word("commands"),
            parser_class=Parser,
        )

    def add(self, name: str, *, words: str, run: Run | None = None) -> Parser:
        """One more, helped by the word under `words`; `run` unless it has parts of its own."""
        about = self._parser.word(words)
        language = self._parser.language
        added: Parser = self._added.add_parser(
            name, help=about, description=about, language=language
        )
        if run is not None:
            added.set_defaults(run=run)
        return added


def make_parser(language: str, runs: Mapping[str, Run]) -> Parser:
    """The whole command line. `runs` holds what each sub-command does, by its name."""
    parser = Parser(language=language, prog="peilian")
    parser.description, parser.epilog = parser.word("about"), parser.word("settings")
    parts = parser.parts()
    _serve(parts.add("serve", words="serve", run=runs["serve"]))
    _practice(parts.add("practice", words="practice", run=runs["practice"]))
    _judge(parts.add("judge", words="judge", run=runs["judge"]))
    _sheet(parts.add("sheet", words="sheet", run=runs["sheet"]))
    knowledge = parts.add("knowledge", words="knowledge").parts()
    _knowledge(knowledge, parser.word, runs["knowledge"])
    _claims(knowledge.add("check", words="knowledge_check", run=runs["knowledge check"]))
    _simulate(parts.add("simulate", words="simulate", run=runs["simulate"]))
    style = parts.add("style", words="style").parts()
    _style_fit(style.add("fit", words="style_fit", run=runs["style fit"]))
    satisfaction = parts.add("satisfaction", words="satisfaction").parts()
    fitting = satisfaction.add("fit", words="satisfaction_fit", run=runs["satisfaction fit"])
    _from_to(fitting, "satisfaction_labelled", "satisfaction_model")
    predicting = satisfaction.add(
        "predict", words="satisfaction_predict", run=runs["satisfaction predict"]
    )
    _from_to(predicting, "judge_source", "satisfaction_target")
    _satisfaction_predict(predicting)
    _plan(parts.add("plan", words="plan", run=runs["plan"]))
    ability = parts.add("ability", words="ability").parts()
    _ability_replay(ability.add("replay", words="ability_replay", run=runs["ability replay"]))
    people = parts.add("people", words="people").parts()
    _people_import(people.add("import", words="people_import", run=runs["people import"]))
    _people_sync(people.add("sync", words="people_sync", run=runs["people sync"]))
    wechat = parts.add("wechat", words="wechat").parts()
    _wechat(wechat.add("menu", words="wechat_menu", run=runs["wechat menu"]))
    _wechat_qr(wechat.add("qr", words="wechat_qr", run=runs["wechat qr"]))
    _people_code(people.add("code", words="people_code", run=runs["people code"]))
    _person(parts.add("export", words="export", run=runs["export"])).add_argument(
        "--out", type=Path, metavar="FILE.zip", help=parser.word("export_out")
    )
    _person(parts.add("erase", words="erase", run=runs["erase"])).add_argument(
        "--yes", action="store_true", help=parser.word("erase_yes")
    )
    exam = parts.add("exam", words="exam", run=runs["exam"])
    exam.add_argument("id", nargs="?", default="", metavar="ID", help=parser.word("exam_id"))
    exam.add_argument("--out", type=Path, metavar="FILE", help=parser.word("exam_out"))
    roster = parts.add("roster", words="roster").parts()
    _list(roster.add("import", words="roster_import", run=runs["roster import"]), "roster_file")
    _dry_run(roster.add("undo", words="roster_undo", run=runs["roster undo"]))
    kpi = parts.add("kpi", words="kpi").parts()
    results = kpi.add("import", words="kpi_import", run=runs["kpi import"])
    _list(results, "kpi_file")
    results.add_argument(
        "--map", type=_pair, action="append", default=[], metavar="A=B", help=parser.word("kpi_map")
    )
    _dry_run(kpi.add("undo", words="kpi_undo", run=runs["kpi undo"]))
    kpi.add("template", words="kpi_template", run=runs["kpi template"])
    digest = parts.add("digest", words="digest", run=runs["digest"])
    digest.add_argument("--date", type=date.fromisoformat, metavar="D", help=parser.word("date"))
    content = parts.add("content", words="content").parts()
    checking = content.add("check", words="content_check", run=runs["content check"])
    checking.add_argument("path", type=Path, metavar="PATH", help=parser.word("content_path"))
    _content_new(content.add("new", words="content_new", run=runs["content new"]))
    parts.add("migrate", words="migrate", run=runs["migrate"])
    parts.add("doctor", words="doctor", run=runs["doctor"])
    return parser


def _serve(parser: Parser) -> None:
    roles = [role.value for role in Role]
    parser.add_argument("--role", choices=roles, default=Role.ALL.value, help=parser.word("role"))
    parser.add_argument("--host", metavar="H", help=parser.word("host"))
    parser.add_argument("--port", metavar="P", type=int, help=parser.word("port"))
    _style(parser)


def _practice(parser: Parser) -> None:
    for name in ("scenario", "persona", "emotion"):
        parser.add_argument(f"--{name}", metavar=name[0].upper(), help=parser.word(name))
    parser.add_argument("--seed", metavar="N", type=_whole, help=parser.word("seed"))
    parser.add_argument("--lang", choices=LANGUAGES, help=parser.word("lang"))
    _style(parser)


def _style(parser: Parser) -> None:
    parser.add_argument("--style", type=Path, metavar="PACK", help=parser.word("style_pack"))


def _judge(parser: Parser) -> None:
    _from_to(parser, "judge_source", "judge_target")
    parser.add_argument("--sheet", type=Path, metavar="YAML", help=parser.word("judge_sheet"))


def _claims(parser: Parser) -> None:
    for name, dest, word in (
        ("--claims", "claims", "knowledge_claims"),
        ("--out", "target", "knowledge_verdicts"),
    ):
        parser.add_argument(
            name, dest=dest, type=Path, required=True, metavar="FILE", help=parser.word(word)
        )
    parser.add_argument("--collection", metavar="C", help=parser.word("knowledge_collection"))


def _sheet(parser: Parser) -> None:
    _from_to(parser, "sheet_source", "sheet_target")
    parser.add_argument("--page", metavar="NAME", help=parser.word("sheet_page"))


def _simulate(parser: Parser) -> None:
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help=parser.word("simulate_out")
    )
    counts = {"trainees": 10, "scenarios": 7, "personas": 10, "repeats": 10, "concurrency": 64}
    for name, usual in counts.items():
        parser.add_argument(
            f"--{name}",
            type=_at_least_one,
            default=usual,
            metavar="N",
            help=parser.word(f"simulate_{name}"),
        )
    parser.add_argument("--industry", default="", metavar="I", help=parser.word("industry"))
    parser.add_argument("--seed", type=_whole, default=1, metavar="N", help=parser.word("seed"))
    parser.add_argument("--lang", choices=LANGUAGES, default="zh", help=parser.word("lang"))
    engines = ("agenda", "model")
    parser.add_argument("--engine", choices=engines, default="agenda", help=parser.word("engine"))
    parser.add_argument("--resume", action="store_true", help=parser.word("resume"))
    parser.add_argument(
        "--spot-check", type=Path, metavar="CSV", help=parser.word("simulate_spot_check")
    )
    parser.add_argument(
        "--reference", type=Path, metavar="JSONL", help=parser.word("simulate_reference")
    )
    _style(parser)


def _style_fit(parser: Parser) -> None:
    _from_to(parser, "style_source", "style_target")
    parser.add_argument("--lang", choices=LANGUAGES, default="", help=parser.word("style_lang"))


def _content_new(parser: Parser) -> None:
    parser.add_argument(
        "--from", dest="source", type=Path, metavar="FILE", help=parser.word("content_from")
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help=parser.word("content_out"))
    parser.add_argument("--lang", choices=LANGUAGES, help=parser.word("lang"))
    parser.add_argument("--yes", action="store_true", help=parser.word("content_yes"))


def _knowledge(parts: Parts, word: Callable[[str], str], run: Run) -> None:
    added = {
        name: parts.add(name, words=f"knowledge_{name}", run=run)
        for name in ("ingest", "list", "search", "remove", "stats", "evaluate")
    }
    for name, part in added.items():
        part.set_defaults(part=name)
        part.add_argument("--collection", metavar="C", help=word("collection"))
        part.add_argument("--team", default="", metavar="T", help=word("knowledge_team"))
    for name in ("search", "evaluate"):
        added[name].add_argument(
            "--queries",
            type=Path,
            required=name == "evaluate",
            metavar="FILE",
            help=word(f"queries_{name}"),
        )
        added[name].add_argument(
            "-k", type=_at_least_one, default=10, metavar="N", help=word("knowledge_k")
        )
    added["search"].add_argument("words", nargs="*", metavar="WORDS", help=word("knowledge_words"))
    out = added["search"].add_argument
    out("--out", type=Path, default=Path("/dev/stdout"), metavar="FILE", help=word("run_file"))
    added["ingest"].add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help=word("knowledge_paths")
    )
    added["remove"].add_argument("names", nargs="+", metavar="NAME", help=word("knowledge_names"))


def _from_to(parser: Parser, source: str, target: str) -> None:
    for name, dest, words in (("--in", "source", source), ("--out", "target", target)):
        parser.add_argument(
            name, dest=dest, type=Path, required=True, metavar="FILE", help=parser.word(words)
        )


def _satisfaction_predict(parser: Parser) -> None:
    views = ("both", "trainee")
    parser.add_argument(
        "--view", choices=views, default="both", help=parser.word("satisfaction_view")
    )
    parser.add_argument(
        "--model", type=Path, metavar="M", help=parser.word("satisfaction_given_model")
    )


def _plan(parser: Parser) -> None:
    about = parser.word("date")
    parser.add_argument("--date", type=date.fromisoformat, metavar="D", help=about)
    parser.add_argument("--out", type=Path, metavar="FILE", help=parser.word("plan_out"))
    parser.add_argument("--refit", action="store_true", help=parser.word("plan_refit"))


def _ability_replay(parser: Parser) -> None:
    _from_to(parser, "ability_source", "ability_target")
    about = parser.word("ability_after")
    parser.add_argument(
        "--after", type=Path, action="append", default=[], metavar="FILE", help=about
    )
    about = parser.word("ability_folds")
    parser.add_argument("--folds", type=_folds, default=1, metavar="N", help=about)


def _folds(text: str) -> int:
    if (folds := int(text)) < 1:
        raise ValueError(text)
    return folds


def _people_import(parser: Parser) -> None:
    _list(parser, "people_file")
    _passes(parser)


def _people_sync(parser: Parser) -> None:
    parser.add_argument("--dry-run", action="store_true", help=parser.word("dry_run"))
    parser.add_argument("--let-go", action="store_true", help=parser.word("people_let_go"))


def _list(parser: Parser, words: str) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help=parser.word(words))
    parser.add_argument("--dry-run", action="store_true", help=parser.word("dry_run"))


def _dry_run(parser: Parser) -> None:
    parser.add_argument("--dry-run", action="store_true", help=parser.word("undo_dry_run"))


def _people_code(parser: Parser) -> None:
    parser.add_argument("ids", nargs="+", metavar="ID", help=parser.word("people_id"))
    _passes(parser)


def _person(parser: Parser) -> Parser:
    parser.add_argument("--person", required=True, metavar="ID", help=parser.word("people_id"))
    return parser


def _wechat(parser: Parser) -> None:
    about = parser.word("wechat_account")
    parser.add_argument("--account", metavar="NAME", default="main", help=about)


def _wechat_qr(parser: Parser) -> None:
    parser.add_argument("ids", nargs="+", metavar="ID", help=parser.word("people_id"))
    _wechat(parser)


def _passes(parser: Parser) -> None:
    parser.add_argument("--out", type=Path, metavar="CODES.csv", help=parser.word("people_out"))
    parser.add_argument("--address", metavar="URL", help=parser.word("address"))


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _pair(text: str) -> tuple[str, str]:
    first, sign, second = (part.strip() for part in text.partition("="))
    if not (first and sign and second):
        raise ValueError(text)
    return first, second


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number
