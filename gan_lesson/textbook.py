"""DCGAN 하나를 처음부터 끝까지 한 쪽에: 데이터, 두 신경망, 가중치 초기화, 학습 루프, 로그, 그림, 저장.

빈 파일에 이만큼 적으면 GAN이 됩니다. ``python -m gan_lesson.textbook``의 결과는 ``textbook/`` 폴더에 남습니다.
"""

from pathlib import Path

import torch
from matplotlib import pyplot as plt
from safetensors.torch import save_file
from torch import nn
from torch.utils.data import DataLoader

from gan_lesson.data.hangul import load_hangul

BATCH_SIZE, EPOCHS, LR, BETAS = 32, 7, 0.0002, (0.5, 0.999)
STEP = dict(kernel_size=4, stride=2, padding=1, bias=False)  # D는 한 변을 반으로, G는 두 배로
NC, NZ, NGF, NDF = 1, 100, 32, 32  # 색 채널, z의 원소, G와 D의 채널 수의 기준


def make_generator():
    """생성자 G: z → 그림, 값은 [-1, 1]."""
    return nn.Sequential(
        # (N, 100, 1, 1) → (N, 128, 4, 4)
        nn.ConvTranspose2d(NZ, NGF * 4, 4, bias=False), nn.BatchNorm2d(NGF * 4), nn.ReLU(True),
        # (N, 128, 4, 4) → (N, 64, 8, 8)
        nn.ConvTranspose2d(NGF * 4, NGF * 2, **STEP), nn.BatchNorm2d(NGF * 2), nn.ReLU(True),
        # (N, 64, 8, 8) → (N, 32, 16, 16)
        nn.ConvTranspose2d(NGF * 2, NGF, **STEP), nn.BatchNorm2d(NGF), nn.ReLU(True),
        # (N, 32, 16, 16) → (N, 1, 32, 32)
        nn.ConvTranspose2d(NGF, NC, **STEP), nn.Tanh(),
    )  # fmt: skip


def make_discriminator():
    """구분자 D: 그림 → 진짜일 확률."""
    return nn.Sequential(
        # (N, 1, 32, 32) → (N, 32, 16, 16)
        nn.Conv2d(NC, NDF, **STEP), nn.LeakyReLU(0.2, True),
        # (N, 32, 16, 16) → (N, 64, 8, 8)
        nn.Conv2d(NDF, NDF * 2, **STEP), nn.BatchNorm2d(NDF * 2), nn.LeakyReLU(0.2, True),
        # (N, 64, 8, 8) → (N, 128, 4, 4)
        nn.Conv2d(NDF * 2, NDF * 4, **STEP), nn.BatchNorm2d(NDF * 4), nn.LeakyReLU(0.2, True),
        # (N, 128, 4, 4) → (N, 1, 1, 1) → (N,)
        nn.Conv2d(NDF * 4, 1, 4, bias=False), nn.Sigmoid(), nn.Flatten(0),
    )  # fmt: skip


def weights_init(layer):
    """합성곱은 표준편차 0.02인 정규분포, 배치 정규화의 γ는 1 근처, β는 0(Radford 2015 §4)."""
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, 0.0, 0.02)
    elif isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1.0, 0.02)
        nn.init.zeros_(layer.bias)


def iteration(G, D, optimizer_g, optimizer_d, real, z):
    """한 반복: (Loss_D, Loss_G, D(x), D를 갱신하기 전과 후의 D(G(z)))."""
    bce, ones, zeros = nn.BCELoss(), torch.ones(len(real)).to(real), torch.zeros(len(real)).to(real)
    D.zero_grad()  # Part 1. D를 가르칩니다: log D(x) + log(1 - D(G(z)))를 최대화
    d_real = D(real)
    loss_real = bce(d_real, ones)
    loss_real.backward()
    fake = G(z)
    d_fake = D(fake.detach())  # detach: 여기서 G로 가는 길을 끊습니다.
    loss_fake = bce(d_fake, zeros)
    loss_fake.backward()  # 진짜 배치의 변화도에 더해집니다(축적).
    optimizer_d.step()
    G.zero_grad()  # Part 2. G를 가르칩니다: log D(G(z))를 최대화. 같은 가짜를, 갱신된 D로
    d_after = D(fake)
    loss_g = bce(d_after, ones)
    loss_g.backward()
    optimizer_g.step()
    return [x.mean().item() for x in (loss_real + loss_fake, loss_g, d_real, d_fake, d_after)]


def main(epochs=EPOCHS, folder="textbook", data=None):
    Path(folder).mkdir(exist_ok=True)
    torch.manual_seed(0)
    device = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else "cpu"
    loader = DataLoader(data or load_hangul(), BATCH_SIZE, shuffle=True, drop_last=True)
    G, D = (net.apply(weights_init).to(device) for net in (make_generator(), make_discriminator()))
    optimizer_g, optimizer_d = (torch.optim.Adam(net.parameters(), LR, BETAS) for net in (G, D))
    fixed_noise = torch.randn(64, NZ, 1, 1, device=device)
    for epoch in range(1, epochs + 1):
        for i, real in enumerate(loader):  # real: (32, 1, 32, 32), 값은 [-1, 1]
            z = torch.randn(BATCH_SIZE, NZ, 1, 1, device=device)
            numbers = iteration(G, D, optimizer_g, optimizer_d, real.to(device), z)
            if i % 100 == 0:
                print(f"에폭 {epoch} 반복 {i}", *(f"{n:.3f}" for n in numbers), flush=True)
        with torch.no_grad():  # 고정된 z로 만든 그림 64장을 8×8로
            board = G.eval()(fixed_noise).view(8, 8, 32, 32).transpose(1, 2).reshape(256, 256)
        plt.imsave(f"{folder}/epoch_{epoch}.png", board.cpu(), cmap="gray", vmin=-1, vmax=1)
        G.train()
    save_file(G.state_dict(), f"{folder}/generator.safetensors")


if __name__ == "__main__":
    main()
