from hypothesis import given
from hypothesis import strategies as st

from capstone_assets.emulator.limits import MovingWindow


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_window_moves_with_time_and_does_not_restart_each_minute():
    clock = Clock()
    window = MovingWindow(60.0, clock)
    clock.now = 1030.0
    assert [window.admit(2), window.admit(2), window.admit(2)] == [True, True, False]

    clock.now = 1060.0  # A counter that is reset each minute would admit here.
    assert not window.admit(2)
    clock.now = 1090.0
    assert window.used == 0
    assert window.admit(2)


def test_a_refused_request_does_not_prolong_the_wait():
    clock = Clock()
    window = MovingWindow(60.0, clock)
    window.admit(1)
    for second in range(1, 60):
        clock.now = 1000.0 + second
        assert not window.admit(1)

    clock.now = 1060.0
    assert window.admit(1)


@given(
    st.lists(st.floats(0, 30), max_size=80), st.integers(1, 5), st.floats(1, 60, exclude_min=True)
)
def test_no_window_of_time_ever_holds_more_than_the_limit(pauses, limit, seconds):
    clock = Clock()
    window = MovingWindow(seconds, clock)
    admitted: list[float] = []
    for pause in pauses:
        clock.now += pause
        before = [moment for moment in admitted if moment > clock.now - seconds]
        assert window.used == len(before)
        if window.admit(limit):
            admitted.append(clock.now)
            assert len(before) < limit
        else:
            assert len(before) == limit
