"""남이 만든 가중치: PyTorch의 DCGAN 예제가 남긴 .pth를 결과 폴더로."""

import pytest
import torch
from torch import nn

from gan_lesson.__main__ import main
from gan_lesson.base.errors import LessonError
from gan_lesson.base.tensor_files import load_weights, save_weights
from gan_lesson.config import LessonConfig
from gan_lesson.models import Generator
from gan_lesson.training.saving.foreign import import_generator
from gan_lesson.training.saving.run_folder import load_generator


class TutorialGenerator(nn.Module):
    """예제의 생성자와 같은 차례와 이름의 층(64픽셀)."""

    def __init__(self, nz, ngf, nc):
        super().__init__()
        layers, before = [], nz
        for i, after in enumerate([ngf * 8, ngf * 4, ngf * 2, ngf]):
            stride, padding = (1, 0) if i == 0 else (2, 1)
            layers += [
                nn.ConvTranspose2d(before, after, 4, stride, padding, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(True),
            ]
            before = after
        layers += [nn.ConvTranspose2d(ngf, nc, 4, 2, 1, bias=False), nn.Tanh()]
        self.main = nn.Sequential(*layers)

    def forward(self, z):
        return self.main(z)


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize(("nz", "ngf", "nc"), [(100, 4, 3), (7, 2, 1)])
def test_tutorial_weights_draw_the_same_pictures(tmp_path, capsys, prefix, nz, ngf, nc):
    theirs = TutorialGenerator(nz, ngf, nc).eval()
    path, run = tmp_path / "netG_epoch_24.pth", tmp_path / "가져온 것"
    torch.save({prefix + k: v for k, v in theirs.state_dict().items()}, path)
    command = ["import", "--generator", str(path), "--out", str(run), "--dataroot", "hangul"]
    assert main(command) == 0
    assert f"{nc}×64×64 생성자(nz={nz}, ngf={ngf})" in capsys.readouterr().out
    config, ours = load_generator(run)
    assert (config.nz, config.ngf, config.nc, config.image_size) == (nz, ngf, nc, 64)
    z = torch.randn(3, nz)
    with torch.no_grad():
        assert torch.equal(ours(z), theirs(z[:, :, None, None]))
    assert main(["sample", "--run", str(run), "--count", "2"]) == 0


def test_a_refused_import_makes_no_folder(tmp_path):
    torch.save({"main.0.weight": torch.zeros(100, 8, 3, 3)}, tmp_path / "a.pth")
    with pytest.raises(LessonError):
        import_generator(tmp_path / "a.pth", tmp_path / "out", "celeba")
    assert not (tmp_path / "out").exists()


def test_networks_on_meta_take_the_tensors_of_the_file(tmp_path):
    config = LessonConfig(ngf=2, nz=3)
    saved = Generator(config).eval()
    save_weights(saved, tmp_path / "w.safetensors")
    with torch.device("meta"):
        loaded = Generator(config)
    load_weights(loaded, tmp_path / "w.safetensors")
    z = torch.randn(4, 3)
    assert torch.equal(loaded.eval()(z), saved(z))
    assert all(p.requires_grad and p.is_leaf for p in loaded.parameters())


def test_another_precision_is_refused(tmp_path):
    save_weights(Generator(LessonConfig(ngf=2)).half(), tmp_path / "w.safetensors")
    with pytest.raises(LessonError, match="float16.*이 설정에서는 float32"):
        load_weights(Generator(LessonConfig(ngf=2)), tmp_path / "w.safetensors")
