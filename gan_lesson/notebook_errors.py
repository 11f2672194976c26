"""노트북에서 난 오류를 한국어로: 강의의 오류는 한 줄만, 흔한 오류에는 무엇을 할지 덧붙입니다."""

from gan_lesson.base.errors import TORCHVISION_MISMATCH, LessonError

RERUN = (
    "이 이름은 위의 어느 셀에서 만들어집니다. 셀을 건너뛰었거나 커널이 다시 시작되었을 때 나는 오류입니다. "
    "맨 위의 준비 셀부터 이 셀의 바로 위까지 차례대로 다시 실행하세요"
    "(메뉴에서 '실행 → 위의 모든 셀 실행')."
)
TORCHVISION = f"{TORCHVISION_MISMATCH} 그런 다음 커널을 다시 시작하세요."
MEMORY = "메모리가 모자랍니다. batch_size를 반으로 줄이고, 커널을 다시 시작한 뒤 처음부터 실행하세요."


def hint(error):
    """오류에 붙일 말. 없으면 ``None``."""
    if type(error) is NameError:  # UnboundLocalError는 함수 안의 실수입니다.
        return RERUN
    text = str(error)
    if "torchvision::nms" in text:
        return TORCHVISION
    if isinstance(error, MemoryError) or "out of memory" in text or "can't allocate" in text:
        return MEMORY
    return None


def explain_errors(shell):
    """IPython의 ``shell``이 오류를 보일 때 위의 말을 쓰게 합니다. 여러 번 불러도 같습니다."""

    def show(shell, kind, error, trace, tb_offset=None):
        if isinstance(error, LessonError):
            lines = [f"{kind.__name__}: {error}"]
        else:
            lines = shell.InteractiveTB.structured_traceback(kind, error, trace, tb_offset=tb_offset)
            if text := hint(error):
                lines = [*lines, f"\n{text}"]
        shell._showtraceback(kind, error, lines)
        return lines

    shell.set_custom_exc((LessonError, NameError, RuntimeError, ImportError, MemoryError), show)
