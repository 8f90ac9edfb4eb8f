"""The worst day, as the people of a small team see it: everything stops, is cleaned up, and starts again by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.control import commands
from bot.sandbox.networks.server import Fault
from bot.sandbox.slack.faults import Kind
from tests.stories.bakery import ANNA, GIL, MAYA, TOM, Bakery

BREAD = "Fresh bread at nine"
CAKE = "Carrot cake is back"
BOTH = "bakery cafe"
OVER_HTTP = pytest.mark.parametrize("bakery", [{}, {"http": True}], indirect=True, ids=["socket", "http"])


def approved(bakery: Bakery, text: str = BREAD, accounts: str = "bakery", minutes: float = 20) -> None:
    bakery.plan((minutes, accounts, text))
    bakery.click(TOM, bakery.card(text, "Decide by"), "Approve")
    bakery.card(text, "Approved: goes out")


def published(bakery: Bakery, text: str = BREAD, accounts: str = "bakery") -> None:
    approved(bakery, text, accounts)
    bakery.push(21)
    bakery.card(text, "Published")


@OVER_HTTP
def test_everything_stops_and_nothing_goes_out(bakery: Bakery) -> None:
    approved(bakery)
    bakery.knows(MAYA)
    answer = bakery.type(MAYA, "pause recall news")
    assert "paused (<!date^" in answer
    assert "1 planned post, next" in answer
    banner = bakery.banner()
    assert banner.text.startswith(
        "Publishing is paused. <@U0MAYA> paused it: recall news. <@U0TOM> and <@U0ANNA> can resume."
    )
    assert banner.blocks[0]["elements"][0]["elements"][0]["text"] == "Publishing is paused."
    bakery.until(lambda: bakery.pinned() == (banner.ts,), "the banner is pinned")
    card = bakery.card(BREAD, "Publishing is paused")
    assert "Approve" not in bakery.buttons(card)
    bakery.push(25)
    bakery.card(BREAD, "Maya paused publishing at")
    assert bakery.published() == []


def test_a_guest_cannot_pause(bakery: Bakery) -> None:
    approved(bakery)
    bakery.knows(GIL)
    assert "Only full members" in bakery.type(GIL, "pause")
    bakery.push(21)
    assert bakery.published() == [BREAD]


def test_whoever_slack_cannot_tell_us_about_can(bakery: Bakery) -> None:
    """Stopping is everyone's: it does not wait until Slack has said who that is."""
    approved(bakery)
    bakery.slack.faults.order("users.info", Kind.SERVER_ERROR, times=None)
    assert "paused (<!date^" in bakery.type(MAYA, "pause")
    bakery.push(21)
    assert bakery.published() == []


def test_words_that_name_no_account_are_the_reason(bakery: Bakery) -> None:
    answer = bakery.type(MAYA, "pause bakry is on fire &amp; so on")
    assert "no account is called “bakry”" in answer
    assert "bakry is on fire" in bakery.banner().text


def test_a_second_pause_names_the_first(bakery: Bakery) -> None:
    bakery.type(MAYA, "pause recall news")
    bakery.banner()
    again = bakery.type(ANNA, "pause me too")
    assert "Already paused by <@U0MAYA>" in again
    bakery.push(1)
    assert len([m for m in bakery.slack.workspace.messages("C0SOCIAL") if "is paused. " in m.text]) == 1


def test_one_account_is_paused_and_the_other_goes_on(bakery: Bakery) -> None:
    approved(bakery, CAKE, "cafe")
    approved(bakery, BREAD, "bakery", 25)
    assert "Publishing on Mastodon (cafe) is paused (" in bakery.type(MAYA, "pause cafe wrong recipe")
    bakery.push(26)
    assert bakery.published() == [BREAD]
    assert bakery.published(bakery.cafe) == []


def test_a_post_waits_whole_or_goes_without_the_paused_account(bakery: Bakery) -> None:
    approved(bakery, BREAD, BOTH, 25)
    bakery.type(MAYA, "pause cafe")
    card = bakery.card(BREAD, "Mastodon (cafe) is paused, so this post waits")
    bakery.click(MAYA, card, "Publish without Mastodon (cafe)")
    card = bakery.card(BREAD, "Decide again by")
    assert "left out Mastodon (cafe)" in str(bakery.thread(card)) + str(card.blocks)
    bakery.click(TOM, card, "Approve")
    bakery.card(BREAD, "Approved: goes out")
    bakery.push(31)
    assert (bakery.published(), bakery.published(bakery.cafe)) == ([BREAD], [])


def test_anybody_takes_down_what_went_out(bakery: Bakery) -> None:
    published(bakery, BREAD, BOTH)
    bakery.click(MAYA, bakery.card(BREAD, "Published"), "Take down")
    bakery.told(MAYA, f"Only approvers can take “{BREAD}” down")
    bakery.type(MAYA, "pause")
    banner = bakery.banner(BREAD)
    bakery.click(MAYA, banner, "Take down from Mastodon (cafe) only")
    bakery.banner("(taken down by ")
    assert bakery.cafe.timeline()[0]["deleted"]
    assert not bakery.bakery.timeline()[0]["deleted"]
    card = bakery.card(BREAD, "taken down by <@U0MAYA>")
    bakery.click(ANNA, card, "Take down from Mastodon (bakery)")
    bakery.card(BREAD, "taken down from Mastodon (bakery) by <@U0ANNA>")
    assert bakery.bakery.timeline()[0]["deleted"]


def test_a_published_card_asks_from_where(bakery: Bakery) -> None:
    published(bakery, BREAD, BOTH)
    bakery.click(TOM, bakery.card(BREAD, "Published"), "Take down")
    assert bakery.fill(TOM, {"Take it down from": ["Mastodon (cafe)"]}).ok
    card = bakery.card(BREAD, "taken down by <@U0TOM>")
    assert bakery.cafe.timeline()[0]["deleted"]
    assert not bakery.bakery.timeline()[0]["deleted"]
    bakery.click(TOM, card, "Take down from Mastodon (bakery)")
    bakery.card(BREAD, "taken down from Mastodon (bakery) by <@U0TOM>")


def test_a_take_down_nobody_knows_the_end_of_can_be_repeated(bakery: Bakery) -> None:
    published(bakery)
    bakery.bakery.faults.order(Fault.DOWN, None)
    bakery.click(TOM, bakery.card(BREAD, "Published"), "Take down")
    card = bakery.card(BREAD, "nobody knows whether it is gone")
    bakery.bakery.faults.lift()
    bakery.click(TOM, card, "Take down")
    bakery.card(BREAD, "Taken down from")


def test_a_take_down_the_network_refuses_says_so_in_its_words(bakery: Bakery) -> None:
    """On the post's card, and on the banner of a pause that lists it. The button stays for another try."""
    published(bakery)
    bakery.type(MAYA, "pause recall news")
    bakery.bakery.faults.order(Fault.REFUSES_DELETE)
    bakery.click(MAYA, bakery.banner(BREAD), "Take down")
    card = bakery.card(BREAD, 'could not be taken down: "This action is not allowed"')
    bakery.banner('could not be taken down: "This action is not allowed"')
    assert not bakery.bakery.timeline()[0]["deleted"]
    bakery.click(TOM, card, "Take down")
    bakery.card(BREAD, "taken down by <@U0TOM>")
    assert bakery.bakery.timeline()[0]["deleted"]


def test_what_was_under_way_is_named_with_its_outcome(bakery: Bakery) -> None:
    approved(bakery)
    bakery.bakery.faults.order(Fault.LOST_ANSWER)
    bakery.push(20.2)
    bakery.card(BREAD, "We cannot tell yet whether")
    assert "Not stopped: 1 send was already under way" in bakery.type(MAYA, "pause")
    bakery.banner("nobody knows yet whether it went out")
    bakery.push(3)
    bakery.click(MAYA, bakery.banner("(went out)"), "Take down")
    bakery.banner("(went out, taken down by ")


def test_of_many_posts_those_that_are_ticked_are_taken_down(bakery: Bakery) -> None:
    """One press opens the whole list, on the banner as in the private answer; Tom's words stay up."""
    published(bakery, BREAD, BOTH)
    published(bakery, CAKE, "cafe")
    bakery.type(MAYA, "pause wrong logo")
    banner = bakery.banner(BREAD)
    assert "Take down" not in bakery.buttons(banner)
    bakery.click(MAYA, banner, "Take down…")
    view = bakery.people.modal(MAYA)
    bread, cake = [block for block in view.blocks if block["type"] == "input"]
    assert "Please tick" in str(bakery.fill(MAYA, {}).errors)
    field = next(each["label"]["text"] for each in (bread, cake) if len(each["element"]["options"]) == 2)
    assert bakery.fill(MAYA, {field: ["Mastodon (cafe)"]}).ok
    bakery.banner("(taken down by ")
    gone = {post["text"]: post["deleted"] for post in bakery.cafe.timeline()}
    assert gone[BREAD]
    assert not gone[CAKE]
    assert not bakery.bakery.timeline()[0]["deleted"]


def test_a_guest_takes_nothing_down_by_ticking(bakery: Bakery) -> None:
    published(bakery, BREAD, BOTH)
    published(bakery, CAKE, "cafe")
    bakery.type(MAYA, "pause")
    bakery.click(GIL, bakery.banner(BREAD), "Take down…")
    field = next(block for block in bakery.people.modal(GIL).blocks if block["type"] == "input")
    refused = bakery.fill(GIL, {field["label"]["text"]: [field["element"]["options"][0]["text"]["text"]]})
    assert "Only full members" in str(refused.errors)
    assert not [post for post in bakery.cafe.timeline() if post["deleted"]]


def test_done_in_the_whole_list_is_seen_there(bakery: Bakery) -> None:
    published(bakery, BREAD, BOTH)
    published(bakery, CAKE, "cafe")
    bakery.type(MAYA, "pause")
    bakery.click(ANNA, bakery.banner(BREAD), "Take down…")
    view = bakery.people.modal(ANNA)
    assert bakery.people.click_view(ANNA, view.id, text="Mark as stopped").ok
    bakery.until(
        lambda: "stopped by <@U0ANNA>" in str(bakery.people.modal(ANNA).blocks), "the dialog says so"
    )
    bakery.banner("stopped by <@U0ANNA>")


def test_what_byhand_cannot_stop_is_ticked_off(bakery: Bakery) -> None:
    bakery.type(MAYA, "pause")
    bakery.click(ANNA, bakery.banner("Meta ads"), "Mark as stopped")
    bakery.banner("Meta ads: stopped by <@U0ANNA>")
    bakery.click(ANNA, bakery.banner(), "Stop replies too")
    bakery.banner("Replies stopped by")


def resumed(bakery: Bakery) -> int:
    return sum("had paused it" in each.text for each in bakery.slack.workspace.messages("C0SOCIAL"))


def test_resuming_is_for_approvers_and_sends_nothing(bakery: Bakery) -> None:
    approved(bakery, BREAD)
    approved(bakery, CAKE, "cafe", 24)
    bakery.plan((29, "bakery", "Rolls"), (300, "bakery", "Tomorrow"))
    bakery.card("Rolls", "Decide by")
    bakery.type(MAYA, "pause recall news")
    bakery.push(40)
    assert "Only approvers can resume publishing: " in bakery.type(MAYA, "resume")
    assert bakery.type(TOM, "resume") == "{}"
    view = bakery.people.modal(TOM)
    assert "3 posts missed their time while paused" in str(view.blocks)
    assert "1 later post is planned, " in str(view.blocks)
    labels = {str(block.get("block_id")): block["label"]["text"] for block in view.blocks if "label" in block}
    bread, cake, _ = (label for block_id, label in labels.items() if block_id.startswith("fate:"))
    new_time = next(label for block_id, label in labels.items() if block_id.startswith("move_to:"))
    assert BREAD[:20] in bread, "each names its post in its own words"
    past = int((bakery.clock.now() - timedelta(hours=1)).timestamp())
    wrong = bakery.fill(TOM, {bread: "Give it a new time", new_time: past})
    assert list(wrong.errors.values()) == ["That time has passed."]
    done = bakery.fill(TOM, {bread: "Give it a new time", cake: "Kill it"})
    assert done.ok, done
    assert not done.errors, done
    banner = bakery.banner("1 moved, 1 left missed, 1 killed")
    assert "Publishing resumed by <@U0TOM>" in banner.text
    bakery.until(lambda: resumed(bakery) == 1, "one new line in the channel")
    bakery.until(lambda: bakery.pinned() == (), "the banner is not pinned any more")
    bakery.card(CAKE, "Killed: will not be published")
    bakery.card("Rolls", "Missed its")
    bakery.push(20)
    assert bakery.published() == bakery.published(bakery.cafe) == []


def test_approvals_before_the_pause_do_not_come_back(bakery: Bakery) -> None:
    approved(bakery)
    bakery.type(MAYA, "pause")
    bakery.click(TOM, bakery.banner(), "Resume…")
    assert bakery.fill(TOM, {}).ok
    card = bakery.card(BREAD, "Decide again by")
    assert "<@U0MAYA> paused publishing" in str(card.blocks)
    assert "approval has ended" in str(card.blocks)
    bakery.push(21)
    assert bakery.published() == []


def test_resuming_is_refused_when_somebody_paused_again(bakery: Bakery) -> None:
    bakery.type(MAYA, "pause")
    bakery.type(TOM, "resume")
    bakery.type(ANNA, "pause it is worse")
    assert bakery.fill(TOM, {}).ok
    assert "Somebody asked to pause again" in str(bakery.people.modal(TOM).blocks)
    assert "Already paused" in bakery.type(MAYA, "pause")


def test_nothing_to_resume(bakery: Bakery) -> None:
    assert "Publishing is not paused" in bakery.type(TOM, "resume")
    assert "There is no account called shop" in bakery.type(TOM, "resume shop")
    bakery.type(MAYA, "pause cafe")
    assert bakery.type(TOM, "resume") == "{}", "the one that is paused"
    bakery.type(MAYA, "pause bakery")
    assert "Please say which: /social resume bakery, /social resume cafe" in bakery.type(TOM, "resume")


def test_from_home(bakery: Bakery) -> None:
    approved(bakery)
    bakery.people.open_home(MAYA)
    bakery.until(
        lambda: "Pause publishing" in str(bakery.slack.workspace.homes.get(MAYA)), "Home has the button"
    )
    assert bakery.people.click_home(MAYA, text="Pause publishing").ok
    assert bakery.fill(MAYA, {"What": "Everything", "Why? Everybody in the channel reads it.": "recall"}).ok
    assert "paused (<!date^" in str(bakery.people.modal(MAYA).blocks)
    bakery.banner("recall")
    bakery.until(
        lambda: "Publishing is paused" in str(bakery.slack.workspace.homes[MAYA]),
        "Home leads with it",
    )
    assert bakery.people.click_home(MAYA, text="Resume…").ok
    bakery.until(
        lambda: "Only approvers can resume" in str(bakery.slack.workspace.modals.get(MAYA)),
        "Maya is told who may",
    )


def test_slack_is_down_and_the_pause_holds(bakery: Bakery) -> None:
    approved(bakery)
    bakery.slack.faults.take_down()
    assert bakery.bot is not None
    commands.run(bakery.bot.services, "pause", {"words": "recall news", "who": "cli:maya@desk"})
    bakery.push(21)
    assert bakery.published() == []
    bakery.slack.faults.bring_up()
    bakery.push(1)
    banner = bakery.banner("recall news")
    bakery.until(lambda: bakery.pinned() == (banner.ts,), "it is pinned")


def test_a_restart_keeps_the_pause(bakery: Bakery) -> None:
    approved(bakery)
    bakery.type(MAYA, "pause")
    bakery.banner()
    bakery.stop_bot()
    bakery.start_bot()
    bakery.push(21)
    assert bakery.published() == []
    assert "Already paused by <@U0MAYA>" in bakery.type(TOM, "pause")


def test_it_is_said_again_after_an_hour_and_then_when_hours_begin_and_end(bakery: Bakery) -> None:
    bakery.type(MAYA, "pause")
    banner = bakery.banner()
    bakery.push(61)
    bakery.until(lambda: len(bakery.thread(banner)) == 1, "a reminder after an hour")
    assert "Publishing is still paused: Maya paused it" in bakery.thread(banner)[0]
    assert "<@U0TOM>" in bakery.thread(banner)[0]
    hours = bakery.bot.services.policy.hours if bakery.bot else None
    edge = hours.next_edge(bakery.clock.now()) if hours else None
    assert edge is not None
    bakery.push((edge - bakery.clock.now()).total_seconds() / 60 + 1)
    bakery.until(lambda: len(bakery.thread(banner)) == 2, "another one when the hours end")


def test_a_deleted_banner_comes_back_pinned(bakery: Bakery) -> None:
    bakery.type(MAYA, "pause")
    old = bakery.banner()
    bakery.people.delete(TOM, "C0SOCIAL", old.ts)
    bakery.push(61)
    bakery.until(lambda: bakery.pinned() and bakery.pinned() != (old.ts,), "a new one is pinned")


def test_its_history_tells(bakery: Bakery) -> None:
    published(bakery)
    bakery.type(MAYA, "pause recall")
    bakery.click(MAYA, bakery.card(BREAD, "Published"), "Take down")
    bakery.click(MAYA, bakery.card(BREAD, "Taken down from"), "History")
    shown = str(bakery.people.modal(MAYA).blocks)
    assert "Paused publishing: “recall”" in shown
    assert "Asked to take it down from Mastodon (bakery)." in shown
