"""여러 프로세스(GPU마다 하나)가 한 학습을 나누어 합니다. 밑에는 torch.distributed가 있습니다.

미니 배치와 z를 프로세스의 수만큼 나누어 갖고, D와 G를 갱신하기 바로 앞에서 변화도를 한 번씩 평균합니다
(``all_reduce``). 모두가 같은 난수로 z 전체를 뽑아 자기 몫만 쓰므로, 몇으로 나누든 학습이 보는 데이터와 z는
같고 체크포인트에 남길 난수도 하나입니다.
"""

import io
import json
import os
import sys
import tempfile
import traceback
import warnings
from contextlib import contextmanager, redirect_stdout
from datetime import timedelta
from pathlib import Path

import torch
from torch import distributed as dist

from gan_lesson.base.devices import accelerator
from gan_lesson.base.errors import LessonError
from gan_lesson.base.files import write_bytes
from gan_lesson.training.stop_reasons import stop_signals

# 대장이 큰 데이터의 캐시를 만드는 동안 나머지가 기다리는 한도. 프로세스가 죽은 것은 이와 상관없이 바로 압니다.
PATIENCE = timedelta(hours=12)


# 연결이 끊겼을 때 gloo와 NCCL이 하는 말
_LOST = ("closed by peer", "reset by peer", "broken pipe", "remote process exited", "timed out")
# 한 컴퓨터 안에서만 이야기하므로 다른 컴퓨터에 문을 열지 않습니다. 윈도에는 이런 이름이 없습니다.
_LOOPBACK = {"linux": "lo", "darwin": "lo0"}


class PeerLostError(LessonError):
    """함께 학습하던 다른 프로세스가 먼저 끝났습니다."""


class ProcessGroup:
    """함께 학습하는 프로세스들에서 나의 자리.

    Attributes:
        rank: 내 번호(0부터). 0번이 대장(writer)으로, 화면과 파일에는 대장만 씁니다.
        size: 프로세스의 수.
        local_rank: 이 컴퓨터 안에서의 번호.
        device: 내가 쓰는 ``torch.device``.
    """

    def __init__(self, rank, size, local_rank, device):
        self.rank, self.size = rank, size
        self.local_rank, self.device = local_rank, torch.device(device)

    @property
    def is_writer(self):
        return self.rank == 0

    def share(self, batch):
        """``batch``(첫 차원의 길이가 ``size``의 배수인 텐서나 목록)에서 내 몫."""
        count = len(batch) // self.size
        return batch[self.rank * count : (self.rank + 1) * count]

    def average(self, tensors):
        """``tensors``를 모든 프로세스의 평균으로 그 자리에서 바꿉니다. 한 줄로 이어 한 번만 주고받습니다."""
        joined = torch.cat([tensor.reshape(-1) for tensor in tensors])
        _sum(joined)
        joined /= self.size
        parts = joined.split([tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view(tensor.shape))

    def anyone(self, wish):
        """한 프로세스라도 ``wish``가 참이면 모두에게 ``True``. 그래서 모두 같은 반복에서 멈춥니다."""
        # CPU에서 주고받으므로 GPU가 하던 일을 기다리지 않습니다.
        votes = torch.tensor([float(wish)])
        _sum(votes)
        return bool(votes.item())

    def wait(self):
        """모두가 여기에 올 때까지 기다립니다."""
        self.anyone(False)

    def one_by_one(self, work):
        """컴퓨터마다 한 프로세스가 먼저 ``work()``를 하고(캐시 만들기), 나머지가 그 뒤에 합니다."""
        if self.local_rank == 0:
            result = work()
        self.wait()
        return result if self.local_rank == 0 else work()


def _sum(tensor):
    try:
        dist.all_reduce(tensor)
    except RuntimeError as error:
        if not any(words in str(error).lower() for words in _LOST):
            raise  # 연결이 끊긴 것이 아니라 다른 이유
        raise PeerLostError(
            "다른 프로세스가 멈추어 함께 멈춥니다. 이유는 먼저 멈춘 프로세스가 알려 줍니다. 고친 뒤에 "
            "'python -m gan_lesson train --resume 결과폴더'를 같은 방법으로 띄우면 이어서 합니다."
        ) from error


@contextmanager
def joined(rank, size, local_rank, on_gpu, **rendezvous):
    """프로세스들을 잇고 ``ProcessGroup``을 내줍니다. 대장이 아니면 화면에 쓰지 않습니다.

    Args:
        on_gpu: 참이면 이 컴퓨터의 ``local_rank``번 GPU를, 거짓이면 CPU를 씁니다.
        rendezvous: ``torch.distributed.init_process_group``에 그대로 넘길, 서로를 찾는 방법.
    """
    device = torch.device("cuda", local_rank) if on_gpu else torch.device("cpu")
    if on_gpu:
        if accelerator() not in ("cuda", None):
            raise LessonError(
                f"프로세스 {size}개: GPU 여러 개로 나누어 학습하는 것은 NVIDIA GPU에서만 됩니다(지금 {accelerator()}). "
                "ngpu=1(GPU 하나)이나 ngpu=0(CPU)으로 정하세요."
            )
        if local_rank >= torch.cuda.device_count():
            raise LessonError(
                f"프로세스 {local_rank}번: 이 컴퓨터에서 쓸 수 있는 GPU는 {torch.cuda.device_count()}개입니다. "
                "프로세스의 수(--nproc-per-node)를 GPU의 수 이하로 정하거나, ngpu=0으로 CPU를 쓰세요."
            )
        torch.cuda.set_device(device)
    backend = "cpu:gloo,cuda:nccl" if on_gpu and dist.is_nccl_available() else "gloo"
    dist.init_process_group(backend, rank=rank, world_size=size, timeout=PATIENCE, **rendezvous)
    group = ProcessGroup(rank, size, local_rank, device)
    if group.is_writer:
        yield group
    else:
        with redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield group
    # 잘못되었을 때는 부르지 않습니다. 함께 끊는 일이라, 이미 멈춘 프로세스를 끝없이 기다릴 수 있습니다.
    dist.destroy_process_group()


def started_by_torchrun():
    """``torchrun``이 프로세스 여럿 가운데 하나로 띄웠는지."""
    return "TORCHELASTIC_RUN_ID" in os.environ and int(os.environ.get("WORLD_SIZE", "1")) > 1


def joined_by_torchrun(on_gpu):
    """``torchrun``이 띄운 프로세스들을 잇습니다. ``joined``와 같은 것을 내줍니다."""
    rank, size, local_rank = (int(os.environ[n]) for n in ("RANK", "WORLD_SIZE", "LOCAL_RANK"))
    return joined(rank, size, local_rank, on_gpu, init_method="env://")


def launch(work, size, *arguments, on_gpu=False):
    """``work(group, *arguments)``를 이 컴퓨터의 프로세스 ``size``개에서 함께 돌립니다.

    Args:
        work: 모듈에서 import할 수 있는 함수. 프로세스마다 새로 뜬 파이썬이 부릅니다.
        size: 프로세스의 수.
        arguments: pickle할 수 있는 값들.
        on_gpu: 참이면 GPU를 하나씩, 거짓이면 CPU의 코어를 나누어 씁니다.

    Returns:
        대장의 ``work``가 돌려준 값(JSON으로 쓸 수 있는 것).

    Raises:
        LessonError: 한 프로세스가 ``LessonError``를 냈거나 갑자기 끝났을 때. 나머지도 끝냅니다.
    """
    from torch import multiprocessing

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)  # 서로를 찾는 곳이자 결과를 주고받는 곳
        context = multiprocessing.start_processes(
            _enter, (size, on_gpu, folder, work, arguments), nprocs=size, join=False, start_method="spawn"
        )

        def pass_on(*_):  # 자식들은 하던 반복을 마치고 함께 멈춥니다.
            for process in context.processes:
                if process.is_alive():
                    process.terminate()

        try:
            with stop_signals(pass_on) as asked:
                while not context.join(grace_period=5):
                    pass
        except (multiprocessing.ProcessRaisedException, multiprocessing.ProcessExitedException) as error:
            if asked.is_set():  # 학습을 시작하기 전에 멈추라고 했습니다.
                raise KeyboardInterrupt from None
            # 일을 다 마치고 나가다가 죽었으면 결과는 온전합니다.
            if not (folder / "result.json").is_file():
                raise _explanation(error, size, folder) from None
        return json.loads((folder / "result.json").read_text(encoding="utf-8"))


def _explanation(error, size, folder):
    """프로세스 하나가 잘못되었을 때의 예외. 먼저 잘못된 프로세스의 말이고, 연결이 끊겼을 뿐인 나머지의 말이 아닙니다."""
    for said in folder.glob("error-*.txt"):
        return LessonError(said.read_text(encoding="utf-8"))
    for said in folder.glob("crash-*.txt"):
        rank = said.stem.removeprefix("crash-")
        return RuntimeError(f"프로세스 {rank}번:\n{said.read_text(encoding='utf-8')}")
    how = getattr(error, "signal_name", None) or f"종료 코드 {getattr(error, 'exit_code', 1)}"
    return LessonError(
        f"프로세스 {size}개 가운데 {error.error_index}번이 갑자기 끝나({how}) 나머지도 멈추었습니다. 메모리가 "
        "모자라 운영체제가 끝냈을 때가 많습니다. batch_size나 프로세스의 수를 줄여 다시 하세요."
    )


def _enter(rank, size, on_gpu, folder, work, arguments):
    if loopback := _LOOPBACK.get(sys.platform):
        for backend in ("GLOO", "NCCL"):
            os.environ.setdefault(f"{backend}_SOCKET_IFNAME", loopback)
    if not on_gpu:
        torch.set_num_threads(max(1, torch.get_num_threads() // size))
    try:
        store = dist.FileStore(str(folder / "meeting"), size)
        with joined(rank, size, rank, on_gpu, store=store) as group:
            result = work(group, *arguments)
    except PeerLostError:
        raise
    except LessonError as error:
        (folder / f"error-{rank}.txt").write_text(str(error), encoding="utf-8")
        raise
    except Exception:
        (folder / f"crash-{rank}.txt").write_text(traceback.format_exc(), encoding="utf-8")
        raise
    if rank == 0:
        write_bytes(folder / "result.json", json.dumps(result).encode())
