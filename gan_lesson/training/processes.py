"""여러 프로세스(GPU마다 하나)가 한 학습을 나누어 합니다. 프로세스는 ``torchrun``이 띄우고 끝냅니다.

미니 배치와 z를 프로세스의 수만큼 나누어 갖고, D와 G를 갱신하기 바로 앞에서 변화도를 한 번씩 평균합니다
(``all_reduce``). 모두가 같은 난수로 z 전체를 뽑아 자기 몫만 쓰므로, 몇으로 나누든 학습이 보는 데이터와 z는
같고 체크포인트에 남길 난수도 하나입니다.
"""

import io
import os
import sys
import warnings
from contextlib import contextmanager, redirect_stdout
from datetime import timedelta
from pathlib import Path

import torch
from torch import distributed as dist

from gan_lesson.base.errors import LessonError

# 대장이 큰 데이터의 캐시를 만드는 동안 나머지가 기다리는 한도. 프로세스가 죽은 것은 이와 상관없이 바로 압니다.
PATIENCE = timedelta(hours=12)
# 연결이 끊겼을 때 gloo와 NCCL이 하는 말
LOST = ("closed by peer", "reset by peer", "broken pipe", "remote process exited", "timed out")


class ProcessGroup:
    """함께 학습하는 프로세스 ``size``개에서 나의 자리: 내 번호 ``rank``와 이 컴퓨터 안에서의 번호 ``local_rank``, 둘 다 0부터.

    0번이 대장(writer)으로, 화면과 파일에는 대장만 씁니다.
    """

    def __init__(self, rank, size, local_rank, device):
        self.rank, self.size, self.is_writer = rank, size, rank == 0
        self.local_rank, self.device = local_rank, torch.device(device)

    def share(self, batch):
        """``batch``(첫 차원의 길이가 ``size``의 배수인 텐서나 목록)에서 내 몫."""
        count = len(batch) // self.size
        return batch[self.rank * count : (self.rank + 1) * count]

    def average(self, tensors):
        """``tensors``를 모든 프로세스의 평균으로 그 자리에서 바꿉니다. 한 줄로 이어 한 번만 주고받습니다."""
        joined = torch.cat([tensor.reshape(-1) for tensor in tensors])
        dist.all_reduce(joined)  # 모두의 것을 더합니다.
        joined /= self.size
        parts = joined.split([tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view(tensor.shape))

    def anyone(self, wish):
        """한 프로세스라도 ``wish``가 참이면 모두에게 ``True``. 그래서 모두 같은 반복에서 멈춥니다."""
        votes = torch.tensor([float(wish)])  # CPU에서 주고받으므로 GPU가 하던 일을 기다리지 않습니다.
        dist.all_reduce(votes)
        return bool(votes.item())

    def one_by_one(self, work):
        """컴퓨터마다 한 프로세스가 먼저 ``work()``를 하고(캐시 만들기), 나머지가 그 뒤에 합니다."""
        result = work() if self.local_rank == 0 else None
        self.anyone(False)
        return result if self.local_rank == 0 else work()


def started_by_torchrun():
    """``torchrun``이 프로세스 여럿 가운데 하나로 띄웠는지."""
    return "TORCHELASTIC_RUN_ID" in os.environ and int(os.environ["WORLD_SIZE"]) > 1


def start_again_by_torchrun(size):
    """``python -m gan_lesson …``이라는 지금의 명령을 프로세스 ``size``개로 다시 시작합니다. 돌아오지 않습니다."""
    if Path(sys.argv[0]).parts[-2:] != ("gan_lesson", "__main__.py"):
        raise LessonError(
            f"설정값 ngpu = {size}: 여럿으로 다시 시작하는 것은 명령줄에서만 됩니다. 노트북이라면 셀에 "
            f"'!python -m gan_lesson train --ngpu {size}'라고 적으세요."
        )
    torchrun = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={size}"]
    if sys.platform == "linux":  # 이 컴퓨터 안에서만 이야기하므로 다른 컴퓨터에 문을 열지 않습니다.
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    os.execv(sys.executable, [sys.executable, *torchrun, "-m", "gan_lesson", *sys.argv[1:]])


@contextmanager
def joined(on_gpu):
    """``torchrun``이 띄운 프로세스들을 잇고 ``ProcessGroup``을 내줍니다. 대장이 아니면 화면에 쓰지 않습니다.

    ``on_gpu``가 참이면 이 컴퓨터에서의 번호(local_rank)와 번호가 같은 NVIDIA GPU를, 거짓이면 CPU를 씁니다.
    """
    rank, size, local_rank = (int(os.environ[name]) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"))
    device = torch.device("cuda", local_rank) if on_gpu else torch.device("cpu")
    if on_gpu and local_rank >= (available := torch.cuda.device_count()):
        raise LessonError(
            f"프로세스 {local_rank}번: 이 컴퓨터에서 쓸 수 있는 NVIDIA GPU는 {available}개입니다. 프로세스의 "
            "수(--nproc-per-node)를 그 이하로 정하거나, ngpu=0으로 CPU를 쓰세요."
        )
    if on_gpu:
        torch.cuda.set_device(device)
    dist.init_process_group("cpu:gloo,cuda:nccl" if on_gpu else "gloo", timeout=PATIENCE)
    group = ProcessGroup(rank, size, local_rank, device)
    try:
        with redirect_stdout(sys.stdout if rank == 0 else io.StringIO()), warnings.catch_warnings():
            if rank:
                warnings.simplefilter("ignore")
            yield group
    except RuntimeError as error:
        if not any(words in str(error).lower() for words in LOST):
            raise
        raise LessonError(
            "다른 프로세스가 멈추어 함께 멈춥니다. 이유는 먼저 멈춘 프로세스가 알려 줍니다. 고친 뒤에 "
            "'python -m gan_lesson train --resume 결과폴더'를 같은 방법으로 띄우면 이어서 합니다."
        ) from error
    # 잘못되었을 때는 부르지 않습니다. 함께 끊는 일이라, 이미 멈춘 프로세스를 끝없이 기다릴 수 있습니다.
    dist.destroy_process_group()
