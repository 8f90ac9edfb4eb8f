"""P3, P4, P6: what was shown or waited for before a backup was put back neither opens, sends nor answers after it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.conversations import SeenConversation
from bot.domain.gate import ALL
from bot.domain.inbox_refusals import DraftOutdated, MaybeSentReply
from bot.domain.posts import Seen, Status
from bot.domain.refusals import PausedAgain
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import overrides
from bot.services.inbox import replies
from bot.services.pause import pause, resume
from bot.store.pause import gate
from tests.backend import MAYA, TOM, key
from tests.promises.test_p4_copies import BREAD, Desk, desk, is_paused
from tests.promises.test_p4_copies_answers import Bot, Place, place

__all__ = ["desk", "place"]
SOURCE = ("C0CUSTOMERS", "1764493200.000100")


def test_an_old_resume_dialog_does_not_open_what_the_restore_paused(desk: Desk) -> None:
    """It was opened in a pause that the copy does not know, and named the very epoch that the restore came to."""
    desk.make_copy()
    desk.bot.services.do_first(pause.pause, MAYA, ALL, "a fire", key())
    epoch = desk.bot.services.look(lambda work: gate.read(work.db).rows[ALL].epoch)
    desk.stop()
    desk.put_back()
    desk.bot = desk.start()
    with pytest.raises(PausedAgain):
        desk.bot.services.do(resume.resume, TOM, ALL, epoch, {}, key())
    assert is_paused(desk.bot)


def dropped(desk: Desk) -> Seen:
    """Not published, as its copy has it: the account could not be signed in until it was too late."""
    seen = desk.bot.approved(BREAD)
    desk.network.faults.order(Fault.SIGNED_OUT, None)
    desk.bot.to_slot(seen)
    for _ in range(20):
        desk.bot.push(seconds=31)
    desk.network.faults.lift()
    assert desk.bot.status(seen) is Status.MISSED
    desk.make_copy()
    return seen


def restored(desk: Desk) -> None:
    """And open again."""
    desk.clock.push(timedelta(minutes=2))
    desk.stop()
    desk.forget_keys()
    desk.put_back()
    desk.bot = desk.start()
    epoch = desk.bot.services.look(lambda work: gate.read(work.db).rows[ALL].epoch)
    desk.bot.services.do(resume.resume, TOM, ALL, epoch, {}, key())


def tried_again(desk: Desk, seen: Seen) -> None:
    desk.bot.services.do(overrides.try_again, TOM, desk.bot.delivery_id(seen), key())
    for _ in range(8):
        desk.bot.push(seconds=20)


def test_try_again_on_a_card_from_before_looks_first(desk: Desk) -> None:
    """It was tried again since the copy, and the process died before its card said so: the same button published it a
    second time."""
    seen = dropped(desk)
    tried_again(desk, seen)
    assert desk.bot.published == [BREAD]
    restored(desk)
    tried_again(desk, seen)
    assert desk.bot.published == [BREAD]
    assert desk.bot.status(seen) is Status.PUBLISHED


def test_what_is_looked_for_and_not_there_is_tried_again_by_the_next_press(desk: Desk) -> None:
    seen = dropped(desk)
    restored(desk)
    tried_again(desk, seen)
    assert (desk.bot.published, desk.bot.states(seen)) == ([], {"bakery": "dropped"})
    tried_again(desk, seen)
    assert desk.bot.published == [BREAD]


def begun(place: Place) -> tuple[Bot, str]:
    """A customer has written, and got a first answer, which the server has shown."""
    bot = place.start()
    bot.poll()
    place.clock.push(timedelta(minutes=1))
    asked = bot.writes()
    bot.sent("First answer")
    bot.run()
    bot.poll()
    place.clock.push(timedelta(minutes=2))
    return bot, asked


def test_an_answer_that_nobody_knew_of_in_the_copy_does_not_go_out_by_itself(place: Place) -> None:
    """Since the copy it was looked for, sent again and taken down; a look at the copy's try found nothing."""
    bot, asked = begun(place)
    bot.sent("Sorry, the code is 1234")
    bot.network.faults.order(Fault.CUT_BEFORE)
    bot.run()
    assert bot.state() == "unknown"
    place.copy()
    for _ in range(12):
        bot.push(seconds=15)
    assert len(bot.got(asked)) == 2
    bot.services.do(replies.delete_reply, MAYA, bot.last_delivery, key())
    bot.run()
    assert len(bot.got(asked)) == 1
    place.stop(bot)
    bot = place.restored()
    assert len(bot.got(asked)) == 1
    place.stop(bot)


def not_arrived(place: Place) -> tuple[Bot, str]:
    """Its account could not be signed in until it was too late: so its copy has it."""
    bot, asked = begun(place)
    bot.sent("Sorry, the code is 1234", source=SOURCE)
    bot.network.faults.order(Fault.SIGNED_OUT, None)
    for _ in range(25):
        bot.push(seconds=31)
    bot.network.faults.lift()
    assert bot.state() == "dropped"
    place.copy()
    return bot, asked


def sent_again(bot: Bot) -> None:
    bot.services.do(replies.try_reply_again, MAYA, bot.last_delivery, key())
    for _ in range(8):
        bot.push(seconds=20)


def test_an_answer_that_had_not_arrived_is_looked_for_before_it_is_sent_again(place: Place) -> None:
    """Somebody tried it again since the copy; the same button, pressed after the restore, sent it a second time."""
    bot, asked = not_arrived(place)
    sent_again(bot)
    assert len(bot.got(asked)) == 2
    place.stop(bot)
    bot = place.restored()
    sent_again(bot)
    assert len(bot.got(asked)) == 2
    assert bot.state() == "sent"
    place.stop(bot)


def test_an_answer_that_is_not_there_goes_out_by_the_next_press(place: Place) -> None:
    bot, asked = not_arrived(place)
    place.stop(bot)
    bot = place.restored()
    sent_again(bot)
    assert (bot.state(), len(bot.got(asked))) == ("dropped", 1)
    sent_again(bot)
    assert (bot.state(), len(bot.got(asked))) == ("sent", 2)
    place.stop(bot)


def test_the_message_it_was_taken_from_does_not_send_it_anew(place: Place) -> None:
    """Its words, drafted again from the same Slack message, would be another Send, which looks for nothing."""
    bot, asked = not_arrived(place)
    sent_again(bot)
    place.stop(bot)
    bot = place.restored()
    with pytest.raises(MaybeSentReply):
        bot.drafted("Sorry, the code is 1234", source=SOURCE)
    assert len(bot.got(asked)) == 2
    place.stop(bot)


def test_of_two_restores_the_second_doubts_again(desk: Desk) -> None:
    """It had been looked for after the first one, and was tried again after the second copy."""
    seen = dropped(desk)
    restored(desk)
    tried_again(desk, seen)
    assert (desk.bot.published, desk.bot.states(seen)) == ([], {"bakery": "dropped"})
    desk.copy.unlink()
    desk.make_copy()
    tried_again(desk, seen)
    assert desk.bot.published == [BREAD]
    restored(desk)
    tried_again(desk, seen)
    assert desk.bot.published == [BREAD]


def test_an_answer_that_was_to_be_tried_later_does_not_go_out_by_itself(place: Place) -> None:
    """What people decided about it since the copy, nobody knows; a pause does not stop replies."""
    bot, asked = begun(place)
    bot.sent("Sorry, the code is 1234")
    bot.network.faults.order(Fault.THROTTLED)
    bot.run()
    assert bot.state() == "ready"
    place.copy()
    place.stop(bot)
    bot = place.restored()
    assert len(bot.got(asked)) == 1
    place.stop(bot)


def test_a_preview_from_before_is_asked_again(place: Place) -> None:
    """Its Send was pressed since the copy: the old preview's button sent the same words a second time."""
    bot, asked = begun(place)
    shown = bot.drafted("Sorry, the code is 1234")
    place.copy()
    assert bot.send(shown) is None
    bot.run()
    place.stop(bot)
    bot = place.restored()
    with pytest.raises(DraftOutdated):
        bot.send(shown)
    bot.run()
    assert len(bot.got(asked)) == 2
    place.stop(bot)


def test_a_reply_dialog_from_before_hears_who_was_faster(place: Place) -> None:
    """It knew more of the conversation than the copy does, and so missed what happened in its place."""
    bot, asked = begun(place)
    place.copy()
    for number in range(3):
        place.clock.push(timedelta(seconds=10))
        bot.writes(f"And {number}?", reply_to=asked)
    knew = SeenConversation(bot.conversation.id, bot.conversation.seq)
    place.stop(bot)
    bot = place.restored()
    bot.sent("Maya's answer")
    bot.run()
    met = bot.services.do(replies.send_reply, TOM, knew, "Tom's answer", None, key())
    assert met is not None
    assert [what.by for what in met.meanwhile] == [MAYA.id]
    bot.run()
    assert not any("Tom" in text for text in bot.got(asked))
    place.stop(bot)
