"""손실: 정의의 식, 균형의 값, 로짓과의 일치."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan_lesson.objectives import OBJECTIVES, LogitBCE, ProbabilityBCE, value

PROBABILITIES = st.lists(st.floats(0.001, 0.999), min_size=1, max_size=8)


@given(PROBABILITIES, PROBABILITIES)
def test_losses_are_the_formula_and_minus_the_value(real, fake):
    loss = ProbabilityBCE()
    p, q = (torch.tensor(x, dtype=torch.float64) for x in (real, fake))
    real_loss = -sum(math.log(x) for x in real) / len(real)
    fake_loss = -sum(math.log(1 - x) for x in fake) / len(fake)
    assert loss.real_loss(p) == pytest.approx(real_loss)
    assert loss.fake_loss(q) == pytest.approx(fake_loss)
    assert loss.generator_loss(q) == pytest.approx(-sum(math.log(x) for x in fake) / len(fake))
    assert value(p, q) == pytest.approx(-(real_loss + fake_loss))


@given(PROBABILITIES)
def test_logits_give_the_same_losses_and_gradients(probabilities):
    p = torch.tensor(probabilities, dtype=torch.float64)
    for name in ("real_loss", "fake_loss", "generator_loss"):
        score = p.logit().requires_grad_()
        from_logits = getattr(LogitBCE(), name)(score)
        from_probability = getattr(ProbabilityBCE(), name)(score.sigmoid())
        assert from_logits.item() == pytest.approx(from_probability.item())
        gradients = [
            torch.autograd.grad(x, score, retain_graph=True)[0] for x in (from_logits, from_probability)
        ]
        assert torch.allclose(*gradients)


def test_logits_keep_a_gradient_where_the_probability_rounds_to_zero():
    score = torch.tensor([-200.0], requires_grad=True)
    LogitBCE().generator_loss(score).backward()
    assert score.grad == -1
    score.grad = None
    ProbabilityBCE().generator_loss(score.sigmoid()).backward()
    assert score.grad == 0  # σ(-200)이 0으로 반올림되어 변화도가 사라집니다.


def test_saturating_gradient_vanishes_where_the_other_one_is_full():
    """s에 대한 변화도: 포화 손실은 -D, 비포화 손실은 D - 1입니다(σ' = σ(1 - σ))."""
    scores = torch.tensor([-12.0, -3.0, 0.0, 3.0], dtype=torch.float64, requires_grad=True)
    d = scores.detach().sigmoid()
    saturating = OBJECTIVES["saturating"].generator_loss(scores) * 4
    (gradient,) = torch.autograd.grad(saturating, scores)
    assert torch.allclose(gradient, -d)
    healthy = OBJECTIVES["non-saturating"].generator_loss(scores) * 4
    (gradient,) = torch.autograd.grad(healthy, scores)
    assert torch.allclose(gradient, d - 1)
    # 둘 다 D(G(z))를 키우는 쪽이고, D = 1/2에서 크기가 같습니다.
    value_of = -torch.log1p(-d).mean().item()
    assert OBJECTIVES["saturating"].generator_loss(scores).item() == pytest.approx(-value_of)


def test_least_squares_is_the_formula():
    loss, score = OBJECTIVES["least-squares"], torch.tensor([0.0, 1.0, 3.0])
    assert loss.real_loss(score) == loss.generator_loss(score) == pytest.approx((1 + 0 + 4) / 6)
    assert loss.fake_loss(score) == pytest.approx((0 + 1 + 9) / 6)
    assert loss.probability(score).tolist() == [0, 1, 1]


@pytest.mark.parametrize("name", OBJECTIVES)
def test_equilibrium_is_the_loss_of_a_d_that_cannot_tell(name):
    """D의 답이 늘 1/2일 때: BCE는 로짓 0, 최소제곱은 출력 1/2."""
    objective = OBJECTIVES[name]
    score = torch.full((4,), 0.5 if name == "least-squares" else 0.0)
    assert torch.allclose(objective.probability(score), torch.tensor(0.5))
    loss_d = objective.real_loss(score) + objective.fake_loss(score)
    assert (loss_d.item(), objective.generator_loss(score).item()) == pytest.approx(objective.equilibrium)
