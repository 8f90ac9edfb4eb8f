"""`byhand demo --selftest` is what a newcomer is told to believe: it must be able to fail.

That it passes is shown by the wheel, as a newcomer has it: `tests/test_wheel.py`.
"""

import pytest

from bot.sandbox import driver, selftest
from bot.sandbox.driver import Failed
from bot.sandbox.selftest import Play


def test_a_step_that_does_not_come_true_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Control: nobody approves, and the self-test says so instead of passing."""

    def nobody(self: Play) -> None:
        self.stage.next_slot()
        self.card("We baked 400 loaves", "Published")

    monkeypatch.setattr(Play, "approve", nobody)
    monkeypatch.setattr(driver, "PATIENCE", 3.0)
    assert selftest.main() == 1
    assert "FAILED" in capsys.readouterr().out
    assert issubclass(Failed, Exception)
