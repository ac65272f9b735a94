"""The invented session of ``same_session`` in the formats of talk with times and of tables.

A sheet carries all of it. Captions and speech recognition know no header, notes or bullets: they carry ``TALK``, the
turns with a speaker, where each turn is split over cues, cues overlap and one is repeated.
"""

import csv
import json
from pathlib import Path

from same_session import LINES

STEM = "tafel-21"
HATS = {"Witte hoed": "wit", "Zwarte hoed": "zwart", "Gele hoed": "geel", "Groene hoed": "groen", "Rode hoed": "rood"}
MODERATOR = "Gespreksleider"
ORGANISATIONS = {"D1": "Warm Portaal", "D3": "vzw De Lantaarn"}


def _rows() -> list[dict[str, str]]:
    rows, hat, kind, speaker = [], "", "", ""
    for shape, text in LINES[LINES.index(("heading", "Individuele notities")) :]:
        if shape == "heading":
            hat, kind = HATS.get(text, ""), "notitie" if text.startswith("Individuele") else ""
            speaker = ""
            if text == "Afronding":
                rows.append({"Soort": "kop", "Wie": "", "Hoed": "", "Wat werd er gezegd": text})
            continue
        worn = hat
        if shape == "line":
            speaker, text = text.split(": ", 1)
        if kind:
            speaker, worn = speaker.removesuffix(")").split(" (")
        # What stands below "bewoners zeggen" is of nobody in particular.
        rows.append({"Soort": kind, "Wie": speaker, "Hoed": worn, "Wat werd er gezegd": text})
    return [
        {
            "Nr": str(i),
            "Sessie": STEM,
            "Datum": "14/05/2024",
            "Plaats": "refter van de oude kantschool, Moerschaar",
            "Rol": "gespreksleider" if row["Wie"] == MODERATOR else "",
            "Organisatie": ORGANISATIONS.get(row["Wie"], ""),
            **row,
        }
        for i, row in enumerate(rows, start=1)
    ]


ROWS = _rows()


def write_csv(path: Path) -> None:
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.DictWriter(file, ROWS[0], delimiter=";")
        writer.writeheader()
        writer.writerows(ROWS)


def write_workbook(path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Blad1"
    sheet.append(["Verslag van de tafel in Moerschaar"])
    sheet.append([])
    sheet.append(list(ROWS[0]))
    for row in ROWS:
        sheet.append([value or None for value in row.values()])
    hidden = book.create_sheet("klad")
    hidden.append(["Uitspraak"])
    hidden.append(["dit blad is verborgen en telt niet mee"])
    hidden.sheet_state = "hidden"
    book.create_sheet("Lijst").append(["code", "label"])
    book.save(path)


def _talk() -> list[tuple[str | None, str]]:
    talk: list[tuple[str | None, str]] = []
    for shape, text in LINES[LINES.index(("heading", "Witte hoed")) :]:
        if shape == "heading":
            talk.append((None, text))
        elif shape == "line":
            speaker, said = text.split(": ", 1)
            talk.append((speaker, said))
    return talk


TALK = _talk()


def write_lines(path: Path) -> None:
    """Write ``TALK`` as plain text: what captions are compared with."""
    lines = [f"\n## {text}" if speaker is None else f"{speaker}: {text}" for speaker, text in TALK]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def cues() -> list[tuple[float, float, str | None, str]]:
    """Split every turn in cues of at most seven words, of which the times touch; the first cue of each is repeated."""
    made, at = [], 3.0
    for speaker, text in TALK:
        words = text.split()
        for i in range(0, len(words), 7):
            part = " ".join(words[i : i + 7])
            made.append((at, at + 2.5, speaker, part))
            if i == 0 and len(words) > 3:
                made.append((at + 0.1, at + 2.5, speaker, part))
            at += 2.5
    return made


def _stamp(seconds: float, mark: str) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}{mark}{round(seconds % 1 * 1000):03d}"


def write_teams(path: Path) -> None:
    blocks = ["WEBVTT", "NOTE\nDatum: 14 mei 2024\nPlaats: refter van de oude kantschool, Moerschaar"]
    for i, (start, end, speaker, text) in enumerate(cues()):
        said = f"<v {speaker}>{text}</v>" if speaker else text
        blocks.append(f"5f8e2c1a-03/{i}-0\n{_stamp(start, '.')} --> {_stamp(end, '.')}\n{said}")
    path.write_bytes(("\r\n\r\n".join(block.replace("\n", "\r\n") for block in blocks)).encode("utf-8-sig"))


def write_zoom(path: Path) -> None:
    blocks = []
    for i, (start, end, speaker, text) in enumerate(cues(), start=1):
        said = f"{speaker}: {text}" if speaker else text
        blocks.append(f"{i}\n{_stamp(start, ',')} --> {_stamp(end, ',')}\n{said}\n")
    path.write_text("\n".join(blocks), encoding="utf-8")


def write_recognised(path: Path) -> None:
    segments = [
        {"id": i, "start": start, "end": end, "text": f" {text}"} | ({"speaker": speaker} if speaker else {})
        for i, (start, end, speaker, text) in enumerate(cues())
    ]
    path.write_text(json.dumps({"text": "", "segments": segments, "language": "nl"}), encoding="utf-8")


SHEETS = {".csv": write_csv, ".xlsx": write_workbook}
TIMED = {".vtt": write_teams, ".srt": write_zoom, ".json": write_recognised}
