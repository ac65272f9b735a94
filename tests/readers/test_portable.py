import html
import io
import os
import signal
import sys

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph
from written_notes import used

from pipeline.core.errors import InputError
from pipeline.readers import read_text
from pipeline.readers.documents import pdf as portable
from pipeline.readers.documents.pdf import load

PLAIN = ParagraphStyle("plain", fontName="Helvetica", fontSize=10, leading=13, spaceAfter=6)


@pytest.fixture
def draw(tmp_path):
    """Write a PDF with a function that draws on a canvas, and read it."""

    def run(function, **options):
        path = tmp_path / "tafel.pdf"
        canvas = Canvas(str(path), pagesize=A4, invariant=True, **options)
        function(canvas)
        canvas.save()
        return load(path, "tafel.pdf")

    return run


def write(canvas, lines, *, x=60, y=780, size=10, step=13, font="Helvetica"):
    canvas.setFont(font, size)
    for line in lines:
        canvas.drawString(x, y, line)
        y -= step
    return y


def test_columns_are_read_one_after_the_other_under_what_crosses_them(tmp_path):
    words = [
        f"D{n % 3 + 1}: remark {n} goes on for a while so that it fills more than a line of its column"
        for n in range(16)
    ]
    path = tmp_path / "kolommen.pdf"
    frames = [Frame(50, 400, 240, 300, id="a"), Frame(310, 400, 240, 300, id="b")]

    def title(canvas, _):
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(50, 740, "Dialoogtafel 4 - een titel die over beide kolommen heen loopt")

    document = BaseDocTemplate(str(path), pagesize=A4, invariant=True)
    document.addPageTemplates(PageTemplate(frames=frames, onPage=title))
    document.build([Paragraph(html.escape(word), PLAIN) for word in words])
    lines = [line for line in load(path, "kolommen.pdf").text.split("\n") if line]
    assert lines == ["# Dialoogtafel 4 - een titel die over beide kolommen heen loopt", *words]


def test_words_broken_over_lines_keep_their_break_for_the_reader(draw):
    text = draw(
        lambda canvas: write(canvas, ["D1: wij zien dat de vrijwilligers en de mantel-", "zorgers samen komen."])
    ).text
    assert text == "D1: wij zien dat de vrijwilligers en de mantel-\nzorgers samen komen.\n"


def test_bullets_of_any_glyph_and_their_hanging_lines(draw):
    def page(canvas):
        write(canvas, ["Zwarte hoed"], font="Helvetica-Bold", size=13)
        items = [
            ("•", "een punt dat lang genoeg is om door"),
            ("", "te lopen op een tweede regel van"),
            ("-", "een ander punt"),
            ("o", "nog een punt"),
        ]
        for at, (mark, line) in enumerate(items):
            write(canvas, [mark], x=60, y=750 - 13 * at)
            write(canvas, [line], x=74, y=750 - 13 * at)

    assert draw(page).text == (
        "# Zwarte hoed\n\n- een punt dat lang genoeg is om door te lopen op een tweede regel van\n- een ander punt\n"
        "- nog een punt\n"
    )


def test_raised_figures_go_only_where_they_are_notes(draw):
    def page(canvas):
        text = canvas.beginText(60, 780)
        for part, raised in [
            ("D1: het feest", 0),
            ("1", 1),
            (" was op 40 m", 0),
            ("2", 1),
            (" gras en er was veel volk.", 0),
        ]:
            text.setFont("Helvetica", 6 if raised else 10)
            text.setRise(4 if raised else 0)
            text.textOut(part)
        canvas.drawText(text)
        write(canvas, ["1 Dat was in 2019."], y=60, size=8)

    assert draw(page).text == (
        "D1: het feest was op 40 m2 gras en er was veel volk.\n\n____________________\n[1] Dat was in 2019.\n"
    )


def test_speaker_and_text_in_a_table_over_two_pages(draw):
    def page(canvas):
        write(canvas, ["D1", "", "D2"], y=100, step=13)
        write(canvas, ["wij komen elke week met zijn tweeën en wij blijven", "een uur", "ik kom later"], x=140, y=100)
        canvas.showPage()
        write(canvas, ["D3", "D1"])
        write(canvas, ["ik blijf thuis", "dat is jammer"], x=140)

    said = "wij komen elke week met zijn tweeën en wij blijven"
    assert draw(page).text == f"D1: {said} een uur\nD2: ik kom later\nD3: ik blijf thuis\nD1: dat is jammer\n\n"


def test_a_heading_that_opens_pages_is_no_running_head(draw):
    def pages(canvas):
        for number, said in enumerate(["de trap", "de sleutel", "het schrift", "de kat"]):
            write(canvas, ["Tafel Noord - verslag"], y=820, size=8)
            write(canvas, ["Knelpunten", f"D1: {said} aan deze tafel"], y=790)
            write(canvas, [f"Pagina {number + 1} van 4"], x=260, y=30, size=8)
            canvas.showPage()

    source = draw(pages)
    assert "Tafel Noord" not in source.text
    assert "Pagina" not in source.text
    assert source.text.count("Knelpunten\nD1: ") == 4
    assert source.notices[0].message == "8 running heads, feet and page numbers are left out"


def test_bullets_and_labels_at_the_top_of_every_page_are_no_running_heads(draw):
    def pages(canvas):
        for said in ("de trap is te steil", "de sleutel is weg", "het schrift is vol", "de kat is ziek"):
            write(canvas, ["•", "D1:"], y=800)
            write(canvas, [f"{said} aan de overkant", f"{said} bij ons"], x=90, y=800)
            canvas.showPage()

    source = draw(pages)
    assert (source.text.count("- "), source.text.count("D1: ")) == (4, 4)
    assert source.notices == ()


def test_places_are_pages(draw):
    def pages(canvas):
        write(canvas, ["D1: een"])
        canvas.showPage()
        canvas.showPage()
        write(canvas, ["D2: twee"])

    source = draw(pages)
    assert [(place.label, source.text[place.start :][:2]) for place in source.places] == [
        ("p. 1", "D1"),
        ("p. 3", "D2"),
    ]
    assert any("1 pages hold no text" in notice.message for notice in source.notices)


def scan(canvas):
    from PIL import Image

    picture = io.BytesIO()
    Image.new("L", (40, 40), 128).save(picture, "PNG")
    picture.seek(0)
    canvas.drawImage(ImageReader(picture), 60, 60, 400, 600)


def test_a_scan_says_that_it_needs_text_recognition(draw):
    with pytest.raises(InputError, match=r"pictures, as of a scan. Run text recognition \(OCR\)"):
        draw(scan)


def test_a_locked_file_says_so_and_one_without_password_to_open_is_read(draw):
    from reportlab.lib.pdfencrypt import StandardEncryption

    with pytest.raises(InputError, match="is locked with a password"):
        draw(lambda canvas: write(canvas, ["D1: geheim"]), encrypt=StandardEncryption("slot", "baas"))
    opened = draw(lambda canvas: write(canvas, ["D1: geheim"]), encrypt=StandardEncryption("", "baas", canPrint=0))
    assert opened.text == "D1: geheim\n"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "is empty"),
        (b"D1: gewone tekst", "no PDF"),
        (b"PK\x03\x04", "ZIP archive"),
        (b"%PDF-1.7", "damaged"),
        (b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF", "damaged"),
    ],
)
def test_what_is_no_pdf_is_one_error(tmp_path, data, what):
    (tmp_path / "x.pdf").write_bytes(data)
    with pytest.raises(InputError, match=what):
        load(tmp_path / "x.pdf", "x.pdf")


@pytest.mark.skipif(not hasattr(signal, "SIGPROF"), reason="needs alarms of the operating system")
@pytest.mark.parametrize(
    ("script", "what"),
    [
        ("import signal; signal.setitimer(signal.ITIMER_PROF, 0.1)\nwhile True: pass", "takes too long"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "more memory"),
        ('print(\'{"error": "memory"}\')', "more memory"),
        ('print(\'{"error": "long"}\')', "more pages or characters"),
    ],
)
def test_the_end_of_the_drawing_process_is_an_answer(tmp_path, monkeypatch, script, what):
    (tmp_path / "tekenaar.py").write_text(script)
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.7 D1: geheim")
    monkeypatch.setattr(portable, "_SCRIPT", tmp_path / "tekenaar.py")
    with pytest.raises(InputError, match=what):
        load(tmp_path / "x.pdf", "x.pdf")


@pytest.mark.skipif(sys.platform != "linux" or os.name != "posix", reason="memory is limited on Linux only")
def test_a_stream_that_unpacks_to_gigabytes_ends_in_one_error(tmp_path):
    import zlib

    packer = zlib.compressobj(1)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    # After a full flush, a block stands on its own and may be repeated as it is.
    block = packer.compress(bytes(10_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    stream = head + block * 200
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    body = b"%PDF-1.7\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, part) for n, part in enumerate(parts, start=1))
    (tmp_path / "x.pdf").write_bytes(body + b"trailer << /Root 1 0 R /Size 5 >>\n%%EOF")
    with pytest.raises(InputError, match="more memory|damaged|too long"):
        load(tmp_path / "x.pdf", "x.pdf")


def test_names_to_the_right_below_remarks_in_two_columns_are_no_third_column(draw):
    def newsletter(canvas):
        remarks = (
            ("Witte hoed", "De harmonie telt dertig leden en", "zeven van hen zijn jonger dan", "twintig.", "Stan"),
            ("Zwarte hoed", "De zaal is elke dinsdag bezet", "door de turnkring en wij staan", "buiten.", "Jet"),
            ("Gele hoed", "Wij spelen op elk feest van de", "straat en iedereen kent ons", "deuntje.", "Noor"),
            ("Rode hoed", "Als de trom begint krijg ik nog", "altijd kippenvel, na al die lange", "jaren.", "Stan"),
        )
        for column, (x, y) in enumerate(((60, 780), (330, 774))):
            canvas.setFont("Helvetica", 10)
            for head, first, second, third, who in remarks[column * 2 : column * 2 + 2]:
                for line in (head, first, second, third):
                    canvas.drawString(x, y, line)
                    y -= 12
                canvas.drawRightString(x + 150, y, f"– {who}")
                y -= 17

    assert [(who, hat, said) for who, hat, said in used(read_text(draw(newsletter)))] == [
        ("Stan", "wit", "De harmonie telt dertig leden en zeven van hen zijn jonger dan twintig."),
        ("Jet", "zwart", "De zaal is elke dinsdag bezet door de turnkring en wij staan buiten."),
        ("Noor", "geel", "Wij spelen op elk feest van de straat en iedereen kent ons deuntje."),
        ("Stan", "rood", "Als de trom begint krijg ik nog altijd kippenvel, na al die lange jaren."),
    ]


def test_a_narrow_table_is_no_two_columns_of_text(draw):
    things = ("oven", "kast", "spoelbak", "tafel", "koelkast")
    said = ("De {} is van 1990, en hij", "wordt niet hersteld, want een", "{} is duur, en zo blijft het", "met die {}.")
    rows = [(f"medewerker {n % 3 + 1}", hat) for n, hat in enumerate(("wit", "wit", "zwart", "rood", "rood"))]

    def narrow(canvas):
        for _ in range(2):
            canvas.setFont("Helvetica-Bold", 11)
            for x, head in ((38, "Wie"), (123, "Hoed"), (173, "Inbreng")):
                canvas.drawString(x, 780, head)
            canvas.setFont("Helvetica", 11)
            y = 760
            for (who, hat), thing in zip(rows, things, strict=True):
                canvas.drawString(38, y, who)
                canvas.drawString(123, y, hat)
                y = write(canvas, [line.format(thing) for line in said], x=173, y=y, size=11, step=14) - 6
            canvas.showPage()

    found = used(read_text(draw(narrow)))
    assert {(who, hat) for who, hat, _ in found} == set(rows)


@pytest.mark.skipif(not hasattr(signal, "SIGPROF"), reason="needs alarms of the operating system")
def test_a_process_that_waits_for_the_processor_is_not_stopped(tmp_path, monkeypatch):
    (tmp_path / "tekenaar.py").write_text(
        "import json, signal, time\n"
        "from importlib.util import module_from_spec, spec_from_file_location\n"
        f"spec = spec_from_file_location('glyphs', {portable._SCRIPT.as_posix()!r})\n"
        "glyphs = module_from_spec(spec)\nspec.loader.exec_module(glyphs)\n"
        "glyphs._allow(0.2)\ntime.sleep(1)\nprint(json.dumps({'error': 'locked'}))\n"
    )
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.7")
    monkeypatch.setattr(portable, "_SCRIPT", tmp_path / "tekenaar.py")
    with pytest.raises(InputError, match="locked with a password"):
        load(tmp_path / "x.pdf", "x.pdf")
