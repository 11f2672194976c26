"""점수표(CSV)와 학생마다의 채점 결과를 담은 한 쪽(HTML)."""

import csv
import io
from html import escape

MARKS = {1: "O", 0: "X", None: "–"}
STYLE = """
body{font-family:"Apple SD Gothic Neo","Malgun Gothic","NanumGothic",sans-serif;margin:2rem;color:#1a1a1a;line-height:1.55;word-break:keep-all;overflow-wrap:anywhere}
.wide{overflow:auto;max-height:90vh}
table{border-collapse:collapse}
th,td{border:1px solid #c8c8c8;padding:.25rem .55rem;text-align:center;white-space:nowrap}
thead th{background:#f2f2f2;position:sticky;top:0;font-weight:600}
tfoot th,tfoot td{background:#f2f2f2;position:sticky;bottom:0}
th[scope=row],td.left{text-align:left}
th[scope=row],thead th:first-child{position:sticky;left:0;background:#fff;z-index:1}
thead th:first-child,tfoot th[scope=row]{background:#f2f2f2;z-index:2}
.s1{background:#dcefe3}.s0{background:#fbe3da}.sn{color:#6a6a6a}
section{border-top:1px solid #c8c8c8;margin-top:1.4rem;padding-top:.4rem}
dt{font-weight:600;margin-top:.5rem}dd{margin:0 0 0 1.2rem;white-space:pre-wrap;overflow-wrap:anywhere}
li{overflow-wrap:anywhere}
p.note{max-width:60rem}
@media(max-width:40rem){body{margin:.8rem}th,td{padding:.2rem .35rem}th[scope=row]{max-width:7rem;overflow:hidden;text-overflow:ellipsis}}
@media print{.wide{max-height:none}thead th,tfoot th,tfoot td{position:static}section{break-inside:avoid}}
"""
EXPLANATION = (
    "O는 강의의 채점 함수가 맞았다고 한 문제, X는 틀렸거나 풀지 않은 문제, –는 채점 함수에 이르지 못한 문제, 빈칸은 내지 않은 "
    "노트북의 문제입니다. '푼 문제'의 뒤쪽 수는 그 학생이 낸 노트북에 있는 문제의 수이고, 맨 아랫줄의 뒤쪽 수는 "
    "그 문제를 낸 학생의 수입니다. "
    "'살펴볼 것'은 잘못이라는 뜻이 아닙니다."
)


def scores_csv(columns, rows):
    """엑셀이 한글을 바로 읽는 CSV(BOM이 있는 UTF-8)의 바이트. 풀었으면 1, 아니면 0, 이르지 못했으면 빈칸입니다."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    titles = [f"{exercise.lesson} {exercise.title}" for exercise in columns]
    writer.writerow(["학생", "파일", *titles, "푼 문제", "문제 수", "무엇이 잘못되었나", "살펴볼 것"])
    for row in rows:
        scores = [row.score(exercise.key) for exercise in columns]
        told = ["; ".join(row.files), *scores, _total(scores), _asked(columns, row)]
        cells = [row.student, *told, "; ".join(row.problems), "; ".join(row.hints)]
        writer.writerow([_harmless(cell) for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def _total(scores):
    return sum(score or 0 for score in scores)


def _asked(columns, row):
    """이 학생이 낸 노트북에 있는 문제의 수."""
    return sum(exercise.lesson in row.lessons for exercise in columns)


def _solved(exercise, rows):
    """그 문제를 낸 학생 가운데 몇 명이 풀었는지. 다음 시간에 무엇을 다시 볼지 여기서 보입니다."""
    handed = [row.score(exercise.key) for row in rows if exercise.lesson in row.lessons]
    return f"{_total(handed)}/{len(handed)}"


def _harmless(cell):
    """엑셀은 =, +, -, @로 시작하는 글을 수식으로 실행합니다. 파일 이름과 오류의 말은 학생이 정한 글입니다."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in tuple("=+-@\t\r") and cell else cell


def page(columns, rows, notes):
    """한 쪽의 HTML. ``notes``: 머리에 적을 문장들. 학생이 정한 글은 모두 이스케이프합니다."""
    head = "".join(f'<th scope="col">{escape(e.lesson)}<br>{escape(e.title)}</th>' for e in columns)
    table = "".join(_table_row(number, columns, row) for number, row in enumerate(rows))
    solved = "".join(f"<td>{_solved(exercise, rows)}</td>" for exercise in columns)
    sections = "".join(_section(number, columns, row) for number, row in enumerate(rows))
    told = "".join(f'<p class="note">{escape(note)}</p>' for note in (*notes, EXPLANATION))
    return (
        '<!doctype html><html lang="ko"><head><meta charset="utf-8"><title>채점 결과</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        # 이 쪽은 아무것도 실행하거나 불러오지 않습니다. 이스케이프가 빠진 곳이 있어도 그렇게 둡니다.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<style>{STYLE}</style></head><body><h1>채점 결과</h1>{told}"
        f'<div class="wide" id="table" tabindex="0"><table><thead><tr><th scope="col">학생</th><th scope="col">푼 문제</th>'
        f'<th scope="col">잘못된 것</th><th scope="col">살펴볼 것</th>{head}</tr></thead><tbody>{table}</tbody>'
        f'<tfoot><tr><th scope="row">푼 학생</th><td></td><td></td><td></td>{solved}</tr></tfoot></table></div>'
        f"{sections}</body></html>\n"
    )


def _table_row(number, columns, row):
    scores = [row.score(exercise.key) for exercise in columns]
    cells = "".join(
        f'<td class="s{"n" if score is None else score}">{MARKS[score]}</td>'
        if exercise.lesson in row.lessons
        else "<td></td>"
        for exercise, score in zip(columns, scores, strict=True)
    )
    counts = "".join(f"<td>{len(found) or ''}</td>" for found in (row.problems, row.hints))
    name = f'<th scope="row"><a href="#s{number}">{escape(row.student)}</a></th>'
    return f"<tr>{name}<td>{_total(scores)}/{_asked(columns, row)}</td>{counts}{cells}</tr>"


def _section(number, columns, row):
    parts = [
        f'<section id="s{number}"><h2>{escape(row.student)}</h2><p>{escape(", ".join(row.files))} <a href="#table">표로</a></p>'
    ]
    for title, found in (("잘못된 것", row.problems), ("살펴볼 것", row.hints)):
        if found:
            items = "".join(f"<li>{escape(line)}</li>" for line in found)
            parts.append(f"<h3>{title}</h3><ul>{items}</ul>")
    parts.append("<dl>")
    for exercise in (e for e in columns if e.lesson in row.lessons):
        mark, verdicts = MARKS[row.score(exercise.key)], row.verdicts.get(exercise.key, ())
        said = dict.fromkeys(one["message"] for one in verdicts) or ["채점 함수에 이르지 못했습니다."]
        parts.append(f"<dt>{mark} {escape(exercise.lesson)} {escape(exercise.title)}</dt>")
        parts += [f"<dd>{escape(message)}</dd>" for message in said]
    return "".join([*parts, "</dl></section>"])
