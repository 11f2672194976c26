"""nbval이 노트북을 돌릴 때, 화면에 나온 그림이 규칙(tests/figure_rules.py)을 지키는지 봅니다.

어기면 그 셀과 그 뒤의 모든 셀에 stderr로 적습니다. 저장된 출력에는 없는 글이라 nbval이 실패합니다(출력을 비교하지
않는 셀에서 어겨도 다음 셀에서 걸립니다). 여기의 이름은 노트북의 이름과 섞이므로 하나도 남기지 않습니다.
"""


def _watch_figures(shell, here):
    import importlib.util
    import sys
    from pathlib import Path

    rules_file, found = Path(here).resolve().parents[3] / "figure_rules.py", []

    def check(result):
        shown = result.result
        if f"{type(shown).__module__}.{type(shown).__name__}" == "matplotlib.figure.Figure":
            spec = importlib.util.spec_from_file_location("figure_rules", rules_file)
            rules = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(rules)
            found.extend(rules.problems(shown))
        for problem in found:
            print(f"그림의 규칙을 어김: {problem}", file=sys.stderr)

    shell.events.register("post_run_cell", check)


_watch_figures(get_ipython(), __file__)  # noqa: F821
del _watch_figures
