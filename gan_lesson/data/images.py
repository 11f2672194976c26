"""그림 데이터와 미니 배치. 그림은 디스크에 uint8로 있고, 꺼낼 때 [-1, 1]이 됩니다."""

import json
from itertools import count
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from gan_lesson.base.devices import ProcessGroup, free_memory
from gan_lesson.base.errors import LessonError
from gan_lesson.base.seeds import stream_seed


class ImageSet(Dataset):
    """캐시의 항목(``cache``)에 든 그림 모음.

    ``dataset[i]``는 (nc, H, W) float32, [-1, 1]입니다. G의 tanh와 범위가 달라 D가 그것만 보고 가려내지 않게 합니다.

    Attributes:
        images: (N, nc, H, W) uint8, 디스크에 사상된 읽기 전용 배열. labels: (N, L) int32.
        notes: 데이터를 만들 때 남긴 기록(읽지 못한 파일 등). fingerprint: 그림과 라벨의 CRC-32.
    """

    def __init__(self, folder, name, label_names=()):
        self.folder, self.name, self.label_names = Path(folder), name, tuple(label_names)
        meta = json.loads((self.folder / "meta.json").read_text(encoding="utf-8"))
        self.notes, self.fingerprint = meta["notes"], meta["crc"]
        self.images = np.load(self.folder / "images.npy", mmap_mode="r")
        self.labels = np.load(self.folder / "labels.npy")

    def __reduce__(self):
        # 작업 프로세스에는 배열 대신 폴더의 이름만 보냅니다. 받은 쪽이 다시 사상합니다.
        return ImageSet, (self.folder, self.name, self.label_names)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        """번호 하나면 그림 한 장 (nc, H, W), 번호의 목록이나 배열이면 한 묶음 (B, nc, H, W)."""
        return self.take(index) if isinstance(index, list | np.ndarray) else self.take([index])[0]

    def take(self, indices):
        """고른 번호의 그림을 한 번에: (B, nc, H, W) float32, [-1, 1]."""
        return to_unit_range(torch.from_numpy(self.images[np.asarray(indices)]))


def to_unit_range(images):
    """uint8 [0, 255] → float32 [-1, 1]."""
    return images.to(torch.float32).div_(127.5).sub_(1.0)


def to_uint8(images):
    """float [-1, 1] → uint8 [0, 255]. ``to_unit_range``의 반대이며 범위 밖은 잘립니다."""
    return images.add(1.0).mul_(127.5).round_().clamp_(0, 255).to(torch.uint8)


def epoch_order(count, seed, epoch):
    """``epoch``번째 에폭의 순서 (count,) int64. (시드, 에폭)만으로 정해져, 에폭 가운데서 이어 해도 같습니다."""
    generator = torch.Generator().manual_seed(stream_seed(seed, "order", epoch))
    return torch.randperm(count, generator=generator)


def epoch_batches(dataset, batch_size, seed=0, epoch=0, start=0, workers=0, group=None, held=None):
    """섞어 자른 한 에폭의 미니 배치들: (batch_size, nc, H, W) float32, [-1, 1].

    마지막에 남는 조각은 버립니다. 배치 크기가 달라지면 배치 정규화의 통계도 달라지기 때문입니다.

    Args:
        start: 건너뛸 배치의 수. workers: 배치를 미리 꺼내 두는 작업 프로세스의 수.
        group: ``ProcessGroup``이면 배치마다 내 몫(batch_size ÷ 프로세스의 수)만 읽어서 냅니다.
        held: 장치에 올려 둔 그림(``on_device_if_it_fits``). 있으면 파일 대신 거기서 꺼냅니다.
    """
    picks = _epoch_picks(dataset, batch_size, seed, epoch, group)[start:]
    if held is not None:  # 번호도 에폭마다 한 번에 올려 두어, 반복마다 장치를 기다리지 않습니다.
        return (to_unit_range(held[pick]) for pick in picks.to(held.device))
    return DataLoader(
        dataset,
        # 배치를 여기서 나누어, 데이터가 한 장씩이 아니라 한 배치를 한 번에 꺼내게 합니다.
        batch_size=None,
        sampler=picks.numpy(),
        num_workers=workers,
        # DataLoader가 전역 난수를 소비해 학습의 난수에 끼어들지 않게 합니다.
        generator=torch.Generator().manual_seed(0),
    )


def _epoch_picks(dataset, batch_size, seed, epoch, group):
    """배치마다 꺼낼 그림의 번호 (배치의 수, 내 몫)."""
    total = batches_per_epoch(dataset, batch_size)
    order = epoch_order(len(dataset), seed, epoch)[: total * batch_size]
    return (group or ProcessGroup()).share(order.view(total, batch_size).T).T


class Batches:
    """``config``의 batch_size, seed, workers대로 나오는 ``epoch_batches``. 한 에폭에 ``per_epoch``개입니다.

    그림이 ``device``의 메모리에 모두 들어가면 올려 두고, 파일 대신 거기서 꺼냅니다.
    """

    def __init__(self, data, config, group=None, device=None):
        self.per_epoch = batches_per_epoch(data, config.batch_size)
        self._data, self._config, self._group = data, config, group
        self._held = None if device is None else on_device_if_it_fits(data, device)

    def epoch(self, number=0, start=0):
        """``number``번째 에폭의 배치들을 ``start``번째부터 차례로."""
        size, seed, workers = self._config.batch_size, self._config.seed, self._config.workers
        return epoch_batches(self._data, size, seed, number, start, workers, self._group, self._held)

    def at(self, iteration):
        """``iteration``번 반복한 학습이 다음에 볼 배치."""
        number, index = divmod(iteration, self.per_epoch)
        size, seed = self._config.batch_size, self._config.seed
        return self._data.take(_epoch_picks(self._data, size, seed, number, self._group)[index])

    def endless(self):
        """첫 에폭부터 끝없이."""
        for number in count():
            yield from self.epoch(number)


def on_device_if_it_fits(dataset, device, chunk=4096):
    """통째로 ``device``에 올린 (N, nc, H, W) uint8. CPU거나, 남은 메모리의 절반에 들어가지 않으면 ``None``.

    64픽셀 컬러 20만 장이 2.5 GB입니다. ``chunk``장씩 옮겨, 전체를 한 번 더 메모리에 두지 않습니다.
    """
    images = dataset.images
    if images.nbytes > free_memory(device) / 2:
        return None
    held = torch.empty(images.shape, dtype=torch.uint8, device=device)
    for start in range(0, len(images), chunk):
        held[start : start + chunk] = torch.from_numpy(np.array(images[start : start + chunk]))
    return held


def batches_per_epoch(dataset, batch_size):
    """한 에폭의 반복 수. 그림이 배치보다 적으면 ``LessonError``."""
    if (count := len(dataset)) < batch_size:
        smaller = f"batch_size를 {count} 이하로 줄이거나 " if count >= 2 else ""
        raise LessonError(
            f"설정값 batch_size = {batch_size}: 그림이 {count}장뿐이라 배치 하나를 채우지 못합니다. {smaller}그림을 더 넣으세요."
        )
    return len(dataset) // batch_size
