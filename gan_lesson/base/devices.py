"""학습을 계산하는 장치와 함께 계산하는 프로세스들. CPU가 아닌 것(가속기)은 ``torch.accelerator``가 찾아 줍니다."""

import torch
from torch import distributed

from gan_lesson.base.errors import LessonError


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
    """장치와 그 수를 사람이 읽는 글로: ``"CPU(스레드 2개)"``, ``"cuda(Tesla T4) 1개"``."""
    if device.type == "cpu":
        return f"CPU(스레드 {torch.get_num_threads()}개)"
    name = getattr(torch.get_device_module(device), "get_device_name", lambda _: "GPU")
    return f"{device.type}({name(device)}) {torch.accelerator.device_count()}개"


def synchronize(device):
    """장치가 시킨 일을 마칠 때까지 기다립니다. 시간을 재기 전후에 부릅니다."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def free_memory(device):
    """장치에 남은 메모리(바이트). CPU거나 알려 주지 않는 장치면 0."""
    if device.type == "cpu":
        return 0
    ask = getattr(torch.get_device_module(device), "mem_get_info", None)
    return ask(device)[0] if ask else 0


class ProcessGroup:
    """함께 학습하는 프로세스 ``size``개에서 나의 자리: 내 번호 ``rank``와 이 컴퓨터 안에서의 번호 ``local_rank``, 둘 다 0부터.

    0번이 대장(writer)으로, 화면과 파일에는 대장만 씁니다. 기본은 혼자이고, 그때 장치는 설정값 ngpu가 정합니다(``None``).
    """

    def __init__(self, rank=0, size=1, local_rank=0, device=None):
        self.rank, self.size, self.is_writer = rank, size, rank == 0
        self.local_rank, self.device = local_rank, None if device is None else torch.device(device)

    def share(self, batch):
        """``batch``(첫 차원의 길이가 ``size``의 배수인 텐서나 목록)에서 내 몫."""
        count = len(batch) // self.size
        return batch[self.rank * count : (self.rank + 1) * count]

    def average(self, tensors):
        """``tensors``를 모든 프로세스의 평균으로 그 자리에서 바꿉니다. 한 줄로 이어 한 번만 주고받습니다."""
        if self.size == 1:
            return
        joined = torch.cat([tensor.reshape(-1) for tensor in tensors])
        distributed.all_reduce(joined)  # 모두의 것을 더합니다.
        joined /= self.size
        parts = joined.split([tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view(tensor.shape))

    def anyone(self, wish):
        """한 프로세스라도 ``wish``가 참이면 모두에게 ``True``. 그래서 모두 같은 반복에서 멈춥니다."""
        if self.size == 1:
            return wish
        votes = torch.tensor([float(wish)])  # CPU에서 주고받으므로 GPU가 하던 일을 기다리지 않습니다.
        distributed.all_reduce(votes)
        return bool(votes.item())

    def one_by_one(self, work):
        """컴퓨터마다 한 프로세스가 먼저 ``work()``를 하고(캐시 만들기), 나머지가 그 뒤에 합니다."""
        result = work() if self.local_rank == 0 else None
        self.anyone(False)
        return result if self.local_rank == 0 else work()
