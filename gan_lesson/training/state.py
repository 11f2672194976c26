"""학습의 상태: 두 신경망, 두 옵티마이저, 난수, 센 수. 한 시드에서 모두 나옵니다."""

import copy
import math

import torch

from gan_lesson.base.devices import ProcessGroup, pick_device
from gan_lesson.base.errors import LessonError
from gan_lesson.base.seeds import stream_seed
from gan_lesson.config import pick_improvements
from gan_lesson.models import Discriminator, Generator, generate, weights_init
from gan_lesson.training.improvements import G_RATE, Improvements

BETA2 = 0.999  # Adam의 beta2. 논문은 기본값을 그대로 둡니다.


def _own_device(config, group):
    if config.batch_size % group.size:
        raise LessonError(
            f"설정값 batch_size = {config.batch_size}: 프로세스 {group.size}개가 똑같이 나눌 수 없습니다. "
            f"{group.size}의 배수로 정하세요."
        )
    if group.device is not None:
        return group.device
    device = pick_device(config.ngpu)
    if config.ngpu > 1:
        raise LessonError(
            f"설정값 ngpu = {config.ngpu}: GPU 여러 개로 학습하려면 프로세스가 GPU마다 하나씩 있어야 합니다. "
            "명령줄(노트북이라면 !로 시작하는 셀)에서 'python -m gan_lesson train --ngpu 수'로 학습하거나 ngpu=1로 정하세요."
        )
    return device


class GanState:
    """학습을 그대로 이어 가는 데 필요한 모든 것.

    Args:
        config: ``LessonConfig``. ``batch_size``는 모든 프로세스의 것을 합한 크기입니다.
        group: 여러 프로세스가 함께 학습할 때의 ``ProcessGroup``. 기본은 혼자입니다.
        improve: 켤 변화들의 이름(``config.IMPROVEMENTS``). 기본은 교과서의 학습입니다.

    Attributes:
        generator, discriminator, optimizer_g, optimizer_d: 두 신경망과 하나씩의 Adam.
        rng: z를 뽑는 난수 생성기. 전역 난수는 쓰지 않습니다.
        fixed_noise: 끝까지 그대로인 잠재공간 벡터 (64, nz).
        iteration: 끝낸 반복의 수.
        total: 끝까지의 반복 수. 학습이 얼마나 왔는지 보는 변화가 씁니다.
    """

    def __init__(self, config, device=None, group=None, improve=()):
        self.config, self.group = config, group or ProcessGroup()
        improve = pick_improvements(improve)
        self.device = _own_device(config, self.group) if device is None else torch.device(device)
        # 전역 난수를 잠시 빌려 층을 만들고 되돌립니다. CPU에서 만들어 옮기므로
        # 장치가 달라도 같은 가중치에서 시작합니다.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(stream_seed(config.seed, "weights"))
            generator, discriminator = self._networks()
        if self.group.size > 1 and self.device.type == "cuda":
            # 나눈 배치마다가 아니라 배치 전체의 통계로 정규화합니다(CUDA에만 있는 층입니다).
            generator, discriminator = (
                torch.nn.SyncBatchNorm.convert_sync_batchnorm(network)
                for network in (generator, discriminator)
            )
        self.generator = generator.to(self.device)
        self.discriminator = discriminator.to(self.device)
        if "mixture" in improve:
            self.generator.mix(config.seed)
        betas = (config.beta1, BETA2)
        lr_d, lr_g = self._learning_rates()
        if "rates" in improve:
            lr_g *= G_RATE
        self.optimizer_d = torch.optim.Adam(self.discriminator.parameters(), lr_d, betas)
        self.optimizer_g = torch.optim.Adam(self.generator.parameters(), lr_g, betas)
        self.rng = torch.Generator(self.device).manual_seed(stream_seed(config.seed, "z"))
        noise_rng = torch.Generator().manual_seed(stream_seed(config.seed, "fixed_noise"))
        self.fixed_noise = self._noise(self.fixed_noise_count, noise_rng).to(self.device)
        self.iteration, self.total = 0, math.inf
        self.improvements = Improvements(improve, self)

    # 점을 배우는 상태(labs.points.gan.PointState)는 아래 넷만 다릅니다.
    fixed_noise_count = 64

    def _networks(self):
        config = self.config
        return Generator(config).apply(weights_init), Discriminator(config).apply(weights_init)

    def _learning_rates(self):
        return self.config.lr, self.config.lr

    def _noise(self, count, generator):
        return self.generator.draw_z(count, generator)

    def set_learning_rates(self, d=None, g=None):
        """두 옵티마이저의 학습률을 바꿉니다. ``None``이면 그대로. Adam이 모은 것은 남습니다."""
        for optimizer, rate in ((self.optimizer_d, d), (self.optimizer_g, g)):
            if rate is not None:
                for group in optimizer.param_groups:
                    group["lr"] = rate

    def sample_z(self, count):
        """``generator``가 쓰는 분포에서 뽑은 z (count, nz). 여럿이 나누어 할 때는 함께 뽑은 것에서 내 몫입니다."""
        return self.group.share(self._noise(count * self.group.size, self.rng))

    @property
    def shown_generator(self):
        """그림을 만들고 파일로 남길 생성자: ``ema``를 켰으면 평균한 것, 아니면 ``generator``."""
        average = self.improvements.average
        return self.generator if average is None else average

    def sample(self, z=None):
        """z(기본은 fixed_noise)로 ``shown_generator``가 만든 그림 (N, nc, H, W), [-1, 1]. 점의 상태면 점 (N, 2)."""
        return generate(self.shown_generator, self.fixed_noise if z is None else z.to(self.device))

    def snapshot(self):
        """지금 상태의 사본: 텐서와 수가 든 겹겹의 dict. ``restore``로 되돌리고, 체크포인트에도 이것을 남깁니다."""
        kept = {
            "generator": self.generator.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "optimizer_g": self.optimizer_g.state_dict()["state"],
            "optimizer_d": self.optimizer_d.state_dict()["state"],
            "learning_rates": {
                name: getattr(self, f"optimizer_{name}").param_groups[0]["lr"] for name in "dg"
            },
            "rng": self.rng.get_state(),
            "fixed_noise": self.fixed_noise,
            "iteration": self.iteration,
        }
        if self.improvements.average is not None:
            kept["average"] = self.improvements.average.state_dict()
        return copy.deepcopy(kept)

    def restore(self, snapshot):
        """``snapshot()``이 돌려준 사본으로 되돌립니다. 사본은 여러 번 쓸 수 있고, 다른 장치의 것이어도 됩니다."""
        self.generator.load_state_dict(snapshot["generator"])
        self.discriminator.load_state_dict(snapshot["discriminator"])
        _restore_moments(self.optimizer_g, snapshot["optimizer_g"])
        _restore_moments(self.optimizer_d, snapshot["optimizer_d"])
        self.set_learning_rates(**snapshot["learning_rates"])
        if self.improvements.average is not None:
            self.improvements.average.load_state_dict(snapshot["average"])
        self.fixed_noise.copy_(snapshot["fixed_noise"])
        self.iteration = snapshot["iteration"]
        if len(snapshot["rng"]) == len(self.rng.get_state()):
            self.rng.set_state(snapshot["rng"])
        else:  # CPU와 GPU는 난수를 만드는 방법이 달라 옮길 수 없으므로, 이 자리에서 새로 흐르게 합니다.
            self.rng.manual_seed(stream_seed(self.config.seed, "z", self.iteration))


def _restore_moments(optimizer, saved):
    """Adam이 모은 것을 되돌립니다. 어느 방법으로 갱신할지(fused 등)는 지금의 ``optimizer``의 것을 따릅니다."""
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": saved, "param_groups": groups})
    for parameter, moments in optimizer.state.items():
        # 사본과 나눠 가지지 않게 베낍니다. 체크포인트에는 메모리 배치가 남지 않으므로 가중치의 것을 따릅니다.
        for name, tensor in moments.items():
            like = torch.empty_like(parameter if tensor.ndim else tensor, requires_grad=False)
            moments[name] = like.copy_(tensor)
