"""다른 컴퓨터인 척합니다: 환경 변수 GAN_LESSON_ROUNDING에 번호를 적으면, 새로 뽑은 가중치마다 상대 오차 1e-6을 더합니다.

프로세서나 GPU가 다르면 같은 식도 마지막 자리가 다르게 반올림되고, 학습은 그 차이를 키웁니다. 초기 가중치를 그만큼
흔들면 그런 컴퓨터가 없어도 결과가 얼마나 달라지는지 볼 수 있습니다. 오차는 번호와 텐서의 모양으로만 정해집니다:
같은 시드로 만든 두 신경망은 이 "컴퓨터"에서도 같습니다. 여기의 이름은 노트북의 이름과 섞이므로 하나도 남기지 않습니다.
"""


def _round_differently(draw):
    import functools

    import torch
    from torch.nn import init

    def shaken(fill):
        @functools.wraps(fill)
        def filled(tensor, *arguments, **options):
            fill(tensor, *arguments, **options)
            own = torch.Generator().manual_seed(1_000_003 * draw + tensor.numel())
            error = 1e-6 * torch.randn(tensor.shape, generator=own)
            with torch.no_grad():
                return tensor.mul_(1 + error.to(tensor))

        return filled

    # nn.Linear와 nn.Conv2d의 기본값은 앞의 둘, DCGAN의 가중치 초기화는 normal_을 씁니다.
    for name in ("kaiming_uniform_", "uniform_", "normal_", "xavier_uniform_", "kaiming_normal_"):
        setattr(init, name, shaken(getattr(init, name)))


if __import__("os").environ.get("GAN_LESSON_ROUNDING"):
    _round_differently(int(__import__("os").environ["GAN_LESSON_ROUNDING"]))
del _round_differently
