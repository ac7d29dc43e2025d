"""Pooling by words: parts of a text, groups, suggestions, scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from demand.pooling.kernel import words
from demand.pooling.kernel.features import FEATURES
from demand.pooling.kernel.pairs import candidates
from demand.pooling.kernel.scorer import Scorer
from demand.pooling.kernel.scores import score, settle
from demand.pooling.kernel.suggesting import Said, Suggestion, suggest
from demand.pooling.kernel.tokens import split
from demand.pooling.kernel.vague import vague

TITLES = [
    "bosch kgn34nw3ag fridge freezer",
    "bosch kgn34nw3ag frost free fridge freezer white",
    "bosch kgn34nw3ag series 2 60cm no frost fridge freezer",
    "samsung ue49nu7100 49 inch 4k smart tv",
    "samsung ue49nu7100 49 ultra hd hdr led tv",
    "samsung 49 inch nu7100 series 4k uhd tv ue49nu7100",
    "apple iphone 8 plus 64gb silver sim free",
]


def test_parts_of_a_title() -> None:
    parts = split("Samsung UE49-NU7100 49inch TV, 8 GB silver")
    assert parts.quantities == (("inch", "49"), ("gb", "8"))
    assert parts.codes == ("ue49nu7100",)
    assert "silver" not in parts.plain
    assert set(parts.models) == {"ue49", "nu7100"}


def test_chinese_is_split_into_pairs_of_signs() -> None:
    assert split("壁挂洗衣机 3公斤").words == ("壁挂", "挂洗", "洗衣", "衣机", "3kg")


def test_a_measure_is_found_without_spaces_and_in_chinese_units() -> None:
    assert split("3公斤壁挂洗衣机").quantities == split("washer of 3 kg").quantities == (("kg", "3"),)
    assert split("要55寸的电视").quantities == (("inch", "55"),)
    assert split("3kgs").quantities == ()


def test_the_same_product_meets_and_others_do_not() -> None:
    assert words.group(TITLES) == [0, 0, 0, 1, 1, 1, 2]


def test_the_same_thing_meets_in_other_words_and_in_another_language() -> None:
    """Things of no category that the scorer was fitted on."""
    wishes = [
        ("folding fishing chair with a rod holder, light", "chair"),
        ("折叠钓鱼椅，要带鱼竿架，轻一点", "chair"),
        ("釣魚用的折疊椅，有竿架", "chair"),
        ("digital piano with 88 weighted keys", "piano"),
        ("88键重锤电钢琴", "piano"),
        ("an electric piano, 88 keys, weighted", "piano"),
        ("something that feeds my fish while I am away", "feeder"),
        ("鱼缸自动喂食器", "feeder"),
        ("raincoat for a dog, reflective", "raincoat"),
        ("反光的宠物雨衣，给狗穿", "raincoat"),
    ]
    found = words.group([text for text, _ in wishes])
    assert len(set(found)) == len(set(zip(found, [thing for _, thing in wishes], strict=True))) == 4


def test_order_and_repetition_change_nothing() -> None:
    turned = words.group([*reversed(TITLES), TITLES[0]])
    assert turned[-1] == turned[-2]
    groups = dict(zip([*reversed(TITLES)], turned, strict=False))
    assert [groups[a] == groups[b] for a in TITLES for b in TITLES] == [
        a == b for a in words.group(TITLES) for b in words.group(TITLES)
    ]


def test_a_text_that_names_no_particular_thing_stands_alone_each_time() -> None:
    boxes = [f"oven {code} {extra}" for code in ("ab1234", "cd5678", "ef9012") for extra in ("", "white", "60cm")]
    found = words.group(["oven", *boxes, "oven", "oven ab1234 "])
    assert len({found[0], found[-2], *found[1:4]}) == 3
    assert found[-1] == found[1]
    assert vague(["oven", "oven a", "oven b", "oven c"], [0, 1, 2, 3]) == {0}
    assert vague(["oven", "oven a", "oven a b", "oven a c"], [0, 1, 1, 1]) == frozenset()


@pytest.mark.parametrize("texts", [[], ["one"], ["", ""], ["a", "!"], ["🙂", "🙂🙂"]])
def test_hardly_any_text_is_no_error(texts: list[str]) -> None:
    assert len(words.group(texts)) == len(texts)
    assert candidates(texts).features.shape[1] == FEATURES


def test_a_scorer_survives_the_file_it_is_kept_in(tmp_path: Path) -> None:
    words.shipped().save(tmp_path / "model.npz")
    again = Scorer.load(tmp_path / "model.npz")
    features = candidates(TITLES).features
    np.testing.assert_array_equal(words.shipped().probability(features), again.probability(features))


def test_a_row_comes_to_the_leaf_that_its_tests_lead_to() -> None:
    one = words.shipped()
    features = np.random.default_rng(3).normal(3, 5, (300, FEATURES)).astype(np.float32)

    def leaf(row: NDArray[np.float32], node: int) -> float:
        while one.feature[node] >= 0:
            below = row[one.feature[node]] <= one.threshold[node]
            node = int(one.left[node] if below else one.right[node])
        return float(one.value[node])

    walked = [one.baseline + sum(leaf(row, int(root)) for root in one.roots) for row in features]
    np.testing.assert_allclose(one.probability(features), 1 / (1 + np.exp(-np.array(walked))))
    assert one.probability(features[:0]).shape == (0,)


def test_fitting_repeats_exactly_and_needs_both_kinds_of_pair() -> None:
    texts = [
        f"{brand} {model} {extra}"
        for brand, model in [("acme", "ax100"), ("acme", "bx200"), ("orion", "cx300")]
        for extra in ("new", "boxed", "retail", "black", "white", "2 pack")
    ]
    groups = [text.split()[1] for text in texts]
    one, two = (words.fit([(texts, groups)], seed=3) for _ in range(2))
    np.testing.assert_array_equal(one.value, two.value)
    with pytest.raises(ValueError, match="training needs"):
        words.fit([(["a b c", "a b d"], ["x", "x"])], seed=0)


def said(*words: str, people: int = 1, language: str = "en", **must: Any) -> Said:
    return Said(words=frozenset(words), needs={"must": must, "nice": {}}, people=people, language=language)


def test_words_a_group_shares_are_suggested_with_what_else_it_wants() -> None:
    gaming = {"any": ["gaming"]}
    texts = [
        said("oled", "please", use=gaming),
        said("oled", people=3, use=gaming),
        said("oled", "cousin"),
        said("please", people=4),
        said("matte", "please", people=3),
    ]
    (found,) = suggest(texts, [0, 0, 0, 1, 2], least=5)
    assert found == Suggestion(words=("oled",), needs={"use": gaming}, people=5, texts=(1, 0, 2))


def test_a_group_of_two_languages_is_suggested_with_the_words_of_both() -> None:
    texts = [
        said("projector", "please", people=3),
        said("投影", people=2, language="zh-hans"),
        said("投影", "oled", language="zh-hans"),
        said("please", people=9),
    ]
    (found,) = suggest(texts, [0, 0, 0, 1], least=5)
    assert (found.words, found.people) == (("projector", "投影"), 6)
    assert suggest(texts, [0, 1, 1, 2], least=5) == []


def test_what_one_person_says_in_a_language_of_their_own_is_no_suggestion() -> None:
    texts = [said("projector", people=20), said("投影", language="zh-hans"), said("please", people=4)]
    assert [one.words for one in suggest(texts, [0, 0, 1], least=5)] == [("projector",)]


def test_simplified_and_traditional_chinese_are_one_language() -> None:
    texts = [said("投影", people=3, language="zh-hans"), said("投影", people=2, language="zh-hant")]
    (found,) = suggest(texts, [0, 0], least=5)
    assert (found.words, found.people) == (("投影",), 5)


def test_what_everybody_says_is_no_suggestion() -> None:
    texts = [said("please", people=6), said("please", people=6), said("please", "oled", people=6)]
    assert [one.words for one in suggest(texts, [0, 1, 2])] == [("oled",)]
    assert suggest([], []) == []


def test_scores_against_figures_worked_by_hand() -> None:
    found = score(["a", "a", "b", "b"], [1, 1, 1, 2])
    assert found.bcubed_precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    assert found.bcubed_recall == pytest.approx((1 + 1 + 0.5 + 0.5) / 4)
    assert found.pair_f1 == pytest.approx(2 * 1 / (2 + 3))
    assert found.ari == pytest.approx(0.0)
    assert score(["a", "b"], [1, 2]).pair_f1 == 1.0
    assert score([], []).bcubed_f1 == 1.0


def test_an_item_that_fits_several_groups_counts_where_it_was_put() -> None:
    assert settle(["a", "a", "b", "b"], [[], [], ["a"], []], [1, 1, 1, 2]) == ["a", "a", "a", "b"]
    assert settle(["a", "b"], [["c"], []], [1, 1]) == ["a", "b"]
