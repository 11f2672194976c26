"""교과서에 있는 그대로의 DCGAN 학습 루프. 시험과 벤치마크가 견주는 기준입니다.

패키지의 어떤 함수도 쓰지 않습니다. PyTorch의 DCGAN 예제처럼 배치 하나를 받아 다섯 값을
``.item()``으로 돌려줍니다.
"""

import torch
from torch import nn


def textbook_iteration(netG, netD, optimizerG, optimizerD, real, noise):
    """한 반복. ``real``은 (N, nc, H, W), ``noise``는 (N, nz)입니다."""
    criterion = nn.BCELoss()
    b_size = real.size(0)

    netD.zero_grad()
    label = torch.full((b_size,), 1.0, dtype=torch.float, device=real.device)
    output = netD(real).view(-1)
    errD_real = criterion(output, label)
    errD_real.backward()
    D_x = output.mean().item()

    fake = netG(noise)
    label.fill_(0.0)
    output = netD(fake.detach()).view(-1)
    errD_fake = criterion(output, label)
    errD_fake.backward()
    D_G_z1 = output.mean().item()
    errD = errD_real + errD_fake
    optimizerD.step()

    netG.zero_grad()
    label.fill_(1.0)
    output = netD(fake).view(-1)
    errG = criterion(output, label)
    errG.backward()
    D_G_z2 = output.mean().item()
    optimizerG.step()
    return errD.item(), errG.item(), D_x, D_G_z1, D_G_z2
