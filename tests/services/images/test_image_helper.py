"""Images are judged in a process of little memory and little time; what ends it becomes a sentence."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.services.images import image_helper
from bot.services.images.image_checks import ImageProblem
from bot.services.images.image_helper import Checker, judge_image
from tests.services.images.hostile_images import refused, saved, taken

LOAF = saved("PNG", Image.new("RGB", (64, 48), "brown"))
GRACE = 60.0  # seconds; of a busy machine
# Judges each file, and tells what that took here and in the helpers.
MEASURE = """
import json, pickle, resource, sys, time
from bot.services.images.image_checks import ImageProblem
from bot.services.images.image_helper import Checker
told = {}
for name, data in pickle.load(open(sys.argv[1], "rb")).items():
    began = time.monotonic()
    with Checker() as checker:
        try:
            told[name] = (checker.judge(data).media_type, time.monotonic() - began)
        except ImageProblem as problem:
            told[name] = (problem.sentence, time.monotonic() - began)
# Not getrusage for ourselves: its figure begins with what the process that started us had.
lines = open("/proc/self/status").read().splitlines()
here = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
there = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([told, here / 1024, there / 1024]))
"""


def measured(files: dict[str, bytes], folder: Path) -> tuple[dict[str, Any], float, float]:
    """({name: (what was said, seconds)}, MB here, MB of the largest helper)"""
    place = folder / "files"
    place.write_bytes(pickle.dumps(files))
    done = subprocess.run([sys.executable, "-c", MEASURE, place], capture_output=True, text=True, check=True)
    told, here, there = json.loads(done.stdout)
    return told, here, there


def test_what_unpacks_to_much_is_refused_unpacked(tmp_path: Path) -> None:
    told, here, there = measured({name: data for name, (data, _) in refused().items()}, tmp_path)
    for name, (_, sentence) in refused().items():
        assert sentence in told[name][0], name
        assert told[name][1] < GRACE, name
    assert here < 150, "MB in the process that asks"
    assert there < 150, "MB in the helpers"


def test_the_largest_that_are_taken_stay_within_the_helpers_memory(tmp_path: Path) -> None:
    told, here, there = measured(dict(taken()), tmp_path)
    for name, (said, seconds) in told.items():
        assert said.startswith("image/"), f"{name}: {said}"
        assert seconds < GRACE, name
    assert here < 150, "MB in the process that asks"
    assert there < image_helper.MEMORY / 2**20


def test_a_batch_has_one_helper_and_it_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[subprocess.Popen[bytes]] = []

    def noted() -> subprocess.Popen[bytes]:
        begun.append(begin())
        return begun[-1]

    begin = image_helper._begin
    monkeypatch.setattr(image_helper, "_begin", noted)
    with Checker() as checker:
        for _ in range(3):
            assert checker.judge(LOAF).width == 64
        with pytest.raises(ImageProblem, match="not an image"):
            checker.judge(b"no picture at all")
        assert checker.judge(LOAF).width == 64
    assert len(begun) == 1
    assert begun[0].returncode is not None


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("import time; time.sleep(100)", "takes too long to be checked"),
        (
            "from bot.services.images.image_helper import _allow; _allow(0)\nwhile True: pass",
            "takes too long",
        ),
        ("import os; os.abort()", "cannot be checked"),
        ("print('nonsense')", "cannot be checked"),
    ],
)
def test_what_ends_the_helper_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, entry: str, sentence: str
) -> None:
    """Then the next image has a new one."""
    with Checker() as checker:
        with monkeypatch.context() as broken:
            broken.setattr(image_helper, "ENTRY", entry)
            broken.setattr(image_helper, "SECONDS", 2.0 if "sleep" in entry else GRACE)
            with pytest.raises(ImageProblem, match=sentence):
                checker.judge(LOAF)
        assert checker.judge(LOAF).width == 64
    if "_allow" in entry:
        assert f"checks it: {-signal.SIGXCPU}" in caplog.text, "by the processor's limit, not by the clock"


def test_a_batch_whose_images_end_the_helper_again_and_again_is_not_tried_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(image_helper, "ENTRY", "import os; os.abort()")
    with Checker() as checker:
        for _ in range(3):
            with pytest.raises(ImageProblem, match="cannot be checked"):
                checker.judge(LOAF)
        with pytest.raises(ImageProblem, match="not checked: 3 others took too much"):
            checker.judge(LOAF)


def test_what_takes_too_much_memory_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        image_helper,
        "ENTRY",
        "from bot.services.images import image_checks, image_helper\n"
        "image_checks.measure = lambda data: bytes(image_helper.MEMORY)\n"
        "image_helper.main()",
    )
    with pytest.raises(ImageProblem, match="takes too much memory"):
        judge_image(LOAF)


def test_the_helper_knows_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    monkeypatch.setattr(
        image_helper,
        "ENTRY",
        "import os\nfrom bot.services.images import image_checks, image_helper\n"
        "def tell(data): raise image_checks.ImageProblem(' '.join(os.environ))\n"
        "image_helper.check_image = tell\n"
        "image_helper.main()",
    )
    with pytest.raises(ImageProblem) as told:
        judge_image(LOAF)
    assert "PYTHONPATH" in told.value.sentence
    assert "SLACK" not in told.value.sentence


def test_a_stop_ends_what_is_being_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_helper, "ENTRY", "import time; time.sleep(100)")
    said: list[str] = []

    def judge() -> None:
        try:
            judge_image(LOAF)
        except ImageProblem as problem:
            said.append(problem.sentence)

    thread = threading.Thread(target=judge)
    thread.start()
    limit = time.monotonic() + GRACE
    while not image_helper._running and time.monotonic() < limit:
        time.sleep(0.01)
    image_helper.end_all()
    thread.join(GRACE)
    assert said == ["It cannot be checked."]
    assert not image_helper._running


def test_a_helper_ends_with_whoever_began_it_even_if_that_is_killed() -> None:
    words = (
        "import time\nfrom bot.services.images.image_helper import _begin\n"
        "print(_begin().pid, flush=True)\ntime.sleep(100)"
    )
    with subprocess.Popen([sys.executable, "-c", words], stdout=subprocess.PIPE, text=True) as bot:
        assert bot.stdout is not None
        helper = Path(f"/proc/{int(bot.stdout.readline())}")
        assert helper.exists()
        bot.kill()
    limit = time.monotonic() + GRACE
    while _runs(helper) and time.monotonic() < limit:
        time.sleep(0.02)
    assert not _runs(helper)


def _runs(process: Path) -> bool:
    """Not gone, and no zombie: whether somebody collects those is the machine's affair."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_helper_that_cannot_be_started_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", os.devnull)
    with pytest.raises(ImageProblem, match="cannot be checked right now"):
        judge_image(LOAF)
