"""The stages in the order of the data, each with what it reads and writes. Written once; all else reads this tuple."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, TypeAlias

from pipeline.core.study import MEMORY_FILE

ModelRole: TypeAlias = Literal["tagger", "encoder", "engine", "language_model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One step: a pure function of tables, or a function of the study where it reads or writes other files.

    Attributes:
        name: as shown on screen and in receipts.
        function: ``module:function``; imported only when the stage runs. It takes the tables in order, then ``config``
            and the model by keyword; with ``given``, it takes the study and a mapping of the tables.
        inputs: tables it takes, by name, in this order.
        outputs: tables it writes; no other stage writes them.
        given: what else of the study it reads, by the names of ``pipeline.run.plan``.
        files: files of the study folder that it writes beside its tables.
        section: the section of the configuration it receives, if any.
        model: the loaded model it receives, if any.
        checks_input: whether it finds mistakes of the user, and so runs before anything is written.
        keeps: whether it takes what it found before by keyword ``kept``, so that only what is new is worked out.
        in_shards: whether it takes by keyword ``shards`` where a part of its work, on single fragments, may be done.
        per_fragment: whether every fragment is worked on by itself, so that fragments may be dealt over machines.
        meaning: one line for README and ``dialoogtafel stages``.
    """

    name: str
    function: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    given: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    section: str | None = None
    model: ModelRole | None = None
    checks_input: bool = False
    keeps: bool = False
    in_shards: bool = False
    per_fragment: bool = False
    meaning: str

    @property
    def module(self) -> str:
        """The module of its function."""
        return self.function.partition(":")[0]

    def load(self) -> Callable[..., Any]:
        """Import the function of this stage."""
        module, _, name = self.function.partition(":")
        loaded: Callable[..., Any] = getattr(import_module(module), name)
        return loaded


_ANALYSIS: tuple[Stage, ...] = (
    Stage(
        name="ingest",
        function="pipeline.run.steps:read_notes",
        inputs=(),
        given=("sources", "codebook", "codings", "key", "columns"),
        checks_input=True,
        outputs=(
            "sources",
            "sessions",
            "speakers",
            "utterances",
            "attributes",
            "codebook",
            "given_codings",
            "implied_codings",
            "memos",
            "fixed_fragments",
            "version_changes",
        ),
        meaning="reads the sources, the codebook and the manual codings",
    ),
    Stage(
        name="decisions",
        function="pipeline.run.steps:read_decisions",
        inputs=(),
        given=("decisions", "previous"),
        checks_input=True,
        outputs=("decisions", "decision_themes", "previous_themes", "standing_topics", "standing_parts"),
        meaning="reads what people decided of the themes, and which topics and themes stand from an earlier run",
    ),
    Stage(
        name="fragments",
        function="pipeline.corpus.fragments:cut",
        inputs=("utterances", "fixed_fragments"),
        outputs=("fragments",),
        checks_input=True,
        section="fragments",
        meaning="cuts utterances into units of analysis and says which are used",
    ),
    Stage(
        name="manual",
        function="pipeline.corpus.matching:match",
        inputs=("given_codings", "utterances", "fragments", "codebook"),
        outputs=("human_codings", "seen", "coding_matches"),
        checks_input=True,
        meaning="finds the fragments that the manual codings speak of",
    ),
    Stage(
        name="tokens",
        function="pipeline.analysis.tokens:tokenize",
        inputs=("fragments",),
        outputs=("tokens",),
        model="tagger",
        per_fragment=True,
        meaning="words, lemmas and sentences",
    ),
    Stage(
        name="embeddings",
        function="pipeline.analysis.embeddings:embed",
        inputs=("fragments",),
        outputs=("embeddings",),
        section="embeddings",
        model="encoder",
        per_fragment=True,
        meaning="a vector for every fragment",
    ),
    Stage(
        name="topics",
        function="pipeline.analysis.topics.stage:find_topics",
        inputs=("fragments", "tokens", "embeddings", "standing_topics"),
        outputs=("topics", "topic_assignments", "subtopics", "topic_mentions", "topic_numbers", "proposed_topics"),
        section="topics",
        model="engine",
        meaning="topics and their parts, with those of an earlier run first, and a refit that is proposed",
    ),
    Stage(
        name="themes",
        function="pipeline.analysis.themes.stage:settle",
        inputs=(
            "fragments",
            "tokens",
            "embeddings",
            "topics",
            "topic_assignments",
            "decisions",
            "decision_themes",
            "previous_themes",
            "standing_parts",
        ),
        outputs=("themes", "theme_assignments", "decisions_applied", "theme_drift", "theme_parts"),
        section="topics",
        meaning="themes: the topics after what people decided, with ids that last over runs",
    ),
    Stage(
        name="memory",
        function="pipeline.run.steps:remember_themes",
        inputs=(
            "topics",
            "themes",
            "theme_assignments",
            "theme_parts",
            "embeddings",
            "decision_themes",
            "previous_themes",
            "standing_topics",
        ),
        given=("basis",),
        outputs=(),
        files=(MEMORY_FILE,),
        meaning="keeps topics and themes for later runs, so that they stand",
    ),
    Stage(
        name="guided",
        function="pipeline.analysis.codebook.guided:guide",
        inputs=("fragments", "tokens", "embeddings", "codebook", "topic_assignments"),
        outputs=("guided_codings", "codebook_scores", "beyond_codebook"),
        section="guided",
        model="encoder",
        meaning="themes of the codebook by what the codebook says of them, and what it has no code for",
    ),
    Stage(
        name="taught",
        function="pipeline.analysis.codebook.taught:teach",
        inputs=("fragments", "tokens", "embeddings", "codebook", "codebook_scores", "human_codings"),
        outputs=("taught_codings",),
        section="taught",
        keeps=True,
        meaning="themes of the codebook after what people coded, never in the same session or statement",
    ),
    Stage(
        name="stances",
        function="pipeline.analysis.stances.stage:judge",
        inputs=("fragments", "tokens", "embeddings", "human_codings", "seen"),
        outputs=("stances", "hat_sentiments", "hat_conflicts"),
        section="stances",
        keeps=True,
        in_shards=True,
        model="encoder",
        meaning="hat, sentiment and polarity of every fragment",
    ),
    Stage(
        name="prompted",
        function="pipeline.analysis.prompted.stage:code_by_prompts",
        inputs=("fragments", "embeddings", "codebook", "codebook_scores", "human_codings", "seen"),
        outputs=("prompted_codings", "prompted_evidence", "prompted_abstentions"),
        section="prompted",
        model="language_model",
        meaning="codes by a language model on this machine, where one is set, with the words that show them",
    ),
    Stage(
        name="machine",
        function="pipeline.analysis.codings:code",
        inputs=(
            "fragments",
            "topic_mentions",
            "theme_assignments",
            "decisions_applied",
            "guided_codings",
            "taught_codings",
            "stances",
            "prompted_codings",
        ),
        outputs=("machine_codings",),
        meaning="what the machine says, as a coder among coders",
    ),
    Stage(
        name="codings",
        function="pipeline.analysis.codings:unite",
        inputs=("human_codings", "machine_codings"),
        outputs=("codings",),
        meaning="all codings, human and machine",
    ),
    Stage(
        name="sampling",
        function="pipeline.run.steps:read_sampling",
        inputs=(),
        given=("sampling",),
        checks_input=True,
        outputs=("sampling",),
        meaning="reads how the fragments of a kit were drawn, and which ones were chosen",
    ),
    Stage(
        name="agreement",
        function="pipeline.agreement.comparison.stage:compare",
        inputs=("codings", "seen", "fragments", "codebook", "topic_assignments"),
        outputs=("agreement", "crosstabs"),
        section="agreement",
        keeps=True,
        meaning="how far coders agree, with interval and chance level",
    ),
    Stage(
        name="diagnosis",
        function="pipeline.agreement.diagnosis.stage:diagnose",
        inputs=("codings", "seen", "fragments", "codebook", "topic_assignments", "embeddings", "tokens", "sampling"),
        outputs=(
            "levels",
            "bands",
            "annotator_tests",
            "kappa_differences",
            "topic_codes",
            "code_diagnoses",
            "topic_diagnoses",
            "suggested_merges",
            "hat_bridge",
            "near_misses",
            "polarity_differences",
            "learning_curve",
            "learning_gains",
            "theme_stability",
            "corrected_frequencies",
        ),
        section="diagnosis",
        keeps=True,
        meaning="where coders differ, what the topics miss, and what more coding would bring",
    ),
    Stage(
        name="questions",
        function="pipeline.questions.stage:ask",
        inputs=("fragments", "tokens", "embeddings", "codings", "seen", "codebook", "sessions"),
        outputs=(
            "theme_profiles",
            "theme_counts",
            "theme_subthemes",
            "theme_quotes",
            "saturation",
            "cooccurrence",
            "knelpunten",
            "answers",
            "theme_answers",
            "perspectives",
        ),
        section="questions",
        keeps=True,
        meaning="who carries a theme, what shows it, what answers it, what it meets, and when it was full",
    ),
    Stage(
        name="understanding",
        function="pipeline.corpus.understanding:assess",
        inputs=("sources", "speakers", "fragments", "coding_matches"),
        outputs=("understanding",),
        meaning="what was understood of the notes and codings, and what would improve it most",
    ),
)
REPORT_FILES = ("report.html", "annex.html", "report.xlsx", "explorer.html")

STAGES: tuple[Stage, ...] = (
    *_ANALYSIS,
    Stage(
        name="report",
        function="pipeline.run.steps:write_report",
        inputs=tuple(table for stage in _ANALYSIS for table in stage.outputs),
        outputs=("notices",),
        given=("notices", "settings", "earlier"),
        files=REPORT_FILES,
        meaning="four pages, an annex, a workbook, and every fragment to filter and read",
    ),
)


def _downstream(*tables: str) -> tuple[str, ...]:
    """Name the stages that depend on tables, directly or not, with the stages that write them."""
    changed, names = set(tables), []
    for stage in STAGES:
        if changed & set(stage.outputs) and not stage.inputs:
            names.append(stage.name)
        elif changed & set(stage.inputs):
            names.append(stage.name)
            changed |= set(stage.outputs)
    return tuple(names)


JOBS: Mapping[str, tuple[str, ...]] = {
    "analyse": tuple(stage.name for stage in STAGES),
    "compare": _downstream("given_codings", "decisions", "decision_themes", "standing_topics", "sampling"),
}
"""Which stages each job runs, in order."""


def get_stage(name: str) -> Stage:
    """Find a stage by name.

    Raises:
        KeyError: there is no such stage.

    >>> get_stage("tokens").outputs
    ('tokens',)
    """
    for stage in STAGES:
        if stage.name == name:
            return stage
    raise KeyError(name)
