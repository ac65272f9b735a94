"""Who speaks in a session: which labels count, by the evidence of the whole session, and whose they are.

A label counts where the attendance line names it, where it is a code or a role, follows a time stamp or stands in a
column of speakers, where it returns, or where nearly all lines of the talk bear a label of that form. A word such as
``Bijvoorbeeld`` never counts.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.core.vocabulary import Role
from pipeline.readers.notes.attendance import Person, are_in_order, parts_of_name
from pipeline.readers.notes.hats import read_hat_tag
from pipeline.readers.notes.labels import (
    ASKS,
    INITIALS,
    PAIR,
    PERSON,
    SURE,
    TITLES,
    WOMEN,
    Form,
    Label,
    fold,
    initials_of,
    is_no_name,
    plain,
    read_labels,
)
from pipeline.readers.notes.marks import Line, bullet_length, is_rule, read_heading, read_time, text_below
from pipeline.text.languages import read_gazetteers


@dataclass(slots=True)
class _Speaker:
    speaker: str
    role: Role
    organisation: str | None = None
    spellings: Counter[str] = field(default_factory=Counter)
    is_listed: bool = True


_LABELLED = re.compile(r"[^\W_][^:\n]{0,59}:")
_ONE_LETTER = re.compile(r"[A-Z]\.?")
MIN_FORM_LINES, MIN_FORM_SHARE, MIN_LABELLED_SHARE = 3, 0.3, 0.6
MIN_BARE_SHARE, MAX_TOLD = 0.7, 0.15
_TELLS = re.compile(
    r"(?!(?:he|da|wa|di|me|ne|nie|ui|ooi)t\b)[a-zà-þ]+t\b|(?:is|was|wil|wou|kan|kon|had|zei|vond|zou|gaf|en|zal)\b"
)
"""A verb behind a name: ``An vindt``, ``An was``; what is told of somebody is no remark in their words."""


class Speakers:
    """The speakers of one session: which labels count, and whose they are."""

    def __init__(self, lines: Iterable[Line], labels: Collection[str] = (), leads: Collection[str] = ()) -> None:
        """Gather the evidence of a session.

        Args:
            lines: its lines, without the header.
            labels: names that the file itself marks as speakers: in a column, in a tag.
            leads: words in bold with which paragraphs begin.
        """
        self._speakers: dict[str, _Speaker] = {}
        self._aliases: dict[str, str] = {}
        self._declared: list[tuple[str, str]] = []
        self._judged: dict[object, bool] = {}
        self._codes: set[str] = set()
        self._marked = {fold(label) for label in labels}
        self._leads = tuple(leads)
        self._seen: Counter[str] = Counter()
        self._by_form: dict[Form, Counter[str]] = defaultdict(Counter)
        self._sure: set[str] = set()
        self._women: dict[str, set[bool]] = defaultdict(set)
        self._n_plain = self._n_bullets = 0
        self._texts: list[str] = []
        self._in_bullets: Counter[str] = Counter()
        self._spelled: dict[str, str] = {}
        filled = list(lines)
        for i, line in enumerate(filled):
            if line.text and not is_rule(line.text):
                self._observe(line.text, is_last=not _has_text_below(filled, i))
        self._marked |= _named_in_headings(filled)

    def _observe(self, text: str, *, is_last: bool) -> None:
        bullet = bullet_length(text)
        time = read_time(text[bullet:])
        rest = text[bullet + (time[0] if time else 0) :]
        after_second = bullet_length(rest) if time else 0
        heading = read_heading(text, after_blank=False)
        if hat := _hat_length(text, rest):
            # "Rood - An: ..." and "[rood] An: ..." name a hat and then who speaks.
            rest, heading = text[hat:], None
        if not rest or (heading and (heading.hat or heading.section)):
            return
        rest = heading.title if heading and text.startswith("#") else rest
        if not heading:
            self._count(rest, is_bulleted=bullet > 0)
        for label in self._read(rest[after_second:], after_time=time is not None):
            key = self._key(label.name)
            is_alone = label.form is Form.ALONE
            if (heading and not is_alone and label.form is not Form.TIMED) or (is_alone and is_last):
                continue
            if bullet and label.form is Form.COLON:
                self._in_bullets[key] += 1
            elif label.form is Form.COLON:
                self._seen[key] += 1
            self._by_form[label.form][key] += 1
            self._spelled.setdefault(key, label.name)
            if label.sure:
                self._sure.add(key)
            if title := TITLES.match(plain(label.name)):
                self._women[fold(label.name)].add(title["title"] in WOMEN)

    def _count(self, rest: str, *, is_bulleted: bool) -> None:
        self._texts.append(rest)
        if self._seen or self._in_bullets or _LABELLED.match(rest):
            # What stands above the first label is no part of the talk.
            self._n_bullets += is_bulleted
            self._n_plain += not is_bulleted

    def _read(self, text: str, *, after_time: bool) -> Iterator[Label]:
        yield from read_labels(text, after_time=after_time, leads=self._leads, marked=self._marked)
        yield from self._read_bare(text)

    def _read_bare(self, text: str) -> Iterator[Label]:
        """Give the declared name with which a text begins, where nothing sets it off."""
        names = [name for name, _ in self._declared if len(name) > 1 and text.startswith(f"{name} ")]
        if names and (gap := re.match(r"\s+(?=\w)", text[len(name := max(names, key=len)) :])):
            yield Label(name, len(name) + gap.end(), form=Form.BARE)

    def _key(self, name: str) -> str:
        """Fold a name; where a man and a woman share theirs, the title keeps them apart."""
        key = fold(name)
        title = TITLES.match(plain(name))
        if title and len(self._women.get(key, ())) > 1:
            return f"{'mevr' if title['title'] in WOMEN else 'dhr'} {key}"
        return key

    def declare(self, person: Person) -> None:
        """Note somebody whom the notes name before or beside the talk."""
        self._judged.clear()
        if not person.is_listed and person.short and self._known(person.short):
            return
        if person.role is Role.DEELNEMER:
            key = fold(person.name) if person.is_listed else self._known(person.name) or fold(person.name)
            speaker = self._find(person.name, person.role, key)
            speaker.organisation = speaker.organisation or person.organisation
            speaker.is_listed = speaker.is_listed or person.is_listed
            if person.is_listed and plain(person.name) != plain(speaker.speaker):
                speaker.spellings[person.name] += 0
            if code := re.fullmatch(r"([a-z]+)\d+", fold(person.name)):
                self._codes.add(code[1])
        else:
            key = str(person.role)
            if not person.is_listed and (key in self._speakers or self._known(person.name)):
                return
            lead = self._find(key, person.role)
            lead.organisation, lead.is_listed = lead.organisation or person.organisation, person.is_listed
        for name in (person.name, person.short):
            if name:
                self._marked |= {fold(name)} if is_no_name(name) and person.is_listed else set()
                self._alias(name, key)

    def _alias(self, name: str, key: str) -> None:
        folded = fold(name)
        self._aliases.setdefault(folded, key)
        if not re.search(r"\d", folded) and folded not in set(Role):
            self._declared.append((name, key))

    def _by_parts(self, name: str) -> str | None:
        """Say who is meant by a part of a name, such as ``Martine V.``; nobody where two could be."""
        parts = parts_of_name(name)
        if not any(len(part) > 1 for part in parts):
            return None
        keys = {key for declared, key in self._declared if are_in_order(parts, parts_of_name(declared))}
        return keys.pop() if len(keys) == 1 else None

    def _short(self, name: str) -> str | None:
        """Say who bears these initials; the likeliest way to shorten a name goes first."""
        if titled := self._by_title(name):
            return titled
        wanted = re.sub(r"[\s.]", "", plain(name))
        if not INITIALS.fullmatch(name.strip()) and not (len(wanted) <= 2 and name.isalpha()):
            return None
        for rank in range(4):
            keys = {
                key
                for declared, key in self._declared
                if rank < len(short := _ranked_initials(declared)) and short[rank] == wanted
            }
            if keys:
                return keys.pop() if len(keys) == 1 else None
        return None

    def _by_title(self, name: str) -> str | None:
        """Say who is meant by a title with the first letter of a name, such as ``Mevr. D.``."""
        title = TITLES.match(plain(name))
        letter = re.sub(r"[\s.]", "", plain(name)[title.end() :]) if title else ""
        if not title or len(letter) != 1:
            return None
        is_woman = title["title"] in WOMEN
        keys = {
            key
            for declared, key in self._declared
            if any(word.startswith(letter) for word in TITLES.sub("", plain(declared)).split())
            and ((own := TITLES.match(plain(declared))) is None or (own["title"] in WOMEN) == is_woman)
        }
        return keys.pop() if len(keys) == 1 else None

    def _known(self, name: str) -> str | None:
        key = self._key(name)
        return self._aliases.get(key) or self._by_parts(name) or self._short(name)

    def _find(self, name: str, role: Role, key: str | None = None) -> _Speaker:
        return self._speakers.setdefault(key or fold(name), _Speaker(_as_shown(name, role), role))

    def find(
        self, text: str, *, in_bullet: bool, after_time: bool = False, has_text_below: bool = True
    ) -> Label | None:
        """Find the label of a line: the first way to read it that counts.

        Args:
            text: from the first character that may belong to a label.
            in_bullet: a bullet stands before it.
            after_time: a time stamp stands before it.
            has_text_below: a line of text follows, which a name on a line of its own needs.
        """
        for label in self._read(text, after_time=after_time):
            if label.form is Form.ALONE and not has_text_below:
                continue
            if self.accepts(label, in_bullet=in_bullet):
                return label
        return None

    def accepts(self, label: Label, *, in_bullet: bool) -> bool:
        """Tell whether a label is that of a speaker."""
        key = self._key(label.name)
        if label.form in (Form.BARE, Form.COMMA):
            return self._is_form_used(label.form)
        if label.is_nobody:
            # "iemand zegt:" alone, among lines without labels, begins no turn that goes on below it.
            is_alone = _SOMEBODY.fullmatch(label.name) is not None and self._seen[key] < 2 and not self._speakers
            if is_alone and not self._is_talk(in_bullets=in_bullet, is_lower=False):
                return False
            return label.form in (Form.COLON, Form.TIMED) or self._is_form_used(label.form)
        if label.role and label.form is Form.COLON:
            return True
        if self._known(label.name) or key in self._marked:
            is_single = len(key) == 1 and label.form in (Form.ALONE, Form.DASH, Form.GAP)
            return not is_single or self._is_form_used(label.form)
        if label.sure:
            return self._accepts_code(key) and (
                label.form in (Form.COLON, Form.TIMED, Form.ALONE, Form.BRACKET, Form.BOLD)
                or self._seen[key] > 0
                or self._by_form[label.form][key] > 1
                or self._is_form_used(label.form)
            )
        return not is_no_name(label.name) and self._accepts_name(label, key, in_bullet=in_bullet)

    def _accepts_name(self, label: Label, key: str, *, in_bullet: bool) -> bool:
        """Tell whether a name that is no code and that nobody declared is a label here."""
        if label.form is Form.GAP and _ONE_LETTER.fullmatch(label.name):
            return False
        if pair := PAIR.fullmatch(label.name):
            sides = [pair["one"], pair["other"]]
            known = [self._known(side) or self._seen[self._key(side)] for side in sides]
            return label.form in (Form.COLON, Form.TAIL, Form.BRACKET) and (
                all(known) or all(SURE.fullmatch(side) for side in sides)
            )
        if label.form is Form.COLON and TITLES.match(plain(label.name)):
            return True
        if label.form in (Form.SAID, Form.SPOKEN):
            return label.form is Form.SAID or self._is_form_used(label.form)
        if label.form is Form.QUOTED:
            # Behind the closing mark of a quotation stands who is quoted; before the opening one, a title may as well.
            is_name = " " in label.name if label.tail else is_given(label.name)
            return is_name or self._by_form[Form.QUOTED][key] > 1
        is_lower = label.name[:1].islower() and not TITLES.match(plain(label.name))
        if label.form is Form.TIMED:
            return True
        if label.form is Form.COLON:
            if in_bullet:
                return (
                    self._in_bullets[key] + self._seen[key] >= 2
                    and self._is_talk(in_bullets=True, is_lower=is_lower)
                    or (not is_lower and self._is_talk(in_bullets=True, is_lower=False))
                )
            returns = self._seen[key] >= 2 and (len(self._seen) >= 2 or key in ASKS)
            if is_lower:
                return returns and self._is_talk(in_bullets=False, is_lower=True)
            return returns or self._is_talk(in_bullets=False, is_lower=False)
        is_short = label.form is Form.DOT and INITIALS.fullmatch(label.name.upper()) is not None
        return (not is_lower or is_short) and (
            (self._seen[key] > 1 and label.form is not Form.DOT) or self._is_form_used(label.form)
        )

    def _accepts_code(self, key: str) -> bool:
        """Refuse codes of another kind than those that the header declares."""
        code = re.fullmatch(r"([a-z]+)\d+", key)
        foreign = code and not re.fullmatch(rf"{PERSON}|spk|speaker", code[1])
        return not (foreign and self._codes and code and code[1] not in self._codes and code[1] not in set(Role))

    def _is_talk(self, *, in_bullets: bool, is_lower: bool) -> bool:
        key = ("talk", in_bullets, is_lower)
        if key not in self._judged:
            self._judged[key] = self._judge_talk(in_bullets=in_bullets, is_lower=is_lower)
        return self._judged[key]

    def _judge_talk(self, *, in_bullets: bool, is_lower: bool) -> bool:
        """Tell whether nearly all lines, or bullets, of the talk bear a label, so that one name may come once."""
        counts = self._in_bullets if in_bullets else self._seen
        keys = {key for key in counts if not is_no_name(self._spelled.get(key, key))}
        if not is_lower:
            keys = {key for key in keys if key in self._sure or not self._spelled.get(key, key)[:1].islower()}
        n_lines = self._n_bullets if in_bullets else self._n_plain
        n_labelled = sum(counts[key] for key in keys)
        if len(keys) < 2 or n_labelled < MIN_LABELLED_SHARE * n_lines:
            return False
        certain = [
            key
            for key in keys
            if key in self._sure or self._aliases.get(key) or counts[key] > 1 or is_given(self._spelled.get(key, key))
        ]
        return len(certain) * 3 >= len(keys)

    def _is_form_used(self, form: Form) -> bool:
        if form not in self._judged:
            self._judged[form] = self._judge_form(form)
        return self._judged[form]

    @property
    def are_spoken_of(self) -> bool:
        """Whether each remark begins with who says it, as in dictation: what does not is nobody's."""
        return self._is_form_used(Form.SPOKEN)

    def _judge_form(self, form: Form) -> bool:
        """Tell whether the session sets labels off in this way: several lines, several people, some of them often."""
        if form is Form.BARE:
            return self._begin_with_names()
        counts = {key: n for key, n in self._by_form[form].items() if not is_no_name(self._spelled.get(key, key))}
        n = sum(counts.values())
        if form is Form.COMMA:
            # Many a sentence begins with a word and a comma.
            n_given = sum(n for key, n in counts.items() if self._known(key) or is_given(self._spelled.get(key, key)))
            return 1 < len(counts) < n and n_given * 2 >= n >= max(MIN_FORM_LINES, MIN_BARE_SHARE * len(self._texts))
        known = sum(n for key, n in counts.items() if key in self._sure or self._known(self._spelled.get(key, key)))
        if form is Form.ALONE and not known:
            certain = sum(v > 1 or is_given(self._spelled.get(key, key)) for key, v in counts.items())
            returns = n >= MIN_FORM_LINES and n > len(counts)
            return len(counts) >= 2 and (certain == len(counts) or (returns and certain * 2 >= len(counts)))
        enough = n >= MIN_FORM_SHARE * (self._n_plain + self._n_bullets)
        is_repeated = n >= MIN_FORM_LINES and len(counts) >= 2 and max(counts.values(), default=0) >= 2
        return (enough and is_repeated and n > len(counts)) or (known >= 2 and known * 2 >= n)

    def _begin_with_names(self) -> bool:
        """Tell whether nearly all lines begin with a declared name, and do not say what that person does."""
        labels = [next(self._read_bare(text), None) for text in self._texts]
        first = next((i for i, label in enumerate(labels) if label), 0)
        found = [(label.name, text[label.length :]) for label, text in zip(labels, self._texts, strict=True) if label]
        n_reported = sum(_TELLS.match(remark) is not None for _, remark in found)
        is_enough = len(found) > MIN_FORM_LINES and len(found) >= MIN_BARE_SHARE * len(labels[first:])
        return is_enough and 1 < len({name for name, _ in found}) < len(found) and n_reported <= MAX_TOLD * len(found)

    def resolve(self, label: Label) -> tuple[str, Role] | None:
        """Say whose label it is, and keep its spelling.

        Returns:
            The speaker, spelling unified, and the role; None where the label says that nobody knows.
        """
        if label.is_nobody:
            return None
        pair = PAIR.fullmatch(label.name)
        if pair and not self._known(label.name) and (both := self._both(pair)):
            speaker = self._find(both, Role.DEELNEMER)
            speaker.spellings[label.name] += 1
            return speaker.speaker, speaker.role
        key = self._known(label.name) or self._key(label.name)
        role = label.role or next((Role(r) for r in Role if key.rstrip("0123456789") == str(r)), Role.DEELNEMER)
        known = key in self._speakers or key.rstrip("0123456789") in set(Role)
        speaker = self._find(key, role, key) if known else self._find(label.name, role, key)
        speaker.spellings[label.name] += 1
        if fold(label.name) != fold(speaker.speaker) and speaker.role is Role.DEELNEMER:
            # The notes write another name in full: both are theirs.
            speaker.spellings[speaker.speaker] += 0
        speaker.organisation = speaker.organisation or label.organisation
        return speaker.speaker, speaker.role

    def _both(self, pair: "re.Match[str]") -> str | None:
        """Name the two people of a label such as ``KV/LB`` in full; None where one of them is not known."""
        keys = [self._known(pair[side]) for side in ("one", "other")]
        return "/".join(self._speakers[key].speaker for key in keys if key in self._speakers) if all(keys) else None

    def answers(self, words: Collection[str]) -> list[str]:
        """Give which of some words stand as labels before turns, where at most one other label does."""
        keys = [key for key, n in self._seen.items() if n > 1]
        return [key for key in keys if key in words] if len(keys) <= 2 else []

    def is_aside(self, word: str) -> bool:
        """Tell whether a word names, by a name or a role, somebody who leads or reports and bears no label here."""
        key = self._aliases.get(fold(word)) or self._by_parts(word)
        named = word[:1].isupper() or key is not None
        return named and key in set(Role) and not self._seen[fold(word)]

    def has_labelled_lead(self, texts: Iterable[str]) -> bool:
        """Tell whether whoever leads the talk has turns of their own."""
        labels = (self.find(text, in_bullet=False) for text in texts)
        return any(
            label.role is Role.GESPREKSLEIDER
            or self._known(label.name) == Role.GESPREKSLEIDER
            or fold(label.name).rstrip("0123456789") == Role.GESPREKSLEIDER
            for label in labels
            if label
        )

    @property
    def has_lead(self) -> bool:
        """Whether the notes themselves say who leads the talk."""
        return any(speaker.role is Role.GESPREKSLEIDER for speaker in self._speakers.values())

    def lead(self, name: str) -> None:
        """Give a speaker the role of who leads the talk."""
        for speaker in self._speakers.values():
            if speaker.speaker == name:
                speaker.role = Role.GESPREKSLEIDER

    def rows(self, session: str) -> list[dict[str, object]]:
        """Give the rows of ``speakers``."""
        return [
            {
                "session": session,
                "speaker": speaker.speaker,
                "role": str(speaker.role),
                "organisation": self._without_names(speaker.organisation),
                "spellings": sorted(speaker.spellings) or [speaker.speaker],
            }
            for speaker in self._speakers.values()
            if speaker.is_listed or speaker.spellings
        ]

    def _without_names(self, organisation: str | None) -> str | None:
        """Leave out of an organisation what is another participant, as in ``Luc, Jef akkoord``."""
        names = {fold(name) for each in self._speakers.values() for name in (each.speaker, *each.spellings)}
        parts = [(part, _A_NAME.match(part)) for part in re.split(r",\s*", organisation or "")]
        kept = [
            part for part, found in parts if not found or not (fold(found["name"]) in names or is_given(found["name"]))
        ]
        return ", ".join(kept) or None


_A_NAME = re.compile(r"(?P<name>[A-ZÀ-Þ][a-zà-ÿ'’-]+(?:\s[A-ZÀ-Þ][\w'’-]+)?)(?:\s+[a-zà-ÿ]+)?(?:\s*\([^()]*\))?$")


def _named_in_headings(lines: Sequence[Line]) -> set[str]:
    """Find the names that head what each person said: nearly all other headings of their level are names, too."""
    is_by_person = any(_BY_PERSON.search(line.text) for line in lines)
    by_level: dict[float, list[str | None]] = defaultdict(list)
    for heading in (read_heading(line.text, after_blank=False) for line in lines if line.text.startswith(("#", "**"))):
        if heading and not (heading.hat or heading.section or heading.announces_hat):
            label = next((each for each in read_labels(heading.title) if each.form is Form.ALONE), None)
            is_named = label is not None and not is_no_name(label.name)
            by_level[heading.level].append(label.name if label and is_named else None)
    found: set[str] = set()
    for names in by_level.values():
        named = [name for name in names if name]
        given = [name for name in named if is_given(name)]
        if len(set(named)) > 1 and len(named) * 4 >= len(names) * 3 and (is_by_person or len(given) * 2 >= len(named)):
            found |= {fold(name) for name in named}
    return found


_BY_PERSON = re.compile(r"\bper (?:persoon|deelnemer|deelneemster|spreker|naam)\b", re.IGNORECASE)


def is_given(name: str) -> bool:
    """Tell whether a name bears a title or holds a first name that is no other word."""
    lists = read_gazetteers()
    is_titled = TITLES.match(plain(name)) is not None
    return is_titled or any(lists.given.get(word.capitalize()) is False for word in re.split(r"[\s-]", name))


_SOMEBODY = re.compile(r"(?:iemand|someone|quelqu['’]un)\b.*", re.IGNORECASE)


def _hat_length(text: str, rest: str) -> int:
    """Count the characters of a line up to what follows the name of a hat; 0 where it begins with none."""
    heading = read_heading(text, after_blank=False)
    if heading and heading.hat and heading.length < len(text):
        return heading.length
    tag = read_hat_tag(rest)
    return len(text) - len(rest) + tag[0] if tag else 0


def _ranked_initials(name: str) -> list[str]:
    found = initials_of(name)
    # The first letters of a single name give way to the initials of a full one.
    return found if len(TITLES.sub("", plain(name)).split()) > 1 else ["", *found]


def _has_text_below(lines: Sequence[Line], i: int) -> bool:
    below = text_below(lines, i)
    return bool(below) and not below.startswith("#")


def _as_shown(name: str, role: Role) -> str:
    key = fold(name)
    if role is not Role.DEELNEMER and key.rstrip("0123456789") in set(Role):
        return key.capitalize()
    is_code = re.fullmatch(r"[a-z]{1,3}\d{1,2}", key) and not re.fullmatch(rf"(?:{PERSON})\s+\d+", name, re.IGNORECASE)
    return key.upper() if is_code or re.fullmatch(r"d\d{1,2}", key) else " ".join(name.split())
