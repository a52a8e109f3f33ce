"""The report: one HTML file without anything from elsewhere, in English and Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from cuoshi_train.evaluation.behaviour import Capability
from cuoshi_train.evaluation.figures import Result, compare
from cuoshi_train.evaluation.outcome import Outcome
from cuoshi_train.evaluation.table import short

ERRORS = 60
"""The most errors shown for a model and file, the most confident first."""

_STYLE = """
:root{color-scheme:light dark;--ink:#1c1c1e;--paper:#fff;--line:#d8d8dc;--faint:#6b6b70;
--mark:#0a6cbd;--bad:#b3261e;--soft:#f4f4f6}
@media(prefers-color-scheme:dark){:root{--ink:#e8e8ea;--paper:#161618;--line:#3a3a3e;
--faint:#a0a0a6;--mark:#6fb6f2;--bad:#ff8a80;--soft:#222226}}
body{font:16px/1.55 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;
color:var(--ink);background:var(--paper);max-width:62rem;margin:0 auto;padding:1rem}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin-bottom:.3rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .6rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child,.text{text-align:left}.text{white-space:normal;min-width:14rem}
small,.faint{color:var(--faint)}.bad{color:var(--bad)}mark{background:none;color:var(--mark);
font-weight:600}svg{max-width:100%;height:auto}code{overflow-wrap:anywhere}
.plots{display:flex;flex-wrap:wrap;gap:1.5rem}figure{margin:0}
"""


def report(
    results: Sequence[Result], outcomes: Sequence[Outcome], behaviour: Sequence[Capability] = ()
) -> str:
    """The whole page.

    Args:
        results: with full figures, one for each outcome in the same order.
        outcomes: what they are about.
        behaviour: results of the behavioural suite of the first model; may be empty.
    """
    parts = [_summary(results), _tests(outcomes)]
    for result, outcome in zip(results, outcomes, strict=True):
        parts.append(_detail(result, outcome))
    if behaviour:
        parts.append(_behaviour(behaviour))
    body = "\n".join(part for part in parts if part)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>cuoshi 措施: evaluation 评测报告</title><style>{_STYLE}</style></head>
<body><h1>cuoshi 措施: evaluation <span lang="zh">评测报告</span></h1>
{body}
</body></html>
"""


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], text: int = 0) -> str:
    head = "".join(f"<th>{heading}</th>" for heading in headings)
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="text">{cell}</td>' if i < text else f"<td>{cell}</td>"
            for i, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def _summary(results: Sequence[Result]) -> str:
    rows = []
    for result in results:
        f = result.figures
        low, high = f["intervals"]["macro_f1"]
        rows.append(
            [
                escape(short(result.data)),
                escape(result.model),
                f"<b>{f['macro_f1']:.3f}</b> <small>{low:.3f}–{high:.3f}</small>",
                f"{f['micro_f1']:.3f}",
                f"{f['samples_f1']:.3f}",
                f"{f['exact_match']:.3f}",
                f"{f['calibration']['ece']:.3f}",
                f"{f['evidence']['token_f1']:.3f}" if f["evidence"] else "–",
                str(f["count"]),
                str(f["documents"]),
            ]
        )
    headings = [
        "data 数据", "model 模型", "macro F1 宏平均 (95%)", "micro F1 微平均",
        "samples F1 样本平均", "exact 全对", "ECE 校准误差",
        "evidence F1 证据", "sentences 句", "documents 篇",
    ]  # fmt: skip
    digests = "".join(
        f"<br><code>{escape(short(data))}: SHA-256 {digest}</code>"
        for data, digest in dict.fromkeys((r.data, r.digest) for r in results)
    )
    return (
        "<h2>Summary 总览</h2>"
        + _table(headings, rows)
        + "<p><small>Intervals: bootstrap over documents. 区间按文档自助重采样。"
        + f"{digests}</small></p>"
    )


def _tests(outcomes: Sequence[Outcome]) -> str:
    found = compare(outcomes)
    if not found:
        return ""
    rows = [
        [
            escape(short(row["data"])),
            escape(f"{row['two']} − {row['one']}"),
            f"{row['difference']:+.3f}",
            f"{row['p']:.4f}",
        ]
        for row in found
    ]
    headings = ["data 数据", "models 模型", "macro F1 差", "p"]
    return "<h2>Differences 差异检验</h2>" + _table(headings, rows)


def _detail(result: Result, outcome: Outcome) -> str:
    figures = result.figures
    rows = [
        [
            escape(label),
            *(f"{row[key]:.3f}" for key in ("precision", "recall", "f1", "average_precision")),
            str(row["support"]),
        ]
        for label, row in figures["labels"].items()
    ]
    headings = ["label 标签", "precision 精确率", "recall 召回率", "F1", "AP", "n"]
    parts = [
        f"<h2>{escape(result.model)} · {escape(short(result.data))}</h2>",
        _table(headings, rows),
        '<div class="plots">',
        _plot(
            [(p["score"], p["share"]) for p in figures["calibration"]["curve"]],
            "Reliability 可靠性: score 得分 → share true 实际比例",
            diagonal=True,
        ),
        _plot(
            [(p["coverage"], p["wrong"]) for p in figures["coverage"]],
            "Risk 风险: coverage 覆盖率 → wrong sentences 错误率",
        ),
        "</div>",
    ]
    if faith := figures.get("faithfulness"):
        parts.append(
            f"<p>Evidence deleted: {faith['lost']:.1%} of {faith['labels']} labels go. Other text "
            f"deleted: {faith['kept']:.1%} of {faith['controls']} stay. 删去证据后标签消失的比例；"
            "删去同样多的其他文字后标签保留的比例。</p>"
        )
    if figures.get("slices"):
        parts.append(_slices(figures["slices"]))
    parts.append(_errors(outcome))
    return "\n".join(parts)


def _slices(found: Sequence[dict[str, Any]]) -> str:
    rows = [
        [
            escape(f"{part['by']}: {part['value']}"),
            "–" if part["micro_f1"] is None else f"{part['micro_f1']:.3f}",
            f"{part['exact_match']:.3f}",
            str(part["n"]),
        ]
        for part in found
    ]
    headings = ["part 分组", "micro F1", "exact 全对", "n"]
    return "<h3>Parts 分组结果</h3>" + _table(headings, rows)


def _errors(outcome: Outcome) -> str:
    found = []
    for i, example in enumerate(outcome.examples):
        for j, label in enumerate(outcome.labels):
            if outcome.truth[i, j] == outcome.guesses[i, j]:
                continue
            score = float(outcome.scores[i, j])
            spans = outcome.evidence[i].get(label) or list(example.evidence.get(label, ()))
            kind = "missed 漏标" if outcome.truth[i, j] else "wrong 误标"
            sure = abs(score - float(outcome.cuts[j]))
            cells = [_marked(example.text, spans), escape(label), kind, f"{score:.3f}"]
            found.append((sure, cells))
    found.sort(key=lambda item: -item[0])
    headings = ["sentence 句子", "label 标签", "error 错误", "score 得分"]
    table = _table(headings, [cells for _, cells in found[:ERRORS]], text=1)
    return f"<h3>Errors 错误 ({len(found)}), most confident first 按置信度排序</h3>{table}"


def _marked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    made, at = "", 0
    for start, end in sorted(spans):
        if start >= at:
            made += f"{escape(text[at:start])}<mark>{escape(text[start:end])}</mark>"
            at = end
    return made + escape(text[at:])


def _behaviour(results: Sequence[Capability]) -> str:
    rows = []
    for result in results:
        style = "" if result.passed == result.cases else ' class="bad"'
        rows.append(
            [
                escape(f"{result.suite}: {result.name}"),
                f"<span{style}>{result.passed}/{result.cases}</span>",
                escape(" ".join(result.failed)),
            ]
        )
    total = sum(result.passed for result in results), sum(result.cases for result in results)
    return f"<h2>Behaviour 行为测试 ({total[0]}/{total[1]})</h2>" + _table(
        ["capability 能力", "passed 通过", "failed 未通过"], rows, text=1
    )


def _plot(points: Sequence[tuple[float, float]], title: str, diagonal: bool = False) -> str:
    """A small line plot; both axes from 0, the second up to 1 or to its largest value."""
    width, height, edge = 300, 200, 34
    top = 1.0 if diagonal else max(0.05, max(y for _, y in points) * 1.1)

    def place(x: float, y: float) -> str:
        across = edge + x * (width - edge - 10)
        return f"{across:.1f},{height - edge - y / top * (height - edge - 10):.1f}"

    line = " ".join(place(x, y) for x, y in points)
    dots = "".join(
        f'<circle cx="{p.split(",")[0]}" cy="{p.split(",")[1]}" r="3" fill="var(--mark)"/>'
        for p in line.split()
    )
    ideal = f'<polyline points="{place(0, 0)} {place(1, 1)}" stroke="var(--line)" fill="none"/>'
    corners = f"{place(0, top)} {place(0, 0)} {place(1, 0)}"
    axes = f'<polyline points="{corners}" stroke="var(--faint)" fill="none"/>'
    y_end = place(0, top).split(",")[1]
    return (
        f'<figure><svg viewBox="0 0 {width} {height}" width="{width}" role="img" '
        f'aria-label="{escape(title)}">{axes}{ideal if diagonal else ""}'
        f'<polyline points="{line}" stroke="var(--mark)" stroke-width="2" fill="none"/>{dots}'
        f'<g font-size="11" fill="var(--faint)"><text x="{edge}" y="{height - edge + 16}">0</text>'
        f'<text x="{width - 18}" y="{height - edge + 16}">1</text>'
        f'<text x="2" y="{float(y_end) + 8:.0f}">{top:.2g}</text></g></svg>'
        f"<figcaption><small>{escape(title)}</small></figcaption></figure>"
    )
