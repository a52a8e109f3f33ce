from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from pathlib import Path

from cuoshi.articles import CleanArticle, clean_article, clean_sentence
from cuoshi.reading import Article, read_articles


def han(text: str) -> str:
    return "".join(re.findall("[\u4e00-\u9fff]", text))


def cleaned(path: Path) -> CleanArticle:
    (article,) = read_articles(str(path))
    assert isinstance(article, Article)
    return clean_article(article)


def test_written_articles_come_out_clean(articles: Path) -> None:
    texts = {path.stem: cleaned(path) for path in sorted(articles.iterdir())}
    assert set(texts) == {
        "community-doubled",
        "inspection",
        "meeting-traditional",
        "notice-pinyin",
        "press-conference",
    }
    lines = {name: text.page.text.string for name, text in texts.items()}
    assert "三、暂停客运班线和农村集市" in lines["notice-pinyin"]
    assert "配合当地疫情防控工作人员的询问" in lines["notice-pinyin"]
    assert "要着力补齐短板，一是把试剂" in lines["meeting-traditional"]
    assert lines["community-doubled"].count("海棠开了") == 1
    for text in lines.values():
        assert not re.search(r"推荐阅读|县\||责编|,,|[(]|返回顶部|棋牌娱乐", text)
    assert texts["inspection"].metadata.date == "2022-01-10"
    assert texts["community-doubled"].metadata.source == "江岸晚报"


def test_a_repeated_sentence_is_taken_once() -> None:
    page = "今天全县开展第三轮核酸检测。天晴。\n记者获悉，今天全县开展第三轮核酸检测。今天全县开展第三轮核酸检测。天晴。"
    sentences = list(clean_article(Article("a", "", page)).sentences())
    assert [s.dropped for s in sentences] == [None, None, None, "duplicate", None]


def test_a_sentence_record_stays_whole() -> None:
    text = clean_sentence(Article("a", "", "一句。\n又一句,就這樣"))
    assert text.string == "一句。 又一句，就这样"


def test_the_real_sentences_come_out_as_one(shared: Path) -> None:
    gold = defaultdict(list)
    for line in (shared / "gold" / "articles.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        gold[row["article"]].append(row)
    total = found = labelled = kept_once = 0
    for name, rows in gold.items():
        sentences = list(cleaned(shared / "articles" / name).sentences())
        everything = Counter(han(s.text.string) for s in sentences)
        kept = Counter(han(s.text.string) for s in sentences if s.dropped is None)
        for row in rows:
            total += 1
            found += everything[han(row["text"])] > 0
            if row["labels"]:
                labelled += 1
                kept_once += kept[han(row["text"])] == 1
    assert kept_once / labelled >= 0.98
    assert found / total >= 0.98


def test_no_furniture_of_the_real_articles_is_tagged(shared: Path) -> None:
    for path in sorted((shared / "articles").iterdir()):
        for sentence in cleaned(path).sentences():
            if sentence.dropped is None:
                text = sentence.text.string
                assert "|" not in text
                assert not re.search(
                    "返回顶部|分享让更多人|责编|人民网>>|小字号|威海检查指导", text
                )
