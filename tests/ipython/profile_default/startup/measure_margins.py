"""노트북의 약속이 얼마나 아슬아슬한지 잽니다: 환경 변수 GAN_LESSON_MARGINS에 적은 파일에 한 줄씩 JSON으로 남깁니다.

- ``assert``의 부등식마다 두 쪽의 값 → 여유
- 자릿수를 정해 찍는 값(``{x:.2f}``)마다 반올림하기 전의 값 → 반올림의 경계까지의 거리

scripts/elsewhere.py가 여러 컴퓨터에서 모은 것을 비교합니다. 여기의 이름은 노트북의 이름과 섞이므로 하나도 남기지 않습니다.
"""


def _measure_margins(shell, path):
    import ast
    import builtins
    import json
    import operator
    import os
    import re

    compare = {"Lt": operator.lt, "LtE": operator.le, "Gt": operator.gt, "GtE": operator.ge}
    file = open(path, "a", encoding="utf-8", buffering=1)  # noqa: SIM115 - 커널이 끝날 때까지
    # 커널은 노트북의 이름을 모르지만, 커널을 띄운 pytest는 압니다.
    found = re.search(r"([\w.]+)\.ipynb", os.environ.get("PYTEST_CURRENT_TEST", ""))
    notebook = found[1] if found else ""

    def number(value):
        try:
            return float(value.detach() if hasattr(value, "detach") else value)
        except (TypeError, ValueError, RuntimeError):
            return None

    def write(**row):
        file.write(json.dumps({"notebook": notebook, **row}, ensure_ascii=False) + "\n")

    def compared(source, signs, values):
        for left, sign, right in zip(values, signs, values[1:], strict=False):
            if None not in (a := number(left), b := number(right)):
                small, large = (a, b) if sign in ("Lt", "LtE") else (b, a)
                write(kind="assert", source=source, small=small, large=large)
        held = True
        for left, sign, right in zip(values, signs, values[1:], strict=False):
            held = compare[sign](left, right)
            if len(signs) > 1 and not held:
                break
        return held

    def printed(source, spec, value):
        if isinstance(value, float) or (number(value) is not None and not isinstance(value, int)):
            write(kind="print", source=source, spec=spec, value=number(value))
        return value

    def call(name, node, *arguments):
        wanted = ast.Call(ast.Name(name, ast.Load()), [*arguments], [])
        return ast.fix_missing_locations(ast.copy_location(wanted, node))

    class Inside(ast.NodeTransformer):
        def visit_Compare(self, node):
            source = ast.unparse(node)
            names = [type(sign).__name__ for sign in node.ops]
            if not set(names) <= set(compare):
                return node
            signs = ast.List([ast.Constant(name) for name in names], ast.Load())
            values = ast.List([node.left, *node.comparators], ast.Load())
            return call("__compared__", node, ast.Constant(source), signs, values)

    class Cell(ast.NodeTransformer):
        def visit_Assert(self, node):
            node.test = Inside().visit(node.test)
            return node

        def visit_FormattedValue(self, node):
            if isinstance(node.format_spec, ast.JoinedStr) and all(
                isinstance(part, ast.Constant) for part in node.format_spec.values
            ):
                spec = "".join(part.value for part in node.format_spec.values)
                if spec and spec[-1] in "f%eg" and node.conversion == -1:
                    source = ast.Constant(ast.unparse(node.value))
                    node.value = call("__printed__", node, source, ast.Constant(spec), node.value)
            return node

    builtins.__compared__, builtins.__printed__ = compared, printed
    shell.ast_transformers.append(Cell())


if __import__("os").environ.get("GAN_LESSON_MARGINS"):
    _measure_margins(get_ipython(), __import__("os").environ["GAN_LESSON_MARGINS"])  # noqa: F821
del _measure_margins
