"""같은 반복을 더 빨리 돌리는 방법. 수학적으로는 같고, 계산하는 방법만 다릅니다.

모두 ``iteration.gan_iteration``을 돌리며, 다른 것은 그 앞뒤뿐입니다. 여러 프로세스가 나누어 할 때 변화도를 평균하는
곳도 여기입니다.
"""

import warnings

import torch

from gan_lesson.base.errors import LessonError, choose, quote
from gan_lesson.iteration import HISTORY_COLUMNS, gan_iteration, statistics
from gan_lesson.objectives import LogitBCE, ProbabilityBCE


class Engine:
    """한 반복을 돌리는 길. 손잡이가 모두 꺼져 있으면 교과서의 길(즉시 실행, 연속 메모리, 보통의 Adam)입니다.

    Args:
        objective: 손실. 로짓의 손실은 D의 확률이 정확히 1로 반올림되어도 변화도가 남아 학습이 죽지 않습니다.
        channels_last: 채널을 맨 안쪽에 두는 메모리. 더하는 차례가 바뀌어 float32의 마지막 비트들이 달라집니다.
        fused: Adam의 갱신을 한 커널로. 역시 마지막 비트들이 달라집니다.
        skip_unused: Part 2에서 쓰이지 않고 지워질 D의 가중치의 변화도를 구하지 않기. 결과는 같습니다.
    """

    def __init__(self, name, objective, channels_last=False, fused=False, skip_unused=False):
        self.name, self.objective = name, objective
        self.channels_last, self.fused, self.skip_unused = channels_last, fused, skip_unused

    def prepare(self, state):
        """학습을 시작하기 전에 한 번 부릅니다."""
        if self.channels_last:
            for network in (state.generator, state.discriminator):
                network.to(memory_format=torch.channels_last)
        for optimizer in (state.optimizer_g, state.optimizer_d):
            for group in optimizer.param_groups:
                group["fused"] = self.fused or group["fused"]

    def run(self, state, real_batches, objective=None):
        """한 반복을 끝까지 돌린 ``HISTORY_COLUMNS`` 차례의 통계 (5,). 파이썬 수로 바꾸지 않아 GPU가 쉬지 않습니다."""
        state.improvements.start_iteration()
        return self._iterate(state, real_batches, objective)

    def _iterate(self, state, real_batches, objective):
        objective = state.improvements.objective(objective or self.objective)
        seen = {}
        try:
            for phase in gan_iteration(state, self._place(state, real_batches), objective):
                if self.skip_unused and phase.name == "d_step":
                    state.discriminator.requires_grad_(False)
                seen.update(phase.seen)
                if phase.name == "fake_backward":
                    state.group.average(_gradients(state.discriminator))
                elif phase.name == "g_backward":
                    found = statistics(seen, objective)
                    row = torch.stack([found[name] for name in HISTORY_COLUMNS])
                    _average_the_rest(state, row)
        finally:
            # Part 2에서 멈추어도(정지 단추, 메모리 부족) D가 얼어 있지 않게 합니다.
            if self.skip_unused:
                state.discriminator.requires_grad_(True)
        return row

    def _place(self, state, real_batches):
        layout = torch.channels_last if self.channels_last else torch.preserve_format
        return [real.to(state.device, memory_format=layout) for real in real_batches]


def _gradients(network):
    return [parameter.grad for parameter in network.parameters()]


def _average_the_rest(state, row):
    """G의 변화도와 함께, 프로세스마다 다른 것(실행 중 통계, 기록할 통계)도 한 번에 평균합니다.

    실행 중 통계는 배치 통계의 지수 이동 평균이라 선형이고, 그래서 평균해도 배치마다 평균한 통계에서 구한 것과 같습니다.
    이 뒤로 모든 프로세스의 상태는 비트까지 같습니다.
    """
    running = [
        buffer
        for network in (state.generator, state.discriminator)
        for buffer in network.buffers()
        if buffer.is_floating_point()
    ]
    state.group.average([*_gradients(state.generator), *running, row])


FAST = {"channels_last": True, "fused": True, "skip_unused": True}


class GraphEngine(Engine):
    """``fast``의 한 반복을 CUDA 그래프로 녹화해 두고 되풀이합니다. NVIDIA GPU 하나에서만 됩니다.

    파이썬과 커널 하나하나를 띄우는 시간이 사라지므로, 계산이 작아 GPU가 기다리던 학습일수록 빨라집니다. 되풀이는
    같은 메모리 주소를 다시 쓰므로, 진짜 배치를 정해진 자리에 옮겨 적은 뒤에 합니다. z는 녹화에 난수 생성기를
    등록해 두어 되풀이할 때마다 새로 뽑힙니다.
    """

    warm_up = 3  # 녹화하기 전에 보통으로 도는 반복. 커널을 고르고 Adam의 자리를 잡습니다.

    def __init__(self):
        super().__init__("graph", LogitBCE(), **FAST)
        self._frozen, self._runs, self._graph = None, 0, None

    def prepare(self, state):
        if not works_on("graph", state.device, state.group.size):
            raise LessonError(
                f"engine = 'graph': NVIDIA GPU 하나로 학습할 때만 쓸 수 있습니다(지금 장치 {state.device}, 프로세스 "
                f"{state.group.size}개). engine=fast로 정하세요."
            )
        super().prepare(state)
        for optimizer in (state.optimizer_g, state.optimizer_d):
            for group in optimizer.param_groups:
                group["capturable"] = True  # 센 수를 GPU에 두어, 되풀이할 때도 늘어나게 합니다.

    def run(self, state, real_batches, objective=None):
        if objective is not None or len(real_batches) != 1:
            return super().run(state, real_batches, objective)
        state.improvements.start_iteration()
        (real,) = self._place(state, real_batches)
        if self._frozen != (frozen := _what_freezes(state, real)):
            self._frozen, self._runs, self._graph = frozen, 0, None
        self._runs += 1
        if self._runs <= self.warm_up:
            row = self._on_a_side_stream(state, real)
            self._frozen = _what_freezes(state, real)  # 첫 반복에서 Adam의 텐서가 생깁니다.
            return row
        if self._graph is None:
            self._record(state, real)
        self._real.copy_(real)
        self._graph.replay()
        state.iteration += 1
        return self._row.clone()

    def _on_a_side_stream(self, state, real):
        # 녹화할 것은 녹화하기 전에도 기본이 아닌 스트림에서 돌아야 합니다(PyTorch 문서, "CUDA Graphs").
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream), warnings.catch_warnings():
            # 녹화하지 않으면서 capturable을 쓰면 Adam이 영어로 알립니다.
            warnings.simplefilter("ignore")
            row = self._iterate(state, [real], None)
        torch.cuda.current_stream().wait_stream(stream)
        return row

    def _record(self, state, real):
        graph, self._real, iteration = torch.cuda.CUDAGraph(), real.clone(), state.iteration
        graph.register_generator_state(state.rng)
        try:
            with torch.cuda.graph(graph, capture_error_mode="thread_local"):
                self._row = self._iterate(state, [self._real], None)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            raise LessonError(
                f"engine = 'graph': 이 GPU와 torch {torch.__version__}에서는 한 반복을 녹화하지 못했습니다"
                f"({quote(str(error))}). --engine fast로 다시 하세요."
            ) from error
        finally:
            state.iteration = iteration  # 녹화는 아무것도 계산하지 않습니다.
        self._graph = graph


def _what_freezes(state, real):
    """녹화에 굳는 것: 배치의 모양, 신경망의 방식(학습, 평가), 옵티마이저의 설정값, 모든 텐서의 자리."""
    networks, optimizers = (state.generator, state.discriminator), (state.optimizer_g, state.optimizer_d)
    tensors = [t for network in networks for t in (*network.parameters(), *network.buffers())]
    tensors += [t for o in optimizers for moments in o.state.values() for t in moments.values()]
    settings = [group | {"params": None} for o in optimizers for group in o.param_groups]
    modes = [network.training for network in networks]
    return real.shape, modes, settings, [tensor.data_ptr() for tensor in tensors]


ENGINES = {
    "exact": lambda: Engine("exact", ProbabilityBCE()),
    "fast": lambda: Engine("fast", LogitBCE(), **FAST),
    "graph": GraphEngine,
}


def works_on(name, device, processes=1):
    """그 장치에서 프로세스 ``processes``개로 학습할 때 쓸 수 있는 길인지."""
    return name != "graph" or (device.type == "cuda" and processes == 1)


def pick_engine(name):
    """이름으로 새 엔진을 만듭니다. 한 학습에 하나씩 씁니다. 모르는 이름은 ``LessonError``입니다."""
    return ENGINES[choose("engine =", name, ENGINES)]()
