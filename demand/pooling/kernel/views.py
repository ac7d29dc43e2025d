"""Texts as sparse matrices, one row a text, each showing another side of them.

Weights are measured within the set of texts at hand, so that a scorer fitted on one kind of goods means something on
another.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from demand.pooling.kernel.tokens import Parts, han_share, normal, split
from demand.reading.kernel.meaning import Vectors, encode

BLANK: Final = "∅"
"""Stands for a text without a sign, which would leave nothing to compare."""
LONGEST_MEANT: Final = 300
"""Signs of a text that are encoded; what is wanted stands near its beginning."""
STRETCHES: Final = (4, 6)
LEAST_COMPANY: Final = 5
PRIOR: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """Matrices of unit rows (``char``, ``word``, ``glued``, ``digit``), of inverse document frequencies
    (``*_weight``), and of zeros and ones (``quantity``, ``unit``, ``first``, ``said``). ``meaning`` are the rows of the
    multilingual encoder, ``han`` the shares of Chinese characters.

    ``telling`` weighs the columns of ``said``: how much a word narrows what stands around it. A model's name keeps
    certain company; a colour or ``unlocked`` keeps any.
    """

    parts: tuple[Parts, ...]
    bare: tuple[str, ...]
    char: Any
    word: Any
    glued: Any
    digit: Any
    word_weight: Any
    code_weight: Any
    model_weight: Any
    plain_weight: Any
    digit_weight: Any
    bigram_weight: Any
    quantity: Any
    unit: Any
    first: Any
    said: Any
    meaning: Vectors
    han: NDArray[np.float32]
    telling: NDArray[np.float64]
    rarity: NDArray[np.float64]


def views_of(texts: Sequence[str]) -> Views:
    """All views of these texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    parts = tuple(split(text) for text in texts)
    folded = [normal(text).strip() or BLANK for text in texts]
    bare = tuple("".join(sign for sign in text if sign.isalnum()) for text in folded)
    shape = {"analyzer": "char_wb", "ngram_range": (2, 4), "dtype": np.float32, "sublinear_tf": True}
    char = TfidfVectorizer(**shape).fit_transform(folded)
    glued = [" ".join(one.codes) for one in parts]
    word_weight, digit_weight = weigh([one.words for one in parts]), weigh([_stretches(text) for text in bare])
    said = weigh([one.words for one in parts], plain=True)
    telling, rarity = _telling(said)
    return Views(
        parts=parts,
        bare=bare,
        char=char,
        word=normalize(word_weight),
        glued=TfidfVectorizer(**shape).fit_transform(glued) if any(glued) else char[:, :0],
        digit=normalize(digit_weight),
        word_weight=word_weight,
        code_weight=weigh([one.codes for one in parts]),
        model_weight=weigh([one.models for one in parts]),
        plain_weight=weigh([one.plain for one in parts]),
        digit_weight=digit_weight,
        bigram_weight=weigh([list(zip(one.words, one.words[1:], strict=False)) for one in parts]),
        quantity=weigh([one.quantities for one in parts], plain=True),
        unit=weigh([[unit for unit, _ in one.quantities] for one in parts], plain=True),
        first=weigh([one.words[:1] for one in parts], plain=True),
        said=said,
        meaning=encode([text[:LONGEST_MEANT] for text in folded]),
        han=np.array([han_share(text) for text in bare], dtype=np.float32),
        telling=telling,
        rarity=rarity,
    )


def weigh(bags: Sequence[Sequence[Hashable]], *, plain: bool = False) -> Any:
    """Bags of parts as a 0/1 matrix, weighed by inverse document frequency (as a share of the largest) unless plain."""
    from scipy.sparse import csr_matrix

    place: dict[Hashable, int] = {}
    rows = [sorted({place.setdefault(part, len(place)) for part in bag}) for bag in bags]
    indptr = np.cumsum([0, *(len(row) for row in rows)])
    indices = np.array([index for row in rows for index in row], dtype=np.int64)
    frequency = np.bincount(indices, minlength=max(1, len(place)))
    weight = np.ones(len(frequency)) if plain else np.log((1 + len(bags)) / (1 + frequency)) / np.log(1 + len(bags))
    return csr_matrix((weight[indices].astype(np.float32), indices, indptr), shape=(len(bags), max(1, len(place))))


def _stretches(bare: str) -> list[str]:
    return [
        bare[start : start + length]
        for length in STRETCHES
        for start in range(len(bare) - length + 1)
        if any(sign.isdigit() for sign in bare[start : start + length])
    ]


def _telling(said: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each word: the Kullback–Leibler divergence of the company it keeps from anybody's (a share of the 95th
    percentile), and its inverse document frequency; 0 for words of one text, which no pair can share."""
    texts = said.shape[0]
    frequency = np.asarray(said.sum(axis=0)).reshape(-1).astype(np.float64)
    company = np.flatnonzero(frequency >= max(LEAST_COMPANY, 0.002 * texts))
    around = (said.T @ said[:, company]).tocoo()
    usual = frequency[company] / texts
    share = (around.data + PRIOR * usual[around.col]) / (frequency[around.row] + PRIOR)
    other = company[around.col] != around.row
    gained = np.maximum(share * np.log(share / usual[around.col]) * other, 0)
    total = np.bincount(around.row, weights=gained, minlength=len(frequency))
    words = np.bincount(around.row, weights=around.data, minlength=len(frequency)) / np.maximum(frequency, 1)
    told = np.where(frequency > 1, total / np.maximum(words, 1), 0)
    largest = float(np.quantile(told[frequency > 1], 0.95)) if (frequency > 1).any() else 1.0
    rarity = np.where(frequency > 1, np.log((1 + texts) / (1 + frequency)) / np.log(1 + texts), 0)
    return told / max(largest, 1e-6), rarity
