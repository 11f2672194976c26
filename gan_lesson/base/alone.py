"""혼자 학습할 때의 자리. 여럿이 나누어 할 때의 ``ProcessGroup``과 같은 물음에 답합니다."""


class Alone:
    """프로세스가 하나뿐인 모임. 나눌 것도 평균할 것도 없습니다."""

    rank, size, local_rank, is_writer = 0, 1, 0, True
    device = None  # 설정값 ngpu가 정합니다.

    def share(self, batch):
        """``batch``에서 내 몫."""
        return batch

    def average(self, tensors):
        """``tensors``를 모든 프로세스의 평균으로 그 자리에서 바꿉니다."""

    def anyone(self, wish):
        """한 프로세스라도 ``wish``가 참인지."""
        return wish

    def wait(self):
        """모두가 여기에 올 때까지 기다립니다."""

    def one_by_one(self, work):
        """한 프로세스가 먼저, 나머지가 그 뒤에 ``work()``를 하고 그 값을 돌려줍니다."""
        return work()
