"""흉내 낸 가속기 ``standin``: 셈은 CPU가 하되, 텐서가 있는 곳의 규칙은 진짜 가속기처럼 지킵니다.

CUDA가 받지 않는 것(다른 장치의 텐서를 섞기, ``.cpu()`` 없는 ``.numpy()``, 다른 장치의 난수 생성기)과 mps가 받지
않는 것(float64)을 똑같이 거절하고, CPU가 장치를 기다리는 일(``.item()``, ``.cpu()``, …)을 셉니다. 빠르기와 반올림,
여러 장치, CUDA 그래프는 흉내 내지 않습니다.
"""

from contextlib import contextmanager
from unittest.mock import patch
from weakref import WeakValueDictionary

import torch
from torch.overrides import TorchFunctionMode
from torch.utils import backend_registration
from torch.utils._pytree import tree_flatten, tree_iter, tree_map, tree_unflatten

NAME = DEVICE = "standin"
_CPUGenerator = torch.Generator
FREE = 2**30  # 장치에 남았다고 말하는 메모리(바이트)
# 값을 알아야 다음으로 갈 수 있는 연산: CPU가 기다립니다.
WAITING = {
    "_local_scalar_dense", "nonzero", "masked_select", "equal", "is_nonzero", "bincount", "_unique2",
    "unique_dim", "unique_consecutive",
}  # fmt: skip
INDEXING = {"index", "index_put", "index_put_", "_index_put_impl_", "_unsafe_index"}
# 텐서 없이 텐서를 만드는 연산. 나머지(zeros, randn, …)는 이것들로 되어 있습니다.
FACTORIES = (
    "empty.memory_format", "empty_strided", "arange", "arange.start", "arange.start_step", "linspace", "logspace", "eye", "eye.m",
    "randperm", "randperm.generator",
)  # fmt: skip


class Accelerator:
    """장치가 지금 있는지(``there``), 그리고 CPU가 장치를 기다린 일들(``waits``)."""

    there, waits = False, []

    def wait(self, why):
        self.waits.append(why)


ACCELERATOR = Accelerator()


def _is_here(device):
    return device is not None and torch.device(device).type == NAME


class Held(torch.Tensor):
    """장치의 텐서. 수는 CPU의 텐서 ``numbers``에 있고, 밖에서 보이는 것은 모양과 자리뿐입니다."""

    @staticmethod
    def __new__(cls, numbers):
        if numbers.dtype in (torch.float64, torch.complex128):
            raise TypeError(f"이 장치에는 {numbers.dtype}이 없습니다(mps처럼). float32로 바꾸세요.")
        held = torch.Tensor._make_wrapper_subclass(
            cls, numbers.shape, strides=numbers.stride(), storage_offset=numbers.storage_offset(),
            dtype=numbers.dtype, device=torch.device(NAME, 0),
        )  # fmt: skip
        held.numbers = numbers
        return held

    # 신경망의 .to()가 매개변수를 통째로 바꾸게 합니다. 아니면 numbers가 옛것으로 남습니다.
    def __tensor_flatten__(self):
        return ["numbers"], None

    @staticmethod
    def __tensor_unflatten__(inner, context, size, stride):
        return Held(inner["numbers"])

    __torch_function__ = torch._C._disabled_torch_function_impl

    def tolist(self):
        return self.detach().cpu().tolist()

    def untyped_storage(self):
        return self.numbers.untyped_storage()

    @classmethod
    def __torch_dispatch__(cls, op, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        name = op.overloadpacket.__name__
        leaves = [leaf for leaf in tree_iter((args, kwargs)) if isinstance(leaf, torch.Tensor)]
        here = "device" not in kwargs or kwargs["device"] is None or _is_here(kwargs["device"])
        if not here or (name == "copy_" and len({leaf.device for leaf in leaves}) > 1):
            _transfer(name, leaves, args, kwargs)
        else:
            _refuse_a_mixture(op, name, leaves, args)
        if name in WAITING:
            ACCELERATOR.wait(name)
        if "device" in kwargs and here:
            kwargs["device"] = torch.device("cpu")
        for leaf in (*args, kwargs.get("generator")):
            _check_generator(leaf)
        return _compute(op, args, kwargs, here)


def _transfer(name, leaves, args, kwargs):
    """장치와 CPU 사이의 복사. 고정(pinned) 메모리에서 기다리지 말라고 한 것만 기다리지 않습니다."""
    source = args[1] if name == "copy_" else args[0]
    if torch.device(kwargs.get("device") or "cpu").type == "meta":
        return
    quick = kwargs.get("non_blocking") or (name == "copy_" and len(args) > 2 and args[2])
    if name in ("copy_", "_to_copy") and not (quick and not isinstance(source, Held) and source.is_pinned()):
        ACCELERATOR.wait(f"{name} {source.device}")


def _refuse_a_mixture(op, name, leaves, args):
    """CUDA처럼 CPU의 텐서는 수 하나(0차원)만, 그것도 읽기만 할 때 섞을 수 있습니다. 번호로는 받되 기다립니다."""
    changes = op._schema.arguments[0].is_write and args and args[0] is leaves[0]
    for i, leaf in enumerate(leaves):
        if not isinstance(leaf, Held) and (leaf.dim() or (changes and i == 0) or name.startswith("_fused_")):
            if name in INDEXING and i and not leaf.dtype.is_floating_point:
                ACCELERATOR.wait(f"{name}: CPU의 번호")
                continue
            raise RuntimeError(
                f"Expected all tensors to be on the same device: {NAME}, {leaf.device} ({name})"
            )


def _check_generator(leaf):
    if isinstance(leaf, _CPUGenerator) and leaf._cdata not in HeldGenerator.known:
        raise RuntimeError(f"Expected a '{NAME}' device type for generator but found '{leaf.device.type}'")


def _compute(op, args, kwargs, here=True):
    """CPU의 텐서로 계산합니다. 받은 텐서를 그대로 돌려주는 연산(제자리 연산)이면 받은 것을 돌려줍니다."""
    flat, spec = tree_flatten((args, kwargs))
    given = {id(leaf.numbers): leaf for leaf in flat if isinstance(leaf, Held)}
    args, kwargs = tree_unflatten([leaf.numbers if isinstance(leaf, Held) else leaf for leaf in flat], spec)

    def back(leaf):
        if not isinstance(leaf, torch.Tensor) or not here:
            return leaf
        return given.get(id(leaf)) if id(leaf) in given else Held(leaf)

    return tree_map(back, op(*args, **kwargs))


class HeldGenerator(_CPUGenerator):
    """장치의 난수 생성기. CPU와 같은 수를 내지만, 상태의 크기는 CPU의 것과 다릅니다."""

    # C++을 지나면 파이썬의 클래스를 잃으므로, 속의 주소로 알아봅니다.
    known = WeakValueDictionary()

    def __init__(self):
        self.known[self._cdata] = self

    @property
    def device(self):
        return torch.device(NAME, 0)

    def get_state(self):
        return torch.cat([super().get_state(), torch.zeros(8, dtype=torch.uint8)])

    def set_state(self, state):
        if isinstance(state, Held) or len(state) != len(self.get_state()):
            raise RuntimeError("RNG state is wrong size")
        super().set_state(state[:-8].clone())
        return self


class _GeneratorOfAnyDevice(_CPUGenerator):
    """``torch.Generator`` 대신: 장치를 주면 ``HeldGenerator``를 만듭니다. C++은 이 장치의 것을 만들지 못합니다."""

    def __new__(cls, device="cpu"):
        return HeldGenerator() if _is_here(device) else _CPUGenerator(device)


class _Watching(TorchFunctionMode):
    """CPU의 연산이 장치의 난수 생성기를 받으면 거절합니다. 장치의 연산은 ``Held``가 봅니다."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        generator = kwargs.get("generator")
        if isinstance(generator, HeldGenerator):
            place = kwargs.get("device") or next(
                (a.device for a in args if isinstance(a, torch.Tensor)), "cpu"
            )
            if not _is_here(place):
                raise RuntimeError(f"Expected a '{place}' device type for generator but found '{NAME}'")
        return function(*args, **kwargs)


class _Module:
    """``torch.standin``"""

    def is_available(self):
        return ACCELERATOR.there

    def device_count(self):
        return int(ACCELERATOR.there)

    def is_initialized(self):
        return ACCELERATOR.there

    def _is_in_bad_fork(self):
        return False

    def manual_seed_all(self, seed):
        pass  # 난수 생성기를 주지 않은 연산은 CPU의 전역 난수를 씁니다.

    def get_device_name(self, device=None):
        return "흉내 낸 것"

    def mem_get_info(self, device=None):
        return FREE, 2 * FREE


def _make(op):
    def kernel(*args, **kwargs):
        kwargs |= {"device": torch.device("cpu"), "pin_memory": None}
        names = {argument.name for argument in op._schema.arguments}
        for leaf in (*args, kwargs.get("generator")):
            _check_generator(leaf)
        return Held(op(*args, **{k: v for k, v in kwargs.items() if k in names}))

    return kernel


def _copy_from(source, target, non_blocking=False):
    """``torch.tensor(…, device=…)``는 파이썬을 거치지 않고 이리로 옵니다."""
    ACCELERATOR.wait(f"copy_ {source.device}")
    (target.numbers if isinstance(target, Held) else target).copy_(
        source.numbers if isinstance(source, Held) else source
    )
    return target


_registered = []


def register():
    """장치를 PyTorch에 올립니다. 한 프로세스에 한 번뿐이고 무를 수 없어, 그 뒤로는 ``there``가 있고 없음을 정합니다."""
    if _registered:
        return
    backend_registration._setup_privateuseone_for_python_backend(
        NAME, _Module(), backend_registration._DummyPrivateUse1Hook()
    )
    library = torch.library.Library("aten", "IMPL")
    _registered.append(library)
    for name in FACTORIES:
        packet, _, overload = name.partition(".")
        op = getattr(getattr(torch.ops.aten, packet), overload or "default")
        library.impl(name, _make(op), "PrivateUse1")
    library.impl("_copy_from", _copy_from, "PrivateUse1")
    torch.accelerator.current_accelerator = lambda check_available=False: (
        torch.device(NAME) if ACCELERATOR.there else None
    )


def unavailable():
    """이 컴퓨터에서 흉내 낼 수 없는 이유. 할 수 있으면 ``None``."""
    if not hasattr(backend_registration, "_setup_privateuseone_for_python_backend"):
        return f"torch {torch.__version__}: 파이썬으로 장치를 만들 수 없습니다(2.10부터)"
    if not _registered and torch.accelerator.is_available():
        return "이 컴퓨터에는 진짜 가속기가 있어 흉내 내지 않습니다"
    return None


@contextmanager
def present():
    """안에서만 가속기가 하나 있습니다. ``Accelerator``를 줍니다."""
    register()
    ACCELERATOR.waits.clear()
    ACCELERATOR.there = True
    try:
        # 역전파의 스레드는 프로세스의 첫 역전파 때 장치마다 생깁니다. 그 뒤에 올린 장치라 이 스레드에서 합니다.
        with (
            torch.autograd.set_multithreading_enabled(False),
            patch.object(torch, "Generator", _GeneratorOfAnyDevice),
            _Watching(),
        ):
            yield ACCELERATOR
    finally:
        ACCELERATOR.there = False
