"""아주 작은 신경망에서 학생의 루프를 돌려 보는 문제들이 함께 쓰는 것."""

import re

import torch
from torch.nn import functional as F

from gan_lesson.config import LessonConfig

CONFIG = LessonConfig(nz=4, ngf=2, ndf=2, batch_size=6, ngpu=0)


def bce(answers, label):
    """D의 답 (N,)에 모두 ``label``을 붙인 BCE. ``label``은 수나 (N,)."""
    return F.binary_cross_entropy(answers, torch.as_tensor(label).expand_as(answers))


def flat(tensors):
    """텐서들을 한 줄로 이은 사본. 학생이 메모리의 차례를 바꾸어 놓아도 됩니다."""
    return torch.cat([tensor.detach().flatten() for tensor in tensors])


def gradients(network):
    """매개변수마다의 .grad를 한 줄로 이은 것. 없는 것은 0입니다."""
    return flat(torch.zeros_like(p) if p.grad is None else p.grad for p in network.parameters())


def explain_labels(error):
    """라벨의 모양이 D의 답과 다르다는 오류면 그 말을, 아니면 ``None``을 돌려줍니다."""
    shapes = re.findall(r"torch\.Size\((\[.*?\])\)", str(error))
    if "target size" not in str(error) or len(shapes) != 2:
        return None
    return (
        f"라벨의 모양이 {shapes[0]}인데 D의 답은 {shapes[1]}입니다. torch.ones(len(real))처럼 들어온 배치의 길이에 "
        "맞추어 만드세요."
    )
