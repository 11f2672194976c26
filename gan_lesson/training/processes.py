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

from gan_lesson.base.devices import ProcessGroup, pick_device

# 대장이 큰 데이터의 캐시를 만드는 동안 나머지가 기다리는 한도. 프로세스가 죽은 것은 이와 상관없이 바로 압니다.
PATIENCE = timedelta(hours=12)


def started_by_torchrun():
    """``torchrun``이 프로세스 여럿 가운데 하나로 띄웠는지."""
    return "TORCHELASTIC_RUN_ID" in os.environ and int(os.environ["WORLD_SIZE"]) > 1


def start_again_by_torchrun(size):
    """``python -m gan_lesson …``이라는 지금의 명령을 프로세스 ``size``개로 다시 시작합니다. 돌아오지 않습니다.

    노트북의 커널은 갈아치우지 않고 그냥 돌아옵니다(학습을 시작하는 ``GanState``가 거절합니다).
    """
    if Path(sys.argv[0]).parts[-2:] != ("gan_lesson", "__main__.py"):
        return
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
    if on_gpu:
        pick_device(local_rank + 1)  # GPU보다 프로세스가 많으면 여기서 알려 줍니다.
        torch.cuda.set_device(device)
    dist.init_process_group("cpu:gloo,cuda:nccl" if on_gpu else "gloo", timeout=PATIENCE)
    group = ProcessGroup(rank, size, local_rank, device)
    with redirect_stdout(sys.stdout if rank == 0 else io.StringIO()), warnings.catch_warnings():
        if rank:
            warnings.simplefilter("ignore")
        yield group
    # 잘못되었을 때는 부르지 않습니다. 함께 끊는 일이라, 이미 멈춘 프로세스를 끝없이 기다릴 수 있습니다.
    dist.destroy_process_group()
