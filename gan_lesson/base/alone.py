"""혼자 학습할 때의 자리."""


class Alone:
    """프로세스가 하나뿐인 모임. ``ProcessGroup``과 같은 물음에 답하되, 나눌 것도 평균할 것도 없습니다."""

    size, is_writer = 1, True
    device = None  # 설정값 ngpu가 정합니다.

    def share(self, batch):
        return batch

    def average(self, tensors):
        pass

    def anyone(self, wish):
        return wish

    def one_by_one(self, work):
        return work()
