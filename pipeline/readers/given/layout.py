"""Finds out how a table of codings is laid out: where its headers stand and what each column holds.

Columns are found by their headers in Dutch, French, English and German, then by what is in them. A column for each
scheme, a code a row, a column for each coder, a column for each code with a cross in it: all of these are read.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

from pipeline.core.vocabulary import Scheme
from pipeline.readers.given.codebook import MAX_HEADER, ROLES, SCHEMES, SPEAKER_WORDS, fold_heading, shown_header
from pipeline.readers.given.mapping import FileMapping
from pipeline.readers.notes.hats import find_hat
from pipeline.readers.qda_codes import read_polarity, read_value
from pipeline.readers.sheets.cells import fold_header, mean_words
from pipeline.readers.sheets.columns import HEADER_ROWS, LONG_WORDS, MIN_SHARE, Cells
from pipeline.readers.sheets.workbooks import SheetRows
from pipeline.readers.words import read_words
from pipeline.text.languages import read_gazetteers
from pipeline.text.normalisation import fold_name, letters_only

Rows: TypeAlias = Sequence[tuple[int, Cells]]

CROSSES = frozenset({"x", "xx", "1", "0", "ja", "nee", "neen", "yes", "no", "oui", "non", "nein", "v", "✓", "✔", "☑",
                     "true", "false", "waar", "onwaar", "o", "•", "*"})  # fmt: skip
NO_CROSSES = frozenset({"", "0", "nee", "neen", "no", "non", "nein", "false", "onwaar", "-"})


_WEAK = frozenset({"code", "codes", "kode", "categorie", "category", "categorieën", "label", "labels", "tag", "tags"})
_BETWEEN = re.compile(r"[\s:–—|(/_.-]+(?:(?:van|door|by|par|von)\s+)?", re.IGNORECASE)
"""What stands between the word for a scheme and the name of a coder in a header."""
MIN_FOUND = 0.5
SHORT_WORDS, MIN_REMARKS, MIN_DISTINCT = 2.5, 5, 0.9
MAX_CODERS = 6
SHORT_SHARE = 0.75
MAX_CODE_WORDS = 6


@dataclass(frozen=True, slots=True)
class CodeColumn:
    """A column with codes.

    Attributes:
        index: from 0.
        scheme: of its codes.
        coder: whose codes; empty where another column or the file says so.
        code: the code that a cross stands for; empty where the cells name codes.
    """

    index: int
    scheme: str
    coder: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """How one sheet is laid out.

    Attributes:
        sheet: the sheet.
        head: position of the row with headers among its rows; -1 where it has none.
        places: role of a column that is no code to its index.
        codes: the columns with codes.
        memos: indices of columns with remarks of the coder.
        unused: headers of columns that are not used.
        guessed: roles of columns that were found by what is in them.
        n_named: how many columns have a role by their header.
    """

    sheet: SheetRows
    head: int
    places: Mapping[str, int]
    codes: tuple[CodeColumn, ...]
    memos: tuple[int, ...] = ()
    unused: tuple[str, ...] = ()
    guessed: frozenset[str] = frozenset()
    n_named: int = 0

    @property
    def headers(self) -> Cells:
        """The cells of the row with headers; empty ones where there is none."""
        return self.sheet.rows[self.head][1] if self.head >= 0 else ()

    @property
    def rows(self) -> Rows:
        """The rows below the headers."""
        return self.sheet.rows[self.head + 1 :]

    @property
    def title(self) -> str:
        """What stands above a table that is one of several on its sheet, else the name of the sheet."""
        above = [cell for _, cells in self.sheet.rows[: max(self.head, 0)] for cell in cells if cell]
        return " ".join(above[-1].split()) if self.sheet.table and above else self.sheet.title

    def header(self, index: int) -> str:
        """Give the header of a column on one line; its letter where it has none."""
        return shown_header(self.headers, index)


class Texts:
    """What the notes say, without blanks and signs, by session: to know a quote when it is seen."""

    def __init__(self, load: Callable[[], Mapping[str, str]] = dict) -> None:
        """Keep how to gather the texts, which is done when they are first asked for.

        Args:
            load: gives session to its text, as `letters_only` makes it.
        """
        self._load = load

    @cached_property
    def by_session(self) -> Mapping[str, str]:
        """Session to its text."""
        return self._load()

    def holds(self, quote: str, session: str | None = None) -> bool:
        """Tell whether a quote stands in the notes, whole or as far as it is not cut off."""
        key = letters_only(quote)
        searched = self.by_session.values() if session is None else [self.by_session.get(session, "")]
        return len(key) >= _SHORTEST and any(key in text for text in searched)


_SHORTEST = 8


def find_layout(
    sheet: SheetRows, given: FileMapping, *, texts: Texts, codes: Mapping[str, Iterable[str]]
) -> Layout | None:
    """Find out how a sheet is laid out.

    Args:
        sheet: its filled rows.
        given: what a person said of the file, which wins.
        texts: what the notes say.
        codes: scheme to the codes that are known.

    Returns:
        Its layout; None where it holds no codings that can be understood.
    """
    # A row that quotes the notes is no row of headers: its words would be shown as names of columns.
    heads = [head for head in range(min(HEADER_ROWS, len(sheet.rows))) if not _quotes(sheet.rows[head][1], texts)]
    tried = [_lay_out(sheet, head, given, texts, codes) for head in heads]
    # Below the first full row, which stands above the data, only words that are known make a row one of headers.
    top = _first_full_row(sheet.rows)
    found = [
        each for each in tried
        if each is not None and each.rows and (each.head == top or each.n_named > 1 or given.columns)
    ]  # fmt: skip
    # Of two rows that could be the headers, that which names most of the columns; the upper one of two alike.
    best = max(found, key=lambda layout: (layout.n_named, -layout.head), default=None)
    if best is not None and (best.n_named or given.columns or {"quote", "coder"} <= set(best.places)):
        return best
    # Without a header that is known the notes must show which column holds texts, and whether the first row is one.
    bare = _lay_out(sheet, -1, given, texts, codes) if texts.by_session else None
    if best is None or not texts.by_session:
        return bare
    first = best.sheet.rows[best.head][1]
    place = best.places.get("quote", len(first))
    return bare if bare is not None and place < len(first) and texts.holds(first[place]) else best


def _first_full_row(rows: Rows) -> int:
    """Find the first row that fills more than half as many columns as the fullest one; titles above it fill fewer."""
    widths = [sum(bool(cell.strip()) for cell in cells) for _, cells in rows]
    return next((i for i, width in enumerate(widths) if width * 2 > max(widths)), 0)


def _quotes(cells: Cells, texts: Texts) -> bool:
    return any(len(cell.split()) >= LONG_WORDS and texts.holds(cell) for cell in cells)


def _lay_out(
    sheet: SheetRows, head: int, given: FileMapping, texts: Texts, codes: Mapping[str, Iterable[str]]
) -> Layout | None:
    headers = sheet.rows[head][1] if head >= 0 else ()
    below = [cells for _, cells in sheet.rows[head + 1 :]]
    width = max((len(cells) for _, cells in sheet.rows), default=0)
    columns = {i: [cells[i].strip() for cells in below if i < len(cells) and cells[i].strip()] for i in range(width)}
    finder = _Finder(headers, columns, texts, codes)
    if given.columns:
        finder.take_given(given.columns)
    else:
        finder.by_header()
    n_named = len(finder.places) + len(finder.codes) + len(finder.memos)
    if not given.columns:
        finder.by_content()
    if not finder.codes or not ({"quote", "unit"} & set(finder.places) or "char_end" in finder.places):
        return None
    if "scheme" in finder.places and not any(column.scheme == Scheme.THEME for column in finder.codes):
        return None
    used = {*finder.places.values(), *finder.memos, *(column.index for column in finder.codes), *finder.left}
    unused = tuple(shown_header(headers, i) for i, cells in columns.items() if i not in used and cells)
    return Layout(
        sheet, head, finder.places, tuple(finder.codes), tuple(finder.memos), unused, frozenset(finder.guessed),
        n_named,
    )  # fmt: skip


class _Finder:
    """Finds the role of each column."""

    def __init__(
        self, headers: Cells, columns: Mapping[int, list[str]], texts: Texts, codes: Mapping[str, Iterable[str]]
    ) -> None:
        self._headers, self._columns, self._texts = headers, columns, texts
        self._known = {scheme: {fold_name(code) for code in found} for scheme, found in codes.items()}
        self.places: dict[str, int] = {}
        self.codes: list[CodeColumn] = []
        self.memos: list[int] = []
        self.left: list[int] = []
        self.guessed: set[str] = set()

    def take_given(self, given: Mapping[str, tuple[str, ...]]) -> None:
        """Take the columns that a person named."""
        known = {fold_heading(header): i for i, header in reversed([*enumerate(self._headers)])}
        known |= {
            fold_header(f"kolom {i + 1}"): i
            for i in self._columns
            if shown_header(self._headers, i) == f"kolom {i + 1}"
        }
        for role, headers in given.items():
            for header in headers:
                index = known.get(fold_heading(header))
                if index is None:
                    continue
                if role in SCHEMES:
                    cells = self._columns.get(index, [])
                    crossed = bool(cells) and all(cell.casefold() in CROSSES for cell in cells)
                    coder = self._role_of(self._header(index))[1]
                    self.codes.append(CodeColumn(index, role, coder, self._header(index) if crossed else ""))
                elif role == "memo":
                    self.memos.append(index)
                else:
                    self.places[role] = index
        plain = [c.index for c in self.codes if c.scheme == Scheme.THEME and not (c.coder or c.code)]
        coders = self._share_codes([i for i in plain if self._role_of(self._header(i)) == ("", "")])
        self.codes = [replace(c, coder=self._header(c.index)) if c.index in coders else c for c in self.codes]
        self._settle_coders()

    def _header(self, index: int) -> str:
        return self._headers[index].strip() if index < len(self._headers) else ""

    def by_header(self) -> None:
        """Find columns by the words above them."""
        for i in range(len(self._headers)):
            header = " ".join(self._header(i).split())
            role, coder = self._role_of(header) if 0 < len(header) <= MAX_HEADER else ("", "")
            if role in SCHEMES:
                self.codes.append(CodeColumn(i, role, coder))
            elif role == "memo":
                self.memos.append(i)
            elif role == "number" or (role and role in self.places):
                self.left.append(i)
            elif role:
                self.places[role] = i
        self._settle_levels()
        self._settle_coders()
        if "scheme" in self.places:
            return
        if "quote" not in self.places and not {"unit", "char_end"} & set(self.places) and self.memos:
            # Where nothing else is a text, what is called a remark may be what was said.
            longest = max(self.memos, key=lambda i: mean_words(self._columns.get(i, ())))
            if mean_words(self._columns.get(longest, ())) >= LONG_WORDS:
                self.memos.remove(longest)
                self.places["quote"] = longest

    def _role_of(self, header: str) -> tuple[str, str]:
        """Give the role that a header names, and the coder that it names with it."""
        scheme, coder = split_coder(header)
        if coder:
            return scheme, coder
        folded = fold_heading(header)
        if folded in ROLES:
            return ROLES[folded], ""
        bare = _bare(header)
        if fold_header(bare) in ROLES and bare != header:
            return ROLES[fold_header(bare)], ""
        # A header of several words is of the role that one of them names: "Thema (An)", "Citaat deelnemer".
        parts = [part for part in re.split(r"[^\w'’/+-]+", header) if part]
        roles = [(part, ROLES[fold_header(part)]) for part in parts if fold_header(part) in ROLES]
        if schemes := [role for _, role in roles if role in SCHEMES]:
            return schemes[0], ""
        return (roles[0][1], "") if roles and len(parts) <= 5 else ("", "")

    def _settle_levels(self) -> None:
        """Where a theme has a column, a column called *code* holds what lies below it, and a category is above it."""
        themes = [column for column in self.codes if column.scheme == Scheme.THEME]
        words = {column.index: fold_header(self._header(column.index)) for column in themes}
        has_subthemes = any(column.scheme == Scheme.SUBTHEME for column in self.codes)
        above = [column for column in themes if words[column.index].startswith(("categor", "kategor", "catégor"))]
        weak = [column for column in themes if any(words[column.index].startswith(each) for each in _WEAK)]
        strong = [column for column in themes if column not in (*above, *weak)]
        plain = [column for column in themes if column not in strong and column not in above]
        for column in plain if (strong or (above and not strong)) and not has_subthemes else ():
            self.codes[self.codes.index(column)] = CodeColumn(column.index, str(Scheme.SUBTHEME), column.coder)
        for column in above if strong else ():
            self.codes.remove(column)

    def _settle_coders(self) -> None:
        """A word beside that for a scheme names a coder only where columns of a scheme or of a coder differ by it."""
        whose, schemes = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
        for column in self.codes:
            if column.coder:
                whose[column.scheme].add(fold_name(column.coder))
                schemes[fold_name(column.coder)].add(column.scheme)
        self.codes = [
            column
            if len(whose[column.scheme]) > 1 or len(schemes[fold_name(column.coder)]) > 1
            else replace(column, coder="")
            for column in self.codes
        ]

    def by_content(self) -> None:
        """Find columns that no header gives, by what is in them."""
        if not {"quote", "unit"} & set(self.places) and "char_end" not in self.places:
            self._find_quotes()
        self._find_crosses()
        tests: Mapping[str, Callable[[str], bool]] = {
            str(Scheme.POLARITY): lambda cell: bool(read_polarity(cell)),
            str(Scheme.HAT): lambda cell: find_hat(re.sub(r"\s*hoed$", "", cell, flags=re.IGNORECASE)) is not None,
            str(Scheme.SENTIMENT): lambda cell: read_value(Scheme.SENTIMENT, cell) is not None,
        }
        for scheme, test in tests.items():
            for i in self._free():
                has_it = any(column.scheme == scheme for column in self.codes)
                cells = self._columns[i]
                if scheme == Scheme.POLARITY and "+" in cells:
                    # A dash is a sign where a plus stands beside it, else an empty cell.
                    cells = [cell for cell in cells if cell != "-"]
                if not has_it and cells and _share(cells, test) >= MIN_SHARE:
                    self._take_codes(i, scheme)
        if "coder" not in self.places and not any(column.coder for column in self.codes):
            self._find_coder()
        if not any(column.scheme in (Scheme.THEME, Scheme.SUBTHEME) for column in self.codes):
            self._find_themes()

    def _free(self) -> list[int]:
        used = {*self.places.values(), *self.memos, *self.left, *(column.index for column in self.codes)}
        return [i for i in self._columns if i not in used]

    def _take_codes(self, index: int, scheme: str) -> None:
        self.codes.append(CodeColumn(index, scheme))
        self.guessed.add(scheme)

    def _find_quotes(self) -> None:
        free = [i for i in self._free() if self._columns[i]]
        shares = {i: _share(self._columns[i], self._texts.holds) for i in free} if self._texts.by_session else {}
        best = max(shares, key=lambda i: (shares[i], -i), default=None)
        if best is None or shares[best] < MIN_FOUND:
            lengths = sorted(((mean_words(self._columns[i]), -i) for i in free), reverse=True)
            second = lengths[1][0] if len(lengths) > 1 else 0.0
            longest = self._columns[-lengths[0][1]] if lengths else []
            # Short remarks, as "parking duur", are texts where hardly one returns.
            differ = len(longest) >= MIN_REMARKS and len(set(map(fold_name, longest))) >= MIN_DISTINCT * len(longest)
            is_long = bool(lengths) and lengths[0][0] >= (SHORT_WORDS if differ else LONG_WORDS)
            best = -lengths[0][1] if is_long and lengths[0][0] >= 2 * second else None
        if best is not None:
            self.places["quote"] = best
            self.guessed.add("quote")

    def _find_coder(self) -> None:
        """Take the column of a few names or initials that its header lists, or that are first names."""
        given = read_gazetteers().given
        for i in self._free():
            counts = Counter(self._columns[i])
            few = 1 < len(counts) <= MAX_CODERS and sum(counts.values()) >= 2 * len(counts)
            if not few or not all(_WHO.fullmatch(name) for name in counts):
                continue
            is_listed = sum(name in re.findall(r"\w+", self._header(i)) for name in counts) > 1
            if is_listed or (
                fold_header(self._header(i)) not in SPEAKER_WORDS and all(name in given for name in counts)
            ):
                self.places["coder"] = i
                self.guessed.add("coder")
                return

    def _find_crosses(self) -> None:
        """Take columns in which nothing but crosses stands for the code above them; two such columns at least."""
        crossed = [
            i for i in self._free()
            if self._header(i) and self._columns[i] and all(cell.casefold() in CROSSES for cell in self._columns[i])
        ]  # fmt: skip
        if len(crossed) < 2:
            return
        for i in crossed:
            value = read_polarity(self._header(i))
            scheme = str(Scheme.POLARITY) if len(value) == 1 else str(Scheme.THEME)
            self.codes.append(CodeColumn(i, scheme, code=value[0] if len(value) == 1 else self._header(i)))
            self.guessed.add(scheme)

    def _find_themes(self) -> None:
        """Take the columns of coders, else the one of which the cells are known codes, or whose few values return."""
        if coders := self._share_codes(self._free()):
            self.codes += [CodeColumn(i, str(Scheme.THEME), self._header(i)) for i in coders]
            self.guessed.add(str(Scheme.THEME))
            return
        known = self._known.get(str(Scheme.THEME), set()) | self._known.get(str(Scheme.SUBTHEME), set())
        free = [i for i in self._free() if self._columns[i]]
        shares = {i: _share(self._columns[i], lambda cell: fold_name(cell) in known) for i in free} if known else {}
        best = max(shares, key=lambda i: (shares[i], -i), default=None)
        if best is not None and shares[best] >= MIN_FOUND:
            self._take_codes(best, str(Scheme.THEME))
            return
        for i in free:
            values = Counter(fold_name(part) for cell in self._columns[i] for part in re.split(r"[\n;]| / ", cell))
            # Single words beside a text return less in a short sheet.
            share = (
                SHORT_SHARE if self._headers and "quote" in self.places and mean_words(self._columns[i]) < 2 else 0.5
            )
            few = len(values) <= max(2, sum(values.values()) * share)
            few = few and fold_header(self._header(i)) not in SPEAKER_WORDS
            if few and mean_words(self._columns[i]) <= MAX_CODE_WORDS and any(c.isalpha() for c in "".join(values)):
                # "over wat (1)" and "over wat (2)" hold the same.
                for each in free:
                    if each == i or (_bare(self._header(each)) == _bare(self._header(i)) != self._header(i)):
                        self._take_codes(each, str(Scheme.THEME))
                return

    def _share_codes(self, columns: Iterable[int]) -> list[int]:
        """Give the columns that are headed by a name and share half of their codes with another one."""
        values = {
            i: {fold_name(cell) for cell in self._columns.get(i, ()) if any(c.isalpha() for c in cell)}
            for i in columns
            if _NAME.fullmatch(self._header(i)) and mean_words(self._columns.get(i, ())) <= MAX_CODE_WORDS
        }
        return [
            i
            for i, codes in values.items()
            if any(
                i != j and len(codes & other) >= max(2, min(len(codes), len(other)) / 2) for j, other in values.items()
            )
        ]


_NAME = re.compile(r"[^\W\d_][\w.'’-]*(?:\s[\w.'’-]+){0,2}")
_WHO = re.compile(r"[A-ZÀ-Þ][\w'’-]*\.?(?:\s[A-ZÀ-Þ][\w'’-]*\.?)?")


def split_coder(header: str) -> tuple[str, str]:
    """Read a header that joins the word for a scheme and a coder: the scheme and the coder; empty where it does not.

    >>> split_coder("Griet: kans / knelpunt"), split_coder("Thema (S)"), split_coder("Thema(s)"), split_coder("Thema 2")
    (('polarity', 'Griet'), ('theme', 'S'), ('', ''), ('', ''))
    >>> split_coder("+/- Sofie"), split_coder("Hoofd thema")
    (('polarity', 'Sofie'), ('', ''))
    """
    is_whole = fold_heading(header) in ROLES
    found: list[tuple[int, str, str]] = []
    for between in (*_BETWEEN.finditer(header), *re.finditer(r"\s+", header)):
        sides = header[: between.start()].strip("([ "), header[between.end() :].strip(")] ")
        for word, who in (sides, sides[::-1]):
            role = ROLES.get(fold_heading(word), "")
            if role in SCHEMES and _is_coder(who) and (not is_whole or _INITIALS.fullmatch(who)):
                found.append((len(word), role, who))
    return max(found)[1:] if found else ("", "")


def _is_coder(name: str) -> bool:
    """Tell whether words may be the name or the initials of a coder: none of them heads a column of another kind."""
    words = [fold_header(word) for word in re.findall(r"[\w'’-]+", name)]
    held = {ROLES.get(word, "coder") for word in words}
    return (
        not _NO_CODERS.intersection(words)
        and _NAME.fullmatch(name) is not None
        and held <= {"coder"}
        and ROLES.get(fold_heading(name), "coder") == "coder"
    )


_NO_CODERS = SPEAKER_WORDS | frozenset(read_words("sheet_words")["no_coders"])
_INITIALS = re.compile(r"[A-Z]{1,3}")


def _bare(header: str) -> str:
    """Give a header without the number that it ends in."""
    return re.sub(r"\s*(?:\(\d{1,2}\)|[-_. ]?\d{1,2})$", "", header)


def _share(cells: Sequence[str], test: Callable[[str], bool]) -> float:
    sample = cells[:: max(1, len(cells) // 200)]
    return sum(map(test, sample)) / len(sample)


def name_places(layout: Layout) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give each role of a layout with the headers of its columns, as ``mapping.toml`` writes them."""
    for role, index in layout.places.items():
        yield role, (layout.header(index),)
    schemes: dict[str, list[str]] = {}
    for column in layout.codes:
        schemes.setdefault(column.scheme, []).append(layout.header(column.index))
    yield from ((scheme, tuple(headers)) for scheme, headers in schemes.items())
    if layout.memos:
        yield "memo", tuple(layout.header(i) for i in layout.memos)
