"""교과서의 DCGAN에 더할 수 있는, 이름이 알려진 몇 가지 변화. 하나하나 켜고 끕니다.

모두 꺼져 있으면(기본) 교과서의 학습 그대로입니다. 학습률과 z의 중심(``models.FromNoise.mix``)은 ``state``를 만들 때, 라벨과 잡음은 손실
앞에서, 평균은 G의 옵티마이저가 갱신한 바로 뒤에 더해지므로 ``iteration.py``는 그대로입니다.
"""

import copy

import torch

# rates: G의 학습률은 설정값 lr의 몇 배인지. 두 학습률을 따로 두는 것은 Heusel 2017(TTUR)의 제안이고, 그 이론에서는 D가
# 더 빠른 쪽입니다. 세 배와 그 방향은 여기서 고른 것입니다(얼마나 도움이 되는지는 09c에서 잽니다).
G_RATE = 3
SOFT_LABEL = 0.9  # smooth: D에게 알려 주는 진짜의 라벨(Salimans 2016 §3.4)
NOISE = 0.2  # noise: D가 보는 그림(값은 [-1, 1])에 더하는 잡음의 처음 표준편차(Sønderby 2017)
MEMORY = 0.998  # ema: 평균에 남기는 몫의 끝값. 4,490번까지는 더 작아서 지금까지의 마지막 10분의 1쯤을 평균합니다(memory()).


def real_label(names):
    """``names``를 켰을 때 D에게 알려 주는 진짜의 라벨. ``smooth``가 없으면 1입니다."""
    return SOFT_LABEL if "smooth" in names else 1.0


class Improvements:
    """학습 하나(``GanState``)에 켜 놓은 변화들.

    Args:
        names: ``config.pick_improvements``가 고른 이름들.
        state: 이것을 가질 ``GanState``. 신경망과 옵티마이저가 이미 있어야 합니다.

    Attributes:
        average: ``ema``면 G의 가중치를 평균한 사본, 아니면 ``None``.
    """

    def __init__(self, names, state):
        self.names = names
        self._state = state
        # 반복마다 달라지는 수를 장치에 두어, 녹화한 반복(engine="graph")도 되풀이할 때마다 새 값을 읽습니다.
        self._noise_level, self._new_share = (torch.zeros((), device=state.device) for _ in range(2))
        self.average = None
        if "ema" in self.names:
            self.average = copy.deepcopy(state.generator).requires_grad_(False)
            state.optimizer_g.register_step_post_hook(lambda *_: self._follow())

    def start_iteration(self):
        """한 반복을 시작하기 전에 불러, 이 반복의 잡음의 크기와 평균의 몫을 정합니다."""
        done = self._state.iteration
        if "noise" in self.names:  # 학습의 끝까지 고르게 줄어 0이 됩니다.
            self._noise_level.fill_(NOISE * max(0.0, 1 - done / self._state.total))
        if self.average is not None:  # 처음의 가중치를 빨리 잊도록 작은 값에서 MEMORY로 커집니다.
            self._new_share.fill_(1 - min(MEMORY, (done + 1) / (done + 10)))

    def objective(self, objective):
        """``objective``(손실)에 라벨과 잡음을 더한 것. 둘 다 꺼져 있으면 그대로입니다."""
        if not {"smooth", "noise"} & {*self.names}:
            return objective
        softened = copy.copy(objective)
        softened.real_label = real_label(self.names)  # D의 것만. 가짜의 라벨(0)과 G의 목표(1)는 그대로입니다.
        if "noise" in self.names:  # 진짜와 가짜에 같은 크기의 잡음을, 볼 때마다 새로
            softened.score = lambda D, images: objective.score(D, self.add_noise(images))
        return softened

    def add_noise(self, images):
        """``images`` (N, …)에 지금 크기의 잡음을 더한 것. 여럿이 나누어 할 때는 함께 뽑은 것에서 내 몫입니다."""
        state = self._state
        count = len(images) * state.group.size
        noise = torch.randn(count, *images.shape[1:], generator=state.rng, device=images.device)
        return images + self._noise_level * state.group.share(noise)

    def restart_average(self):
        """G의 가중치를 밖에서 바꾸었을 때, 평균을 거기서 다시 시작합니다."""
        if self.average is not None:
            self.average.load_state_dict(self._state.generator.state_dict())

    @torch.no_grad()
    def _follow(self):
        now = self._state.generator.state_dict()
        for name, mean in self.average.state_dict().items():
            if mean.is_floating_point():
                mean.lerp_(now[name], self._new_share)
            else:
                mean.copy_(now[name])  # 배치 정규화가 센 수
