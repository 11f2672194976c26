"""잠재공간을 거닐기: 두 z의 사이, 축 하나, z의 산수."""

import math

import torch

from gan_lesson.base.errors import LessonError, choose

ENOUGH = 3  # 평균을 내는 데 드는 z의 수. 논문도 셋을 평균했습니다(Radford 2015 §6.3.2).


def lerp(start, end, share):
    """두 z (nz,)의 선형 보간 (1 - t)·start + t·end. ``share``는 t, [0, 1]입니다.

    표준정규분포에서 뽑은 두 z의 한가운데는 길이가 √½배로 줄어, G가 본 적이 드문 곳을 지납니다.
    """
    return (1 - share) * start + share * end


def slerp(start, end, share):
    """구면 보간(Shoemake 1985): 영벡터가 아닌 두 벡터 (nz,)의 방향 사이를 돌아갑니다. ``share``는 t, [0, 1]입니다.

    길이가 같은 두 z의 사이에서는 각을 고르게 나누고 길이가 그대로입니다. 길이가 다르면 긴 쪽으로 쏠립니다. 고차원의
    정규분포는 반지름 √nz의 껍질 가까이에 몰려 있으므로, 그 껍질을 따라가는 길입니다(White 2016 §2.1).
    """
    # float32의 arccos는 ±1 가까이에서 거칠어, 정반대를 알아보지 못합니다.
    a, b = start.double(), end.double()
    if a.norm() == 0 or b.norm() == 0:
        raise LessonError("구면 보간: 영벡터에는 방향이 없습니다. 다른 z를 고르세요.")
    angle = torch.arccos((torch.dot(a, b) / (a.norm() * b.norm())).clamp(-1, 1))
    # 거의 같은 방향이면 0으로 나누게 되므로 선형 보간으로 갑니다. 그때 둘은 같습니다.
    if angle < 1e-4:
        return lerp(start, end, share)
    if math.pi - angle < 1e-3:
        raise LessonError("구면 보간: 두 벡터가 정반대라서 돌아갈 쪽을 정할 수 없습니다. 다른 z를 고르세요.")
    mixed = torch.sin((1 - share) * angle) * a + torch.sin(share * angle) * b
    return (mixed / torch.sin(angle)).to(start.dtype)


PATHS = {"lerp": lerp, "slerp": slerp}


def path(start, end, steps, kind="slerp"):
    """두 z 사이의 길 (steps, nz). 양 끝을 담습니다."""
    between = PATHS[choose("보간", kind, PATHS)]
    return torch.stack([between(start, end, share) for share in torch.linspace(0, 1, steps).tolist()])


def along_axis(z, axis, values):
    """z의 원소 하나만 ``values``로 바꾼 것들 (len(values), nz)."""
    if not 0 <= axis < len(z):
        raise LessonError(f"축 {axis}: 0 이상 {len(z) - 1} 이하의 정수여야 합니다.")
    moved = z.repeat(len(values), 1)
    moved[:, axis] = torch.as_tensor(values, dtype=z.dtype)
    return moved


def mean_z(z, chosen):
    """z (N, nz)에서 고른(``chosen`` (N,) bool) 것들의 평균 (nz,). 하나보다 그 글자다움이 또렷합니다(Radford 2015 §6.3.2)."""
    if (count := int(chosen.sum())) < ENOUGH:
        raise LessonError(
            f"고른 z {count}개: 평균을 내려면 {ENOUGH}개 이상이어야 합니다. z를 더 뽑거나, 이 생성자가 "
            "더 자주 만드는 글자를 고르세요."
        )
    return z[chosen].mean(0)


def on_shell(z):
    """방향은 그대로 두고 길이를 √nz로 맞춥니다. 더하고 뺀 z는 길이가 제멋대로이기 때문입니다."""
    return z / z.norm(dim=-1, keepdim=True).clamp(min=1e-12) * math.sqrt(z.shape[-1])
