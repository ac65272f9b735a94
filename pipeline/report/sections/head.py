"""What a reader should know first: what this is, three findings, what to be careful with and what was left out."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.core.errors import LEFT_OUT
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import (
    GUIDED_CODER,
    INDUCTIVE_CODER,
    TAUGHT_CODER,
    Aspect,
    Polarity,
    Scheme,
    Sentiment,
    StanceSource,
    Status,
    is_machine,
)
from pipeline.corpus.understanding import MANY_REPEATS, count_not_understood, match_outcomes, read_counts
from pipeline.report.certainty import warn_of_topics
from pipeline.report.inputs import ReportInputs, name_study, records
from pipeline.report.sections.agreement import find_headlines, has_ceiling, is_human, name_coder, name_statistic
from pipeline.report.sections.decisions import count_in_force
from pipeline.report.sections.hats import LEANS, HatRow, count_leans, hat_rows, leans_of_machine
from pipeline.report.words import Words
from pipeline.text.languages import MOSTLY

N_LARGEST = 3
MOST_PEOPLE = 3
"""People with whom the machine is compared in the head; the section has all."""
FEWEST_UNDER_HAT = 10
"""A hat with fewer fragments is not called the most negative one."""
NOTABLE_ABSTENTION = 0.1
NOTABLE_MISSING = 0.05
"""Remarks without speaker or hat are worth a word above this share."""
FALLBACK_ENCODER = "tfidf-svd"
MOST_NOTICES = 200
HEADLINE_SCHEMES = (Scheme.THEME, Scheme.POLARITY, Scheme.HAT, Scheme.SENTIMENT)
_BY_ROLE = re.compile(r"said by the (\w+)")
_FEWER_THAN = re.compile(r"fewer than (\d+) words")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedNumber:
    """A number with its name."""

    number: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding: what it is about, and the sentence."""

    title: str
    text: str


def study_name(inputs: ReportInputs) -> str:
    """Name the study."""
    return name_study(inputs.described, inputs.config) or inputs.words("unnamed")


def list_facts(inputs: ReportInputs, n_themes: int | None = None) -> list[NamedNumber]:
    """Count what a reader means: sessions, participants who spoke, fragments used, themes, people who coded.

    Args:
        inputs: the study.
        n_themes: themes that a page is about; None: those of the machine.

    Returns:
        No fact of which the count is nothing or not known.
    """
    counts = {
        "document" if is_one_document(inputs) else inputs.session_noun: len(inputs.table("sessions")),
        "speaker_by_session" if len(inputs.table("sessions")) > 1 else "speaker": inputs.n_speakers,
        "used": len(inputs.used),
        "topic" if n_themes is None else "theme": len(inputs.themes) if n_themes is None else n_themes,
        "structure" if inputs.has_structure_only else "coder": len(inputs.human_coders),
    }
    words = inputs.words
    return [NamedNumber(number=words.number(n), name=words(f"fact.{noun}", n=n)) for noun, n in counts.items() if n]


def describe_speakers(inputs: ReportInputs) -> str:
    """Say how many speakers the notes name; who speaks in two sessions counts twice."""
    words, n = inputs.words, inputs.n_speakers
    if not n:
        return words("page.unknown_speakers")
    counted = words.count("voice", n)
    return words("page.speakers_by_session", n=counted) if len(inputs.table("sessions")) > 1 else counted


def describe_who_else(inputs: ReportInputs) -> list[str]:
    """Say how many were present where nobody noted who spoke, and how many names return in other sessions."""
    words, sentences = inputs.words, []
    if inputs.n_speakers and (n := len(inputs.sessions_unnamed)):
        place = inputs.place_sessions(n)
        key = "page.asked_present" if inputs.n_present_unnamed else "page.asked_unnamed"
        sentences.append(words(key, sessions=place[:1].upper() + place[1:], n=words.number(inputs.n_present_unnamed)))
    if inputs.n_names_again:
        sentences.append(words("page.asked_again", n=words.number(inputs.n_names_again)))
    return sentences


def is_one_document(inputs: ReportInputs) -> bool:
    """Whether all comes from one file."""
    return len(inputs.table("sources")) == 1


def name_source(inputs: ReportInputs, fragment: str) -> str:
    """Say who said a fragment and in which session; of one document its place, since its name is that of the study."""
    row = inputs.row(fragment)
    where = inputs.session_title(row["session"])
    if is_one_document(inputs):
        where = row["place"] or inputs.words("page.line", n=row["line"])
    return ", ".join(part for part in (row["speaker"], where) if part)


def list_findings(inputs: ReportInputs) -> list[Finding]:
    """Say the largest themes, the most negative hat (without hats: kans and knelpunt) and the agreement."""
    words = inputs.words
    return [
        Finding(title=words("finding.themes"), text=_describe_largest(inputs)),
        _describe_hats(inputs),
        Finding(title=words("finding.agreement"), text=_describe_agreement(inputs)),
    ]


def _describe_largest(inputs: ReportInputs) -> str:
    words, themes, total = inputs.words, inputs.themes, len(inputs.used)
    if not total or themes.empty:
        return words("no_themes")
    n_decided = count_in_force(inputs)
    helped = " " + words("finding.decided", decisions=words.count("decision", n_decided)) if n_decided else ""
    if len(themes) == 1:
        return words("finding.undivided", n=words.count("fragment", total)) + helped
    named = [
        f"“{label}” ({words.percent(size / total)})"
        for label, size in zip(themes["label"].head(N_LARGEST), themes["size"].head(N_LARGEST), strict=True)
    ]
    together = int(themes["size"].head(N_LARGEST).sum())
    n_found, k = len(inputs.topics), len(themes)
    found = words("finding.found", k=k) if n_found == k else words("finding.found_before", found=n_found, k=k)
    text = words(
        "finding.largest", found=found, named=words.join(named),
        share=words.percent(together / total), total=words.count("fragment", total),
    )  # fmt: skip
    return text + helped


def describe_tone(inputs: ReportInputs) -> str:
    """Say under which hat most sounds negative; empty where fewer than two hats have enough fragments."""
    words = inputs.words
    rows = [row for row in hat_rows(inputs) if row.n >= FEWEST_UNDER_HAT]
    if len(rows) < 2:
        return ""
    # Of equal shares the hat that comes first in the vocabulary.
    most, least = max(rows, key=_negative), min(rows, key=_negative)
    text = words(
        "finding.most_negative", most=words.short(most.hat), share=words.percent(_negative(most)), n=most.n,
        least=words.short(least.hat), least_share=words.percent(_negative(least)), least_n=least.n,
    )  # fmt: skip
    if not any(source == StanceSource.GIVEN for _, source in inputs.hats.values()):
        text += f" {words('finding.hats_predicted')}"
    return text


def _describe_hats(inputs: ReportInputs) -> Finding:
    """Say the tone under the hats; without hats how kans and knelpunt are divided."""
    words, tone = inputs.words, describe_tone(inputs)
    if tone:
        return Finding(title=words("finding.hats"), text=tone)
    leans = leans_of_machine(inputs)
    if not leans:
        return Finding(title=words("finding.hats"), text=words("finding.no_hats"))
    counts = dict(zip(LEANS, count_leans(leans.values()), strict=True))
    kans, knelpunt = counts[Polarity.KANS], counts[Polarity.KNELPUNT]
    text = words(
        "finding.polarity", kans=words.percent(kans / len(leans)), knelpunt=words.percent(knelpunt / len(leans)),
        n=words.count("fragment", len(leans)),
    )  # fmt: skip
    return Finding(title=words("finding.kans"), text=text)


def _negative(row: HatRow) -> float:
    return row.share(Sentiment.NEGATIEF)


def _describe_agreement(inputs: ReportInputs) -> str:
    """Say the machine's figures on the first scheme that has one, beside the figure of people for the same scheme.

    Of several machines the one that learned most from people, with each person, most fragments first; what it reaches
    without them follows.
    """
    words = inputs.words
    if not inputs.human_coders:
        return words("no_coding")
    for scheme in HEADLINE_SCHEMES:
        rows = find_headlines(inputs, scheme)
        machine = [row for row in rows if not is_human(row["comparison"])]
        if not machine:
            continue
        machine.sort(key=_learned_least)
        same = [row for row in rows if is_human(row["comparison"]) and row["statistic"] == machine[0]["statistic"]]
        with_each = _by_person(row for row in machine if _machines(row) == _machines(machine[0])
                               and row["statistic"] == machine[0]["statistic"])  # fmt: skip
        sentences = [words("finding.machine", scheme=words(f"scheme.{scheme}").lower(), **_figures(row, words))
                for row in with_each[:MOST_PEOPLE]]  # fmt: skip
        if others := len(with_each[MOST_PEOPLE:]):
            sentences.append(words("finding.more_people", n=words.count("other_coder", others)))
        # Topics read as codes have seen most of the codes; only mutual information has seen none.
        alone = [
            row
            for row in (records(inputs.table("agreement")) if len(machine) > 1 else ())
            if (row["scheme"], row["code"], row["statistic"]) == (scheme, "", "adjusted_mutual_information")
            and row["estimate"] is not None
            and row["comparison"].endswith(INDUCTIVE_CODER)
        ]
        named = [words("finding.alone_with", **_figures(row, words)) for row in _by_person(alone)[:MOST_PEOPLE]]
        sentences += [words("finding.alone", figures=words.join(named))] if named else []
        sentences.append(words("finding.ceiling", **_figures(same[0], words)) if same else words("finding.no_ceiling"))
        return " ".join(sentences)
    return words("no_agreement")


def _machines(row: Row) -> list[str]:
    return [coder for coder in row["comparison"].split(" | ") if is_machine(coder)]


def _by_person(rows: Iterable[Row]) -> list[Row]:
    """Keep one row a comparison, those over most fragments first."""
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row["comparison"], row)
    return sorted(first.values(), key=lambda row: (-row["n"], row["comparison"]))


def _learned_least(row: Row) -> int:
    order = (TAUGHT_CODER, GUIDED_CODER, INDUCTIVE_CODER)
    return next((place for place, coder in enumerate(order) if coder in row["comparison"]), len(order))


def _figures(row: Row, words: Words) -> dict[str, str]:
    known = row["low"] is not None and row["high"] is not None
    return {
        "coders": words.join([name_coder(coder, words) for coder in row["comparison"].split(" | ")]),
        "statistic": name_statistic(row["statistic"], words),
        "estimate": words.figure(row["estimate"]),
        "interval": words("finding.range", low=words.figure(row["low"]), high=words.figure(row["high"]))
        if known
        else "",
        "chance": words.figure(row["chance"]),
    }


_MISSING = {Aspect.SPEAKERS: "warn.no_speaker", Aspect.HATS: "warn.no_hat"}


def _warn_of_reading(inputs: ReportInputs) -> Iterator[str]:
    """Say what is missing of the notes: files, speakers, hats where there are any, who leads, and texts that repeat."""
    words, counts = inputs.words, read_counts(inputs.table("understanding"))
    notices = list(records(inputs.table("notices")))
    left_out = sorted({row["where"] for row in notices if row["message"].startswith(f"{LEFT_OUT}:")})
    if left_out:
        yield words("warn.left_out", n=words.count("file", len(left_out)), names=", ".join(left_out))
    languages = Counter(
        row["message"].removeprefix(MOSTLY).split(":")[0] for row in notices if row["message"].startswith(MOSTLY)
    )
    for language, n in sorted(languages.items()):
        yield words(
            "warn.foreign", n=words.count("file", n), language=words(f"language.{language.split()[-1].lower()}")
        )
    whole = {count.aspect: count for count in counts if not count.subject}
    for aspect, key in _MISSING.items():
        count = whole.get(aspect)
        if count and count.missing > NOTABLE_MISSING * count.of and (count.n or aspect is Aspect.SPEAKERS):
            yield words(key, n=words.number(count.missing), total=words.number(count.of))
    led = whole.get(Aspect.ROLES)
    if led and led.missing:
        yield words("warn.no_lead", n=words.number(led.missing), total=words.number(led.of))
    repeated = whole.get(Aspect.REPEATS)
    if repeated and repeated.n > MANY_REPEATS * repeated.of:
        yield words("warn.repeats", n=words.number(repeated.n), total=words.number(repeated.of))


def list_warnings(inputs: ReportInputs) -> list[str]:
    """List what a reader must know before reading on."""
    return list(inputs.once(_warn))


def list_page_warnings(inputs: ReportInputs) -> list[str]:
    """List the warnings of a page; that a study is invented, or nobody coded what others did, is in its first lines."""
    in_head = {inputs.words(key) for key in ("warn.names_invented", "warn.no_coding", "warn.no_ceiling")}
    return [warning for warning in list_warnings(inputs) if warning not in in_head]


def _warn(inputs: ReportInputs) -> tuple[str, ...]:
    warn = (_warn_of_values, _warn_of_material, _warn_of_reading, _warn_of_machine, _warn_of_codings)
    return tuple(warning for each in warn for warning in each(inputs))


def _warn_of_values(inputs: ReportInputs) -> Iterator[str]:
    """Say first which cells of the codings nobody understood: figures beside them are of the other cells alone."""
    words, counts = inputs.words, Counter[str]()
    for (_, scheme), n in count_not_understood(inputs.table("coding_matches")).items():
        counts[scheme] += n
    for scheme, n in sorted(counts.items()):
        name = words(f"scheme.{scheme}").lower()
        yield words("warn.not_understood", n=words.number(n), scheme=name)


def _warn_of_material(inputs: ReportInputs) -> Iterator[str]:
    words = inputs.words
    if inputs.config.pseudonyms.key:
        yield words("warn.pseudonyms")
    else:
        yield words("warn.names_invented" if inputs.config.study.invented else "warn.names")
    if inputs.used.empty:
        yield words("warn.nothing_used")
    if is_one_document(inputs):
        yield words("warn.one_document")
    elif inputs.used["session"].nunique() == 1:
        yield words("warn.one_session")


def _warn_of_machine(inputs: ReportInputs) -> Iterator[str]:
    words = inputs.words
    if topics := warn_of_topics(inputs):
        yield topics
    if inputs.described.get("models", {}).get("embeddings") == FALLBACK_ENCODER:
        yield words("warn.fallback")
    declined = {scheme: share for scheme, share in abstentions(inputs).items() if share >= NOTABLE_ABSTENTION}
    if declined:
        shares = [words("warn.abstained_on", scheme=words(f"scheme.{scheme}").lower(), share=words.percent(share))
                for scheme, share in declined.items()]  # fmt: skip
        yield words("warn.abstention", said=words.join(shares))


def _warn_of_codings(inputs: ReportInputs) -> Iterator[str]:
    words = inputs.words
    rows = match_outcomes(inputs.table("coding_matches"))
    if lost := sum(not is_matched for is_matched, _ in rows.values()):
        yield words("warn.unmatched", n=words.number(lost), total=words.number(len(rows)))
    if not inputs.human_coders:
        yield words("warn.no_coding")
    elif not has_ceiling(inputs):
        yield words("warn.no_ceiling")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """How many fragments have one status for one reason."""

    name: str
    reason: str
    n: int
    used: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRow:
    """How many rows of the manual codings were matched in one way, or not for one reason."""

    name: str
    how: str
    n: int
    matched: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """One notice of a stage."""

    stage: str
    where: str
    message: str


def status_rows(inputs: ReportInputs) -> list[StatusRow]:
    """Count fragments by status and reason; the counts add up to all fragments."""
    fragments, words = inputs.table("fragments"), inputs.words
    counts: dict[tuple[str, str], int] = {}
    for row in records(fragments[["status", "reason"]]):
        key = row["status"], row["reason"] or ""
        counts[key] = counts.get(key, 0) + 1
    order = [str(status) for status in Status]
    return [
        StatusRow(
            name=words(f"status.{status}"), reason=translate_reason(reason, words), n=n, used=status == Status.USED
        )
        for (status, reason), n in sorted(
            counts.items(), key=lambda item: (order.index(item[0][0]), -item[1], item[0][1])
        )
    ]


def translate_reason(reason: str, words: Words) -> str:
    """Say a reason of the fragments table in the language of the report; one that is not known stays as it is.

    >>> translate_reason("fewer than 3 words", Words("nl"))
    'minder dan 3 woorden'
    """
    if found := _FEWER_THAN.fullmatch(reason):
        return words("reason.fewer", n=found[1])
    if found := _BY_ROLE.fullmatch(reason):
        return words("reason.said_by", role=found[1])
    return words(f"reason.{reason}") if words.has(f"reason.{reason}") else reason


def match_rows(inputs: ReportInputs) -> list[MatchRow]:
    """Count the rows of the manual codings by what became of them, matched ones first."""
    words, counts = inputs.words, dict[tuple[bool, str], int]()
    for key in match_outcomes(inputs.table("coding_matches")).values():
        counts[key] = counts.get(key, 0) + 1
    return [
        MatchRow(
            name=words("matched" if matched else "unmatched"),
            how=words(f"how.{how}") if matched and words.has(f"how.{how}") else translate_notice(how, words),
            n=n, matched=matched,
        )
        for (matched, how), n in sorted(counts.items(), key=lambda item: (not item[0][0], -item[1], item[0][1]))
    ]  # fmt: skip


def notice_rows(inputs: ReportInputs) -> tuple[list[NoticeRow], int]:
    """List the notices of the stages, and how many more there are than fit in a page."""
    rows = [
        NoticeRow(
            stage=name_step(row["stage"], inputs.words),
            # What a stage says of itself has no other place.
            where="" if row["where"] == row["stage"] else inputs.words.rephrase("place_phrase", row["where"]),
            message=translate_notice(row["message"], inputs.words),
        )
        for row in records(inputs.table("notices"))
    ]
    return rows[:MOST_NOTICES], max(len(rows) - MOST_NOTICES, 0)


def name_step(stage: str, words: Words) -> str:
    """Name a stage in the language of the report; one that is not known keeps its name.

    >>> name_step("guided", Words("nl")), name_step("new", Words("nl"))
    ('codeboek', 'new')
    """
    return words(f"step.{stage}") if words.has(f"step.{stage}") else stage


def translate_notice(message: str, words: Words) -> str:
    """Say a notice of a stage in the language of the report; what is not known stays as it is.

    >>> translate_notice("theme: learned from 475 coded fragments, cross-fitted in 2 folds", Words("nl"))
    'thema: geleerd van 475 gecodeerde fragmenten, kruiselings in 2 delen'
    """
    text = words.rephrase("notice_phrase", message)
    if words.language != "nl" or text == message:
        return text
    for scheme in Scheme:
        text = re.sub(rf"(?<![\w'-]){scheme}(?=[:,)’]| (?:zijn|is|bevat))", words(f"scheme.{scheme}").lower(), text)
    return re.sub(r"(?<=\d)\.(?=\d)", ",", text)


def abstentions(inputs: ReportInputs) -> Mapping[str, float]:
    """Scheme to the share of the analysed fragments that have no value because the machine declined to say."""
    stances = inputs.table("stances")
    first = stances.loc[stances["rank"] == 1]
    return {str(scheme): float(rows["abstained"].mean()) for scheme, rows in first.groupby("scheme", sort=True)}
