"""What of a page is not the article: navigation, meta lines, teasers, footers, spam, tables.

The cleaned text is cut into blocks, one a line, and also around the page furniture that stands
inside a line (`【字号 大 中 小】`). Each function here looks at one block's string, or at the whole
list, and gives the reason to leave it out. Nothing is deleted: a block that is left out keeps
its text and offsets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_HAN = "\u4e00-\u9fff"
_END = re.compile(r"[。！？；!?;…][”’」』）)】》]*$")

META = "metadata"
NAVIGATION = "navigation"
TEASER = "teaser"
FOOTER = "footer"
SPAM = "spam"
TABLE = "table"
DUPLICATE = "duplicate"
BOILERPLATE = "boilerplate"
REASONS = (META, NAVIGATION, TEASER, FOOTER, SPAM, TABLE, DUPLICATE, BOILERPLATE)
"""Why a block is left out; `boilerplate` is what trafilatura leaves out of an HTML page."""

INLINE = re.compile(
    r"【\s*(?:(?:字号|字体|字体大小)[^【】\n]{0,24}|(?:大|中|小)(?:\s*[大中小])*"
    r"|打印(?:本页|本文|此页)?|关闭(?:窗口|本页)?|收藏|我要纠错|纠错|返回(?:顶部|首页|列表)?)\s*】"
    r"|\[\s*(?:(?:字号|字体)[^\[\]\n]{0,24}|打印(?:本页|本文)?|关闭(?:窗口|本页)?)\s*\]"
    r"|(?:浏览|点击|阅读|访问)(?:次数|量|数)\s*[:：]\s*\d+\s*次?"
    r"|[（(](?:责任编辑|责编|编辑)\s*[:：][^（）()\n]{1,30}[)）]"
)
"""Page furniture inside a line."""

_META = re.compile(
    r"(?:发布|更新|发表)?(?:时间|日期)?\s*[:：]?\s*\d{4}\s*[年/.-]\s*\d{1,2}\s*[月/.-]\s*\d{1,2}\s*日?"
    r"\s*(?:\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?\s*(?:[|｜]?\s*(?:来源|作者|编辑|浏览|点击|字号|分享)[^。！？]{0,60})?"
    r"|(?:文章|稿件|信息|新闻)?来源\s*[:：][^。！？]{1,40}"
    r"|(?:原标题|作者|记者|通讯员|责任编辑|责编|编辑|值班编辑|校对|审核|监制|发布机构|发布单位|索引号|文号|主题词|关键词|"
    r"字号|字体|发布时间|发布日期|成文日期|分类|标签)\s*[|｜:：][^。！？]{1,80}"
    r"|[（(](?:责任编辑|责编|编辑)\s*[:：][^（）()]{1,30}[)）]"
)
_NAVIGATION = re.compile(
    r"(?:首页|网站首页|返回首页|返回顶部|回到顶部|返回|返回列表|顶部|打印|打印本页|打印本文|关闭|关闭窗口|关闭本页|收藏|加入收藏|设为首页|纠错|我要纠错"
    r"|登录|注册|登录\s*[|/｜]?\s*注册|搜索|更多|更多>*|查看更多|点击查看更多|展开全文|阅读全文|小字号|大字号|字号|大中小|大\s中\s小|放大|缩小|默认"
    r"|分享|分享到|分享让更多人看到|一键分享|微信|微博|新浪微博|微信扫一扫|手机版|客户端|客户端下载|APP下载|无障碍|无障碍浏览|长者版|English|简体|繁体|简体版|繁體版|邮箱|RSS"
    r"|上一[篇页条]|下一[篇页条]|(?:上一[篇页条]|下一[篇页条])\s*[:：].{0,80}|没有了|暂无评论|我要评论|发表评论|网友评论|评论|点赞|举报"
    r"|扫[一描][^。]{0,24}|(?:您|你)?(?:当前|现在|所在)的?位置\s*(?:是)?\s*[:：]?.{0,80}|阅读\s*\d*|\d+\s*阅读|播放|暂停|加载中\.*)"
    r"[\s>|｜]*"
)
_CRUMBS = re.compile(
    r"[^。，,！？]{1,16}(?:\s*(?:>>?|›|»|＞)\s*[^。，,！？>›»＞]{1,24}){1,8}(?:>>?|›|»|＞)?"
)
_SITE = re.compile(rf"[{_HAN}]{{2,8}}(?:网|频道|客户端|网站|在线|热线)")
_TEASERS = re.compile(
    r"(?:推荐阅读|相关阅读|延伸阅读|推荐新闻|相关新闻|相关报道|相关文章|相关链接|相关推荐|热门推荐|热门文章|热点新闻|热点推荐|热门新闻|猜你喜欢|为您推荐"
    r"|为你推荐|精彩推荐|最新文章|最新新闻|最新资讯|编辑推荐|更多新闻|大家都在看|往期回顾|今日推荐|阅读排行|点击排行|新闻排行|24小时热文|图片新闻|视频推荐)\s*[:：]?"
)
_FOOTER = re.compile(
    r"版权所有|版权声明|免责声明|Copyright|©|ICP\s*[备证]|[京沪津渝粤苏浙鲁皖川鄂湘豫冀晋陕甘宁青新藏云贵桂琼闽赣黑吉辽蒙]公网安备|网站标识码"
    r"|主办单位?\s*[:：]|承办单位?\s*[:：]|技术支持\s*[:：]|网站地图|联系我们|关于我们|广告服务|违法和不良信息举报|网络视听许可证|互联网新闻信息服务许可"
    r"|(?:特别|郑重)?声明\s*[:：].{0,60}(?:转载|版权|侵权|立场|仅供)|凡(?:本网|注明).{0,40}(?:转载|来源)|未经(?:书面)?(?:授权|许可).{0,12}(?:转载|不得)",
    re.IGNORECASE,
)
_SEO = re.compile(
    r"国产|精品|久久|无码|亚洲|欧美|日韩|成人|[黄毛]片|在线观看|免费观看|在线播放|人妻|少妇|激情|AV|一区二区|三区|影院|彩票|棋牌|娱乐城|博彩|赌场"
    r"|澳门|百家乐|老虎机|时时彩|北京赛车|六合彩|开户|投注|下注|注册送|体育平台|真人",
    re.IGNORECASE,
)
_BAR = re.compile(r"\s*[|｜]\s*")


def furniture(string: str) -> str | None:
    """The reason to leave out a block for what it says itself, or None.

    Args:
        string: one cleaned block, stripped.
    """
    if not re.search(f"[{_HAN}A-Za-z]", string):
        return NAVIGATION if string else None
    if _META.fullmatch(string):
        return META
    if spam(string):
        return SPAM
    if table(string):
        return TABLE
    if _NAVIGATION.fullmatch(string) or _SITE.fullmatch(string):
        return NAVIGATION
    if _CRUMBS.fullmatch(string):
        return NAVIGATION
    if INLINE.fullmatch(string):
        return NAVIGATION
    if len(string) < 160 and _FOOTER.search(string) and not string.endswith("。"):
        return FOOTER
    return None


def spam(string: str) -> bool:
    """Whether the block is a header stuffed for search engines or a footer of place names."""
    items = [item for item in _BAR.split(string) if item]
    if len(items) >= 8 and all(len(item) <= 12 for item in items):
        return True
    hits = _SEO.findall(string)
    words = len(set(hits))
    return words >= 3 and sum(map(len, hits)) > 0.3 * len(string) and not string.endswith("。")


def table(string: str) -> bool:
    """Whether the block is a row of a flattened table: short cells between two bars or more."""
    cells = _BAR.split(string)
    return len(cells) >= 3 and all(len(cell) <= 20 for cell in cells) and not _END.search(string)


def teasers(strings: Sequence[str], reasons: Sequence[str | None]) -> list[int]:
    """The blocks that lead to other articles: those after a `推荐阅读` that look like it.

    A teaser is a headline, or a lead cut off with an ellipsis. The list ends where two blocks in
    a row are whole paragraphs, for then the article goes on.
    """
    found: list[int] = []
    inside = False
    whole: list[int] = []
    for i, string in enumerate(strings):
        if _TEASERS.fullmatch(string):
            inside, whole = True, []
            found.append(i)
        elif inside and reasons[i] is None:
            if re.search(r"(?:…|\.{3})[”’」』）)】》]*$", string) or not _END.search(string):
                found += [*whole, i]
                whole = []
            else:
                whole.append(i)
                inside = len(whole) < 2
    return found if not inside else found + whole


def duplicates(strings: Sequence[str], reasons: Sequence[str | None]) -> dict[int, int]:
    """Blocks that repeat an earlier one, compared by their Chinese characters: later to first.

    Blocks of fewer than six characters may repeat: they are list items and signatures.
    """
    first: dict[str, int] = {}
    found: dict[int, int] = {}
    for i, string in enumerate(strings):
        key = "".join(re.findall(f"[{_HAN}0-9]", string))
        if reasons[i] is None and len(key) >= 6:
            if key in first:
                found[i] = first[key]
            else:
                first[key] = i
    return found
