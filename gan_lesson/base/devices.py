"""학습을 계산하는 장치와 혼자 하는 자리. CPU가 아닌 것(가속기)은 ``torch.accelerator``가 찾아 줍니다."""

import torch

from gan_lesson.base.errors import LessonError

NAMES = {"cuda": "NVIDIA GPU", "mps": "애플 GPU", "xpu": "인텔 GPU"}


def accelerator():
    """쓸 수 있는 가속기의 종류(``"cuda"``, ``"mps"``, ``"xpu"`` 등). 없으면 ``None``."""
    return torch.accelerator.current_accelerator().type if torch.accelerator.is_available() else None


def pick_device(ngpu):
    """``ngpu``(개수)에 맞는 장치. 있는 것보다 많이 달라고 하면 ``LessonError``입니다."""
    available = torch.accelerator.device_count()
    if ngpu > available:
        remedy = f"ngpu={available} 이하로 정하세요" if available else "ngpu=0(CPU)으로 정하세요"
        raise LessonError(
            f"설정값 ngpu = {ngpu}: 이 컴퓨터에서 쓸 수 있는 GPU는 {available}개입니다. "
            f"ngpu는 GPU의 번호가 아니라 개수입니다. {remedy}."
        )
    return torch.device(accelerator() if ngpu else "cpu")


def describe(device):
    """장치를 사람이 읽는 글로: ``"CPU(스레드 2개)"``, ``"NVIDIA GPU(Tesla T4)"``."""
    if device.type == "cpu":
        return f"CPU(스레드 {torch.get_num_threads()}개)"
    kind = NAMES.get(device.type, device.type)
    name = getattr(torch.get_device_module(device), "get_device_name", None)
    return f"{kind}({name(device)})" if name else kind


def synchronize(device):
    """장치가 시킨 일을 마칠 때까지 기다립니다. 시간을 재기 전후에 부릅니다."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def free_memory(device):
    """장치에 남은 메모리(바이트). CPU거나 알려 주지 않는 장치면 0."""
    if device.type == "mps":  # CPU와 메모리를 함께 쓰므로, 권하는 한도에서 남은 것입니다.
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    if device.type == "cpu":
        return 0
    ask = getattr(torch.get_device_module(device), "mem_get_info", None)
    return ask(device)[0] if ask else 0


class Alone:
    """프로세스가 하나뿐인 모임. ``ProcessGroup``과 같은 물음에 답하되, 나눌 것도 평균할 것도 없습니다."""

    size, is_writer = 1, True
    device = None  # 설정값 ngpu가 정합니다.

    def share(self, batch):
        return batch

    def average(self, tensors):
        pass

    def anyone(self, wish):
        return wish

    def one_by_one(self, work):
        return work()
