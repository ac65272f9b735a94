"""Texts of what people decided and of what became of themes since last time, in Dutch and English."""

DECISION_WORDS: dict[str, tuple[str, str]] = {
    "section.decisions": ("Beslissingen", "Decisions"),
    "one.decision": ("{n} beslissing", "{n} decision"),
    "many.decision": ("{n} beslissingen", "{n} decisions"),
    "decisions.lead": (
        "Wat mensen over de thema’s beslisten. Bij elke run wordt het opnieuw uitgevoerd, ook als er gesprekken "
        "bij komen; niets verdwijnt stil.",
        "What people decided of the themes. At every run it is carried out again, also when sessions are added; "
        "nothing is lost in silence.",
    ),
    "decisions.none": (
        "Niemand besliste nog iets over deze thema’s: ze zijn zoals de machine ze vond. Hernoemen, samenvoegen, "
        "splitsen, weglaten, verplaatsen of vastzetten kan met dialoogtafel decide.",
        "Nobody decided anything of these themes yet: they are as the machine found them. To rename, merge, split, "
        "drop, move or pin: dialoogtafel decide.",
    ),
    "decisions.caption": ("Beslissingen, in volgorde", "Decisions, in order"),
    "decisions.unmatched": (
        "{n} kon deze keer niet worden uitgevoerd. Kijk of ze nog nodig is, of neem ze terug met dialoogtafel decide.",
        "{n} could not be carried out this time. See whether it is still needed, or undo it: dialoogtafel decide.",
    ),
    "decisions.helped": (
        "In de overeenstemming staat ‘machine (na wat mensen beslisten)’ daarom apart van de machine alleen.",
        "In the agreement ‘machine (after people decided)’ therefore stands apart from the machine alone.",
    ),
    "column.who": ("wie", "who"),
    "column.when": ("wanneer", "when"),
    "column.what": ("wat", "what"),
    "column.effect": ("gevolg", "effect"),
    "decided.rename": ("{themes} heet “{name}”", "{themes} is called “{name}”"),
    "decided.merge": ("{others} gevoegd bij {themes}", "{others} merged into {themes}"),
    "decided.merge_named": (
        "{others} gevoegd bij {themes}, als “{name}”", "{others} merged into {themes}, as “{name}”",
    ),
    "decided.split_into": ("{themes} gesplitst in {into} delen", "{themes} split into {into} parts"),
    "decided.split_off": ("{fragments} afgesplitst van {themes}", "{fragments} split off from {themes}"),
    "decided.split_named": (
        "{fragments} afgesplitst van {themes}, als “{name}”", "{fragments} split off from {themes}, as “{name}”",
    ),
    "decided.drop": ("{themes} weggelaten", "{themes} dropped"),
    "decided.move": ("{fragments} verplaatst naar {themes}", "{fragments} moved to {themes}"),
    "decided.pin": ("{themes} vastgezet met {fragments}", "{themes} pinned with {fragments}"),
    "decided.pin_fragments": ("{fragments} vormen samen een thema", "{fragments} form a theme"),
    "decided.pin_named": ("{fragments} vormen het thema “{name}”", "{fragments} form the theme “{name}”"),
    "decided.undo": ("{undoes} teruggenomen", "{undoes} undone"),
    "effect.applied": ("uitgevoerd", "carried out"),
    "effect.partly": ("deels uitgevoerd", "carried out in part"),
    "effect.unmatched": ("niet uitgevoerd", "not carried out"),
    "effect.undone": ("teruggenomen", "undone"),
    "effect.now": ("{effect}: {fragments}, nu {themes}", "{effect}: {fragments}, now {themes}"),
    "effect.fragments": ("{effect}: {fragments}", "{effect}: {fragments}"),
    "theme.decided": ("Beslist", "Decided"),
    "theme.topics": ("Topics", "Topics"),
    "theme.from_topics": ("in deze run {topics} van de machine", "in this run {topics} of the machine"),
    "dropped": ("weggelaten door mensen", "dropped by people"),
    "finding.decided": (
        "Mensen hielpen: {decisions} over de thema’s.", "People helped: {decisions} on the themes.",
    ),
    "against.decided": (
        "De thema’s staan hier na wat mensen beslisten; de cijfers van de machine alleen staan in report.xlsx.",
        "The themes are shown after what people decided; the figures of the machine alone are in report.xlsx.",
    ),
    "drift.title": ("Tegenover de vorige generatie", "Beside the previous generation"),
    "drift.lead": (
        "Een thema houdt zijn nummer zolang het grotendeels dezelfde fragmenten draagt. De vorige generatie was "
        "gemaakt van andere notities of instellingen, of met een andere versie.",
        "A theme keeps its number as long as it holds largely the same fragments. The previous generation was made of "
        "other notes or settings, or by another version.",
    ),
    "drift.counted": (
        "{same} gelijk gebleven, {shifted} verschoven, {new} nieuw, {gone} verdwenen.",
        "{same} stayed the same, {shifted} shifted, {new} new, {gone} gone.",
    ),
    "drift.caption": ("Wat er van elk thema werd", "What became of each theme"),
    "drift.note": (
        "Nieuw: zat toen niet in de notities. Erbij en eraf: stond toen in, of staat nu in, een ander thema of geen.",
        "New: not in the notes then. In and out: stood then, or stands now, in another theme or none.",
    ),
    "drift.state.new": ("nieuw", "new"),
    "drift.state.gone": ("verdwenen", "gone"),
    "drift.state.shifted": ("verschoven", "shifted"),
    "drift.state.same": ("gelijk", "same"),
    "drift.was": ("eerst “{label}”", "was “{label}”"),
    "column.before": ("toen", "then"),
    "column.now": ("nu", "now"),
    "column.new": ("nieuw", "new"),
    "column.in": ("erbij", "in"),
    "column.out": ("eraf", "out"),
    "column.gone": ("weg", "gone"),
    "column.state": ("staat", "state"),
    "method.decided": (
        "Mensen namen {decisions} over de thema’s; ze staan in decisions.yaml en worden bij elke run in volgorde "
        "uitgevoerd. Een beslissing vindt haar thema terug aan fragmenten die het toen het best toonden (meer dan de "
        "helft moet samen staan), anders aan het dichtste middelpunt (cosinus van minstens {cosine}).",
        "People took {decisions} on the themes; they are kept in decisions.yaml and carried out in order at every run. "
        "A decision finds its theme by fragments that showed it best then (more than half must be together), else by "
        "the nearest centre (a cosine of at least {cosine}).",
    ),
}  # fmt: skip

REASONS_NL: tuple[tuple[str, str], ...] = (
    (r"(\S+) found by (\d+) of its (\d+) anchors", r"\1 herkend aan \2 van zijn \3 ankers"),
    (r"(\S+) found as the nearest theme \(cosine ([-\d.]+)\):", r"\1 herkend als het dichtste thema (cosinus \2):"),
    (r"(\d+) of its (\d+) anchors are still there, at most (\d+) together",
     r"\1 van zijn \2 ankers zijn er nog, hoogstens \3 samen"),
    (r", and nothing else tells where it went", ", en niets anders zegt waar het bleef"),
    (r"the nearest theme is not near \(cosine ([-\d.]+)\)", r"het dichtste thema ligt niet dichtbij (cosinus \1)"),
    (r"its fragments were dropped by", "zijn fragmenten werden weggelaten door"),
    (r"undone by (\S+)", r"teruggenomen door \1"),
    (r"(\S+) does not hold any more", r"\1 geldt niet meer"),
    (r"they lie in one theme already", "ze zitten al in één thema"),
    (r"the fragments are the whole theme: there is nothing to split off",
     "de fragmenten zijn het hele thema: er valt niets af te splitsen"),
    (r"(\d+) of its (\d+) fragments are not in this theme", r"\1 van de \2 fragmenten zitten niet in dit thema"),
    (r"(\d+) of its (\d+) fragments are not there any more", r"\1 van de \2 fragmenten zijn er niet meer"),
    (r"only (\d+) parts can be told apart", r"er zijn maar \1 delen te onderscheiden"),
    (r"made anew of its fragments", "opnieuw gemaakt van zijn fragmenten"),
    (r"no theme bears this name now: a later decision gave another, or dropped it",
     "geen thema draagt deze naam nu: een latere beslissing gaf een andere, of liet het weg"),
)  # fmt: skip
"""Reasons of the table ``decisions_applied``, and how they are said in Dutch."""
