"""Tables as arrays, written once, with one answer to what is missing.

Rows stand in the order of the ids that are asked for. What a table does not hold is said and never invented: a mask for
vectors, -1 for codes, or an error where the caller needs all of them.
"""

import base64
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.core.errors import TableError

if TYPE_CHECKING:
    # The statistics need the types of arrays only, and start without pandas.
    import pandas as pd

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]


def stack_vectors(embeddings: "pd.DataFrame", fragment_ids: Sequence[str]) -> tuple[Floats, Mask]:
    """Give the vectors of fragments, and which of them have one.

    Args:
        embeddings: the table of that name.
        fragment_ids: n ids.

    Returns:
        Shape (n, d), zeros where a fragment has no vector; and shape (n,).

    >>> import pandas as pd
    >>> table = pd.DataFrame({"fragment_id": ["a", "b"], "vector": [np.ones(2), np.zeros(2)]})
    >>> vectors, known = stack_vectors(table, ["b", "c", "a"])
    >>> vectors.tolist(), known.tolist()
    ([[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]], [True, False, True])
    """
    given = embeddings["vector"].to_list()
    place = {fragment_id: i for i, fragment_id in enumerate(embeddings["fragment_id"])}
    rows = np.array([place.get(fragment_id, -1) for fragment_id in fragment_ids], dtype=np.int64)
    known: Mask = rows >= 0
    vectors = np.zeros((rows.size, len(given[0]) if given else 0))
    if known.any():
        vectors[known] = np.stack([given[i] for i in rows[known]])
    return vectors, known


def require_vectors(embeddings: "pd.DataFrame", fragment_ids: Sequence[str]) -> Floats:
    """Give the vectors of fragments that must have one, shape (n, d).

    Raises:
        TableError: a fragment has no vector.
    """
    vectors, known = stack_vectors(embeddings, fragment_ids)
    if not known.all():
        missing = int((~known).sum())
        raise TableError(f"table 'embeddings': {missing} used fragments have no vector; run the analysis with --force")
    return vectors


def labels_are_headings(fragments: "pd.DataFrame", codebook: "pd.DataFrame", schemes: Collection[str]) -> bool:
    """Tell whether most codes are headings of the document itself.

    Such a codebook was written over these fragments: who knows it finds them again, and does not code them blind.

    Args:
        fragments: the table of that name; its column ``heading_path`` is read.
        codebook: the table of that name; its column ``label`` is read.
        schemes: the schemes whose codes count.
    """
    headings = {heading.strip() for path in fragments["heading_path"] for heading in path}
    labels = codebook.loc[codebook["scheme"].isin(schemes), "label"].str.strip()
    return bool(headings) and 2 * int(labels.isin(headings).sum()) > len(labels)


def mark_members(labels: Sequence[str], answers: Sequence[Sequence[str] | None]) -> Mask:
    """Mark which codes each answer holds, shape (n, codes); all false where nobody answered, and for unknown codes.

    Args:
        labels: the codes.
        answers: the codes given to each of n fragments, None where nobody looked.

    >>> mark_members(["a", "b"], [["b"], None, []]).tolist()
    [[False, True], [False, False], [False, False]]
    """
    place: Mapping[str, int] = {label: i for i, label in enumerate(labels)}
    pairs = [(i, place[code]) for i, answer in enumerate(answers) for code in answer or () if code in place]
    marked = np.zeros((len(answers), len(place)), dtype=np.bool_)
    marked[[i for i, _ in pairs], [code for _, code in pairs]] = True
    return marked


def list_cells(table: "pd.DataFrame", *columns: str) -> list[list[str]]:
    """List the cells of columns as texts, for hashing; an absent one is empty.

    >>> import pandas as pd
    >>> list_cells(pd.DataFrame({"i": [1, 2], "pos": ["NOUN", None]}), "i", "pos")
    [['1', '2'], ['NOUN', '']]
    """
    return [table[name].astype("str").fillna("").tolist() for name in columns]


def pack_array(numbers: Floats) -> str:
    """Write the numbers of an array, exactly, as a text that JSON can hold; see `unpack_array`."""
    return base64.b64encode(np.asarray(numbers, dtype="<f8").tobytes()).decode()


def unpack_array(packed: str) -> Floats:
    """Read the numbers of an array, in one row.

    >>> unpack_array(pack_array(np.array([[0.1, np.nan]]))).tolist()
    [0.1, nan]
    """
    return np.frombuffer(base64.b64decode(packed), dtype="<f8").astype(np.float64)
