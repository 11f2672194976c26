"""08a의 '빈 셀에서'의 답: 두 가지로 쓴 바른 답(``RIGHT``)과, 흔한 실수와 그때 나와야 하는 말(``WRONG``)."""

import torch
from torch import nn

from gan_lesson.checks.training_run import check_training

BCE, LOGIT_BCE, BATCH, NZ = nn.BCELoss(), nn.BCEWithLogitsLoss(), 16, 16
BETAS = (0.5, 0.999)


def unit(images):
    return images.float() / 127.5 - 1


def train(scale=unit, detach=True, retain=False, zero_d=True, zero_g=True, between=False, labels=(1.0, 0.0),
          label_g=1.0, sign_g=1.0, sign_d=1.0, loss=BCE, detach_g=False, same_z=False, draw=torch.randn,
          shuffle=True, epochs=None, step_d=True, step_g=True, swap=False, betas=BETAS, one_optimizer=False,
          fake_too=True, item=True, only_first=False, evaluate=False, mixed=False, fresh_fake=False, late=False,
          returns=True, looks=False, again=False, adam=torch.optim.Adam, order_of=None, same_z_g=False,
          row=None):  # fmt: skip
    def answer(G, D, images, wanted):
        real_images = scale(images)
        both = [*G.parameters(), *D.parameters()] if one_optimizer else None
        optimizer_g = adam(both or G.parameters(), 0.002, betas)
        optimizer_d = adam(both or D.parameters(), 0.002, betas)
        if swap:
            optimizer_d = optimizer_g
        if evaluate:
            G.eval()
        log, fixed = [], draw(BATCH, NZ)
        for _ in range(epochs or wanted):
            order = torch.randperm(order_of or len(images)) if shuffle else torch.arange(len(images))
            for picks in order.split(BATCH):
                real = real_images[order[:BATCH] if only_first else picks]
                z = fixed if same_z else draw(BATCH, NZ)
                if again:
                    optimizer_d = adam(D.parameters(), 0.002, betas)
                if looks:
                    print(D(real).mean().item(), D(G(draw(BATCH, NZ))).shape)
                if zero_d:
                    D.zero_grad()
                fake = G(z)
                cut = fake.detach() if detach else fake
                if mixed:
                    wants = torch.tensor(labels).repeat_interleave(BATCH)
                    loss_d = 2 * loss(D(torch.cat([real, cut])), wants)
                    loss_d.backward()
                else:
                    loss_real = sign_d * loss(D(real), torch.full((BATCH,), labels[0]))
                    loss_real.backward()
                    if between:
                        D.zero_grad()
                    loss_fake = sign_d * loss(D(cut), torch.full((BATCH,), labels[1]))
                    loss_d = loss_real + loss_fake
                    if fake_too:
                        loss_fake.backward(retain_graph=retain)
                if late:
                    D.zero_grad()
                if step_d:
                    optimizer_d.step()
                if zero_g:
                    G.zero_grad()
                new = G(fixed if same_z_g else draw(BATCH, NZ)) if fresh_fake else fake
                answers = D(new.detach() if detach_g else new)
                loss_g = sign_g * loss(answers, torch.full((BATCH,), label_g))
                loss_g.backward()
                if step_g:
                    optimizer_g.step()
                pair = (loss_d.item(), loss_g.item()) if item else (loss_d, loss_g)
                log.append(row(*pair) if row else pair)
        return log if returns else None

    return answer


def train_by_loader(G, D, images, epochs):
    """로짓으로, 손실의 평균으로, 가짜를 no_grad로 만들고 다시 만들어 쓰는 답."""
    loader = torch.utils.data.DataLoader(unit(images), BATCH, shuffle=True)
    optimizers = [torch.optim.Adam(net.parameters(), 0.002, BETAS) for net in (D, G)]
    log = []
    for _ in range(epochs):
        for real in loader:
            z = torch.randn(len(real), NZ)
            with torch.no_grad():
                fake = G(z)
            ones = torch.ones(len(real))
            loss_d = (LOGIT_BCE(D.logits(real), ones) + LOGIT_BCE(D.logits(fake), 0 * ones)) / 2
            optimizers[0].zero_grad()
            loss_d.backward()
            optimizers[0].step()
            loss_g = LOGIT_BCE(D.logits(G(z)), ones)
            optimizers[1].zero_grad()
            loss_g.backward()
            optimizers[1].step()
            log.append([float(loss_d.detach()), float(loss_g.detach())])
    return log


def train_by_closure(G, D, images, epochs):
    """손실을 닫힌 함수로 넘기는 답."""
    real_images, log = unit(images), []
    optimizers = [torch.optim.Adam(net.parameters(), 0.002, BETAS) for net in (D, G)]
    for _ in range(epochs):
        for picks in torch.randperm(len(images)).split(BATCH):
            real, z, ones = real_images[picks], torch.randn(BATCH, NZ), torch.ones(BATCH)

            def loss_d():
                D.zero_grad()
                loss = BCE(D(real), ones) + BCE(D(G(z).detach()), 0 * ones)  # noqa: B023
                loss.backward()
                return loss.item()

            def loss_g():
                G.zero_grad()
                loss = BCE(D(G(z)), ones)  # noqa: B023
                loss.backward()
                return loss.item()

            log.append((optimizers[0].step(loss_d), optimizers[1].step(loss_g)))
    return log


RIGHT = {
    check_training: [train(), train_by_loader, train_by_closure, train(fresh_fake=True), train(looks=True)]
}

WRONG = [
    (check_training, train(detach=False), "두 번 역전파했습니다"),
    (check_training, train(detach=False, retain=True), "G까지 갔습니다"),
    (check_training, train(detach=False, fresh_fake=True), "G까지 갔습니다"),
    (check_training, train(zero_d=False), "D.zero_grad()를 부르세요"),
    (check_training, train(zero_g=False), "G.zero_grad()를 부르세요"),
    (check_training, train(between=True), "가짜 배치의 변화도만"),
    (check_training, train(fake_too=False), "진짜 배치의 변화도만"),
    (check_training, train(labels=(0.0, 1.0)), "서로 바뀌었"),
    (check_training, train(labels=(1.0, 1.0)), "가짜에도 참 라벨"),
    (check_training, train(sign_d=-1.0), "D의 손실의 부호"),
    (check_training, train(loss=LOGIT_BCE), "한 번 더 씌웠"),
    (check_training, train(label_g=0.0), "들키는 쪽"),
    (check_training, train(label_g=0.0, sign_g=-1.0), "포화 손실"),
    (check_training, train(sign_g=-1.0), "G의 손실의 부호"),
    (check_training, train(detach_g=True), "fake.detach()가 아니라 fake"),
    (check_training, train(late=True), "이번 배치들의 변화도가 없었"),
    (check_training, train(step_d=False), "D를 갱신하지 않았습니다"),
    (check_training, train(step_g=False), "G를 갱신하지 않았습니다"),
    (check_training, train(swap=True), "optimizer_d로 D만"),
    (check_training, train(one_optimizer=True), "함께 들어 있습니다"),
    (check_training, train(betas=(0.9, 0.999)), "갱신이 다릅니다"),
    (check_training, train(again=True), "갱신이 다릅니다"),
    (check_training, train(adam=torch.optim.AdamW), "갱신이 다릅니다"),
    (check_training, train(same_z=True), "z를 한 번만"),
    (check_training, train(fresh_fake=True, same_z_g=True), "z를 한 번만"),
    (check_training, train(draw=lambda *size: 2 * torch.randn(size)), "표준정규분포"),
    (check_training, train(order_of=32), "6번 갱신해야"),
    (check_training, train(draw=torch.rand), "torch.randn"),
    (check_training, train(scale=lambda images: images.float()), "[-1, 1]로 바꾸세요"),
    (check_training, train(scale=lambda images: images / 255), "[-1, 1]로 바꾸세요"),
    (check_training, train(scale=lambda images: images), "uint8 그림입니다"),
    (check_training, train(mixed=True), "나누어 넣으세요"),
    (check_training, train(shuffle=False), "차례가 같습니다"),
    (check_training, train(only_first=True), "한 번씩 보지"),
    (check_training, train(epochs=1), "6번 갱신해야"),
    (check_training, train(evaluate=True), "평가 모드"),
    (check_training, train(item=False), ".item()"),
    (check_training, train(returns=False), "학습은 맞습니다"),
    (check_training, train(row=lambda d, g: "ab"), "(Loss_D, Loss_G)를 담은"),
    (check_training, train(row=lambda d, g: (g, d)), "1번째 반복의 (Loss_D, Loss_G)"),
    (check_training, train(row=lambda d, g: (0, 0)), "적은 것은 (0.0000, 0.0000)"),
    (check_training, train(row=lambda d, g: (torch.tensor(d), torch.tensor(g))), ".item()"),
    (check_training, train(row=lambda d, g: {"D": d, "G": g}), "길이 6인 목록"),
    (check_training, train(draw=lambda *size: torch.randn(BATCH, 100)), "z는 (N, nz)"),
    (check_training, train(draw=lambda *size: torch.randn(size).double()), "float32로"),
    (check_training, train(labels=(0.9, 0.0)), "0.9입니다"),
    (check_training, lambda G, D, images, epochs: [(1, 1)], "쓰지 않았습니다"),
    (check_training, lambda G, D, images, epochs: G(torch.randn(2, NZ)) and 3, "RuntimeError"),
    (check_training, lambda G: 3, "TypeError"),
    (check_training, 3, "함수를 넘겨"),
]
