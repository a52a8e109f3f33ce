from __future__ import annotations

from pathlib import Path

import pytest

from cuoshi import LabelError, Tagger
from cuoshi.reading import Article, read_articles
from tests.models import lexicon

PAGE = "首頁\n花園裏有紅(hóng)花。\n藍天下沒有旗,,只有紅旗!\n花園裏有紅(hóng)花。\n推薦閱讀\n鄰縣的紅花"


def test_every_tag_is_traced_to_the_page(tmp_path: Path) -> None:
    tagged = Tagger(lexicon(tmp_path / "m")).tag(PAGE)
    assert [s.text for s in tagged.sentences] == ["花园里有红花。", "蓝天下没有旗，只有红旗！"]
    first, second = tagged.sentences
    assert PAGE[first.start : first.end] == "花園裏有紅(hóng)花。"
    assert first.labels == ("red",)
    (evidence,) = first.evidence["red"]
    assert evidence.text == "红花"
    assert PAGE[evidence.start : evidence.end] == "紅(hóng)花"
    assert second.labels == ("red", "blue")
    assert tagged.counts == {"red": 2, "blue": 1}
    assert tagged.left_out == {"navigation": 1, "duplicate": 1, "teaser": 2}


def test_keep_all_tags_what_is_left_out(tmp_path: Path) -> None:
    tagged = Tagger(lexicon(tmp_path / "m"), keep_all=True).tag(PAGE)
    assert [s.dropped for s in tagged.sentences] == [
        "navigation",
        None,
        None,
        "duplicate",
        "teaser",
        "teaser",
    ]
    assert tagged.sentences[-1].labels == ("red",)
    assert not tagged.left_out


def test_thresholds_and_labels_can_be_chosen(tmp_path: Path) -> None:
    path = lexicon(tmp_path / "m")
    only = Tagger(path, only=["blue"])
    assert [s.labels for s in only.tag(PAGE).sentences] == [(), ("blue",)]
    assert set(only.tag(PAGE).sentences[0].scores) == {"blue"}
    everything = Tagger(path, thresholds={"red": 0.0})
    assert all("red" in s.labels for s in everything.tag(PAGE).sentences)
    for wrong in (
        {"thresholds": {"green": 0.5}},
        {"only": ["green"]},
        {"thresholds": {"red": 2.0}},
    ):
        with pytest.raises(LabelError):
            Tagger(path, **wrong)  # type: ignore[arg-type]


def test_a_sentence_record_gives_exactly_one(tmp_path: Path) -> None:
    tagger = Tagger(lexicon(tmp_path / "m"))
    for text in ("红花。蓝天。", "返回顶部", "", "!"):
        assert len(tagger.tag_article(Article("1", "", text), "sentence").sentences) == 1


def test_batches_and_singles_agree_and_shapes_do_not_change(tmp_path: Path) -> None:
    tagger = Tagger(lexicon(tmp_path / "m"))
    assert tagger.tag_batch([]) == []
    batch = tagger.tag_batch(["红花。", ""])
    assert [article.id for article in batch] == ["0", "1"]
    assert batch[0].sentences == tagger.tag("红花。").sentences
    assert batch[1].sentences == ()


def test_the_default_model_points_into_the_written_articles(articles: Path) -> None:
    tagger = Tagger()
    found = 0
    for path in sorted(articles.iterdir()):
        (article,) = read_articles(str(path))
        assert isinstance(article, Article)
        for sentence in tagger.tag_article(article).sentences:
            assert 0 <= sentence.start < sentence.end <= len(article.text)
            for label in sentence.labels:
                for evidence in sentence.evidence[label]:
                    found += 1
                    assert sentence.start <= evidence.start < evidence.end <= sentence.end
                    assert evidence.text in sentence.text
    assert found > 20


def test_two_runs_give_the_same(articles: Path) -> None:
    text = (articles / "press-conference.txt").read_text("utf-8")
    assert Tagger().tag(text) == Tagger().tag(text)
