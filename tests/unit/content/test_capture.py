"""What a block raises is kept, whatever it is, and raised where somebody waits."""

import threading

import pytest

from oci.content import Capture


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), SystemExit(3)])
def test_what_a_thread_raises_is_raised_where_it_is_waited_for(error: BaseException) -> None:
    captured = Capture()

    def fail() -> None:
        with captured:
            raise error

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    with pytest.raises(type(error)) as raised:
        captured.raise_again()
    assert raised.value is error


def test_a_block_that_ends_well_leaves_nothing_to_raise() -> None:
    captured = Capture()
    with captured:
        raise ValueError
    with captured:
        pass
    assert captured.error is None
    captured.raise_again()
