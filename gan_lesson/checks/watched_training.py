"""학습하는 함수가 도는 동안, D가 본 것과 옵티마이저가 갱신할 때의 변화도를 적어 둡니다."""

from dataclasses import dataclass, field

import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook

from gan_lesson.checks.training_loop import flat


@dataclass
class Seen:
    """D가 본 한 배치. ``z``는 G가 만든 것이면 그때의 z, 진짜면 ``None``."""

    images: torch.Tensor
    z: torch.Tensor | None
    attached: bool
    training: bool


@dataclass
class Step:
    """옵티마이저의 한 번의 갱신. ``whose``는 "D"나 "G", 둘이 섞였으면 "DG"."""

    whose: str
    optimizer: torch.optim.Optimizer
    gradient: torch.Tensor
    seen: list
    weights: dict


@dataclass
class Watch:
    """학생의 함수가 도는 동안 적어 둔 것."""

    G: torch.nn.Module
    D: torch.nn.Module
    steps: list = field(default_factory=list)
    pending: list = field(default_factory=list)  # 지난 갱신 뒤에 D가 본 것
    made: list = field(default_factory=list)  # G가 만든 (그림, z)

    def hooks(self):
        """확률을 받든 로짓을 받든 지나는 첫 층에 답니다."""
        return (
            self.G.main[0].register_forward_pre_hook(
                lambda _, inputs: setattr(self, "z", inputs[0].detach())
            ),
            self.G.main[-1].register_forward_hook(self._generated),
            self.D.main[0].register_forward_pre_hook(self._judged),
            register_optimizer_step_pre_hook(self._stepped),
        )

    def _generated(self, layer, inputs, output):
        self.made = [*self.made[-3:], (output.detach().clone(), self.z.clone())]

    def _judged(self, layer, inputs):
        if torch.is_grad_enabled():
            (images,) = inputs
            found = (z for fake, z in reversed(self.made) if torch.equal(fake, images))
            training = self.G.training and self.D.training
            self.pending.append(
                Seen(images.detach().clone(), next(found, None), images.requires_grad, training)
            )

    def _stepped(self, optimizer, args, kwargs):
        mine = {id(p) for group in optimizer.param_groups for p in group["params"]}
        whose = "".join(n for n in "DG" if mine & {id(p) for p in getattr(self, n).parameters()})
        grads = [
            torch.zeros_like(p) if p.grad is None else p.grad
            for n in whose
            for p in getattr(self, n).parameters()
        ]
        weights = {n: {k: v.clone() for k, v in getattr(self, n).state_dict().items()} for n in "GD"}
        self.steps.append(
            Step(whose, optimizer, flat(grads) if grads else torch.zeros(1), self.pending, weights)
        )
        self.pending = []

    def of(self, whose):
        return [step for step in self.steps if step.whose == whose]
