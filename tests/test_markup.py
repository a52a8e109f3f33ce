from __future__ import annotations

from cuoshi.articles import clean_article
from cuoshi.markup import is_page, parse, text_of
from cuoshi.reading import Article

PAGE = """<!DOCTYPE html><html><head><title>不算</title><script>var a = "<p>核酸</p>";</script></head>
<body><div class='nav'><a href="/">首页</a> | <a href="/b">要闻</a></div>
<h1>县里召开疫情防控调度会</h1>
<p>&nbsp;&nbsp;全县今天开展<b>第三轮</b>核酸&#26816;测，二十个采样点从清晨六点
开到晚上，居民凭身份证登记。</p>
<p>对密切接触者，一律送往集中观察点单独居住十四天，费用由县财政承担。</p>
<!-- <p>注释</p> --><p title="a > b">乡镇干部包村，村干部包户，谁的户出了问题就追究谁的责任。</p>
<div class="foot">版权所有：某某网</div></body></html>"""


def test_every_character_points_at_its_source() -> None:
    text = text_of(PAGE)
    at = text.string.index("开展第三轮核酸检测")
    start, end = text.span(at, at + 9)
    assert PAGE[start:end] == "开展<b>第三轮</b>核酸&#26816;测"
    assert "不算" not in text.string
    assert "注释" not in text.string
    assert "var a" not in text.string


def test_lines_of_the_source_neither_break_sentences_nor_space_them() -> None:
    assert "采样点从清晨六点开到晚上" in text_of(PAGE).string


def test_only_the_article_is_kept() -> None:
    article = clean_article(Article("a", "a.html", PAGE, html=True))
    kept = [s.text.string for s in article.sentences() if s.dropped is None]
    assert kept[0] == "县里召开疫情防控调度会"
    assert any("第三轮核酸检测，二十个采样点" in sentence for sentence in kept)
    assert kept[-1].startswith("乡镇干部包村")
    assert not any("首页" in sentence or "版权" in sentence for sentence in kept)


def test_a_page_without_an_article_keeps_what_there_is() -> None:
    assert parse("<html><body></body></html>").main is None


def test_pages_are_told_by_their_beginning() -> None:
    assert is_page("  <!doctype HTML><p>")
    assert not is_page("检测<p>")
