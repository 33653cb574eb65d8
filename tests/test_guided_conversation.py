"""What a person sees of a guided conversation by button; Rasa's forms are scripted here, see test_guides_end_to_end."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.content import Content
from bot.content.guides import SKIP, Kind
from bot.guided import DAY, OpenQuestions
from bot.handlers.reminding import send_due
from bot.languages import LANGUAGES
from bot.rasa import Step
from bot.render import guides
from bot.render.pdf import pdf
from tests.conversation import Chat, World, forge
from tests.scripted_rasa import ScriptedRasa, Steps


def question(name: str, guide: str = "wage-claim", **answers: str) -> Steps:
    return [{"say": "guide_question", "id": guide, "question": name, "answers": answers}]


def result(guide: str, **answers: str) -> Steps:
    return [{"say": "guide_result", "id": guide, "answers": answers}]


async def test_questions_come_one_by_one_with_progress(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["/start_wage_claim"] = question("country")
    rasa.replies['/choose{"choice": "RU"}'] = question("safety", country="RU")
    await chat.say("/guides")
    [first] = await chat.press("guide:wage-claim")
    assert "1 of 12 ●○○○○○○○○○○○" in first.text
    assert "Twelve short questions" in first.text
    assert {"Russia", "Kazakhstan", "Skip ›", "✖️ Stop", "🆘 SOS"} <= set(first.button_texts)
    assert "‹ Back" not in first.button_texts
    [second] = await chat.press("Russia")
    assert "2 of 12" in second.text
    assert "Twelve short questions" not in second.text
    assert second.id == first.id, "the question takes the place of the one before, so that the chat stays short"
    assert {"They keep my papers", "Skip ›", "‹ Back"} <= set(second.button_texts)


async def test_the_result_has_steps_contacts_and_ways_to_keep_it(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["done"] = result("wage-claim", country="RU", asked_in_writing="no", evidence="papers")
    [screen] = await chat.say("done")
    assert "Ask in writing today." in screen.text
    assert "Your safety comes first" not in screen.text
    assert {
        "👥 Who can help: Russia",
        "✉️ Letter to copy",
        "➡️ Text to forward",
        "📄 PDF",
        "🙈 Hide this chat",
    } <= set(screen.button_texts)
    letters = await chat.press("✉️ Letter to copy", 2)
    assert "[your name" in letters[0].text
    assert "Здравствуйте" in letters[1].text
    [plain] = await chat.press("➡️ Text to forward")
    assert "Ask in writing today." in plain.text
    assert plain.button_texts == []


async def test_the_result_names_the_safest_contact_and_both_countries(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["signs"] = result("exploitation-check", country="RS", violence="before")
    [screen] = await chat.say("signs")
    assert "ASTRA" in screen.text
    assert "serious warning signs" in screen.text
    rasa.replies["home"] = result("return-plan", country="RU", home_country="UZ")
    [screen] = await chat.say("home")
    assert {"👥 Who can help: Russia", "👥 Who can help: Uzbekistan"} <= set(screen.button_texts)


async def test_the_result_as_pdf(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["done"] = result("offer-check", who_pays="me_now")
    await chat.say("done")
    [message] = await chat.press("📄 PDF")
    assert message.raw["document"]["file_name"].startswith("offer-check-")
    assert message.raw["document"]["mime_type"] == "application/pdf"


async def test_danger_ends_the_questions_and_brings_the_card(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["/start_exploitation_check"] = question("danger_now", "exploitation-check")
    rasa.replies['/choose{"choice": "yes"}'] = question("country", "exploitation-check", danger_now="yes")
    rasa.replies["/finish"] = result("exploitation-check", danger_now="yes")
    await chat.say("/guides")
    await chat.press("guide:exploitation-check")
    said, card = await chat.press("choose:danger_now:yes", 2)
    assert "You are not to blame" in said.text
    assert "Emergency numbers" in card.text


async def test_questions_that_do_not_apply_are_passed_over(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["/start_offer_check"] = question("who_pays", "offer-check")
    rasa.replies['/choose{"choice": "employer"}'] = question("paid_already", "offer-check", who_pays="employer")
    rasa.replies['/choose{"choice": "not_asked"}'] = question("too_good", "offer-check", who_pays="employer")
    await chat.say("/guides")
    await chat.press("guide:offer-check")
    [screen] = await chat.press("choose:who_pays:employer")
    assert "much higher" in screen.text


async def test_back_asks_the_question_before_again(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["/start_wage_claim"] = question("safety", country="RU")
    rasa.replies['/choose{"choice": "no"}'] = question("job_now", country="RU", safety="no")
    await chat.say("/guides")
    await chat.press("guide:wage-claim")
    await chat.press("choose:safety:no")
    rasa.replies['/start_wage_claim{"wage_claim__country": "RU"}'] = question("safety", country="RU")
    [screen] = await chat.press("‹ Back")
    assert "threatened you" in screen.text


@pytest.mark.parametrize("stale", ["choose:safety:threatened", "choose:job_now:no_such_choice"])
async def test_a_button_of_an_earlier_question_changes_nothing(
    world: World, chat: Chat, rasa: ScriptedRasa, stale: str
) -> None:
    rasa.replies["/start_wage_claim"] = question("job_now", safety="no")
    await chat.say("/guides")
    await chat.press("guide:wage-claim")
    received = len(rasa.received)
    await forge(world, chat, stale)
    [screen] = await chat.user.wait_for_changes()
    assert "Do you still work" in screen.text
    assert len(rasa.received) == received


async def test_words_on_a_button_count_as_that_button(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["/start_wage_claim"] = question("evidence")
    await chat.say("/guides")
    await chat.press("guide:wage-claim")
    rasa.replies['/choose{"choice": "nothing"}'] = question("employer_known")
    [screen] = await chat.say("nothing yet")
    assert "full name of the employer" in screen.text
    rasa.replies['/choose{"choice": "skip"}'] = question("signed_received")
    [screen] = await chat.say("Пропустить")
    assert "signed a paper" in screen.text


async def test_an_unfinished_guide_is_offered_again(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["/start_wage_claim"] = question("job_now", country="RU", safety="no")
    await chat.say("/guides")
    await chat.press("guide:wage-claim")
    menu = (await chat.say("/menu", 2))[-1]
    assert "▶️ Get my unpaid pay (3 of 12)" in menu.button_texts
    [again] = await chat.press("▶️ Get my unpaid pay (3 of 12)")
    assert "Do you still work" in again.text
    rasa.replies["/stop"] = [{"say": "guide_left"}]
    await chat.press("✖️ Stop")
    menu = (await chat.say("/menu", 2))[-1]
    assert not any("▶️" in text for text in menu.button_texts)


def test_an_unfinished_guide_is_forgotten_after_a_day(content: Content) -> None:
    now = [datetime.now(UTC)]
    asked = OpenQuestions(clock=lambda: now[0])
    asked.note("somebody", [Step(say="guide_question", id="wage-claim", question="safety")])
    now[0] += DAY - timedelta(seconds=1)
    assert asked.get("somebody", content)
    now[0] += timedelta(seconds=2)
    assert asked.get("somebody", content) is None


async def test_left_with_one_tap(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["/start_wage_claim"] = question("safety")
    rasa.replies["/stop"] = [{"say": "guide_left"}, {"say": "restart"}]
    await chat.say("/guides")
    await chat.press("guide:wage-claim")
    [left] = await chat.press("✖️ Stop")
    assert "Your answers are forgotten" in left.text


async def test_a_restart_of_rasa_loses_no_answers(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["/start_wage_claim"] = question("safety", country="RU")
    await chat.say("/guides")
    await chat.press("guide:wage-claim")
    rasa.replies['/choose{"choice": "no"}'] = [{"say": "guide_expired"}]
    rasa.replies['/start_wage_claim{"wage_claim__country": "RU", "wage_claim__safety": "no"}'] = question(
        "job_now", country="RU", safety="no"
    )
    [screen] = await chat.press("choose:safety:no")
    assert "Do you still work" in screen.text


async def test_a_half_filled_form_after_an_update_of_the_guide(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["/start_wage_claim"] = question("a_question_of_last_week", gone="yes", safety="gone_choice")
    rasa.replies['/choose{"choice": "not_asked"}'] = question("job_now", gone="yes", safety="gone_choice")
    await chat.say("/guides")
    [screen] = await chat.press("guide:wage-claim")
    assert "Do you still work" in screen.text


@pytest.mark.parametrize(
    "data",
    ["pdf:wage-claim:zz", "letter:nothing:0", "tick:departure-checklist:zz:1", "forward:wage-claim:0", "choose:x"],
)
async def test_buttons_of_a_result_of_an_older_guide(world: World, chat: Chat, data: str) -> None:
    await forge(world, chat, data)
    [screen] = await chat.user.wait_for_changes()
    assert "has ended" in screen.text


async def test_the_checklist_is_ticked_off(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["done"] = result("departure-checklist", destination="KZ", children="yes")
    [whole] = await chat.say("done")
    assert "☐ 1. Check the date in your passport." in whole.text
    assert "📄 PDF" in whole.button_texts
    [ticked] = await chat.press("☐ 1")
    assert ticked.id == whole.id
    assert "☑ 1. Check the date in your passport." in ticked.text
    assert ticked.text.index("☐ 2.") < ticked.text.index("☑ 1."), "what is missing stands first"
    assert "📄 PDF" in ticked.button_texts
    [undone] = await chat.press("☑ 1")
    assert "☐ 1. Check the date in your passport." in undone.text


async def test_a_reminder_only_for_those_who_ask(own_world: World, rasa: ScriptedRasa) -> None:
    chat = await own_world.person()
    await chat.begin("en")
    rasa.replies["done"] = result("departure-checklist", destination="KZ")
    await chat.say("done")
    await chat.press("☐ 2")
    [promise] = await chat.press("🔔 Remind me in 3 days")
    assert "/forget erases it" in promise.text
    assert str(chat.user.id).encode() not in b"".join(
        file.read_bytes() for file in own_world.database.parent.glob("*.sqlite3*")
    ), "the chat is encrypted"
    await send_due(own_world.services, datetime.now(UTC) + timedelta(days=2))
    await send_due(own_world.services, datetime.now(UTC) + timedelta(days=3, minutes=1))
    [again] = await chat.user.wait_for_messages()
    assert "☑ 2." in again.text
    await send_due(own_world.services, datetime.now(UTC) + timedelta(days=9))
    assert (await chat.say("/help"))[0].id == again.id + 2, "it comes once"


async def test_forget_erases_a_reminder(own_world: World, rasa: ScriptedRasa) -> None:
    chat = await own_world.person()
    await chat.begin("en")
    rasa.replies["done"] = result("departure-checklist", destination="KZ")
    await chat.say("done")
    await chat.press("🔔 Remind me in 3 days")
    await chat.say("/forget")
    await chat.press("forget:yes")
    assert await own_world.services.reminders.take_due(datetime.now(UTC) + timedelta(days=9)) == []


def extremes(content: Content, guide_id: str) -> list[dict[str, str]]:
    """Answers that bring many findings: for each question, each choice with the gravest of the others."""
    guide = content.guides[guide_id]
    grave: dict[str, str] = {}
    for item in guide.logic.questions:
        options = ["RU", "KZ", "DE"] if item.kind is Kind.COUNTRY else [*item.options, SKIP]
        safe = [choice for choice in options if choice not in item.danger]
        grave[item.id] = max(safe, key=lambda choice: len(guide.findings({**grave, item.id: choice})))
    return [grave] + [
        {**grave, item.id: choice}
        for item in guide.logic.questions
        for choice in (["RU", "KZ", "TR"] if item.kind is Kind.COUNTRY else [*item.options, SKIP])
    ]


@pytest.mark.parametrize("guide_id", [
    "asylum-or-not", "contract-check", "departure-checklist", "exploitation-check", "find-help", "offer-check",
    "return-plan", "wage-claim",
])  # fmt: skip
def test_every_result_can_be_shown_and_carried_by_a_button(content: Content, guide_id: str) -> None:
    guide = content.guides[guide_id]
    for answers in extremes(content, guide_id):
        for language in LANGUAGES:
            assert guides.result(guide, answers, language)
            guides.ways_to_keep(guide, answers, language)
            if guide.logic.checklist:
                guides.checklist(guide, answers, {1, 2, 25}, language)
        if guide.logic.findings:
            assert guide.decode(guide.encode(answers)) == guide.known(answers)


@pytest.mark.slow
@pytest.mark.parametrize("guide_id", ["contract-check", "departure-checklist", "exploitation-check", "wage-claim"])
def test_a_pdf_in_every_language(content: Content, guide_id: str) -> None:
    guide = content.guides[guide_id]
    for language in LANGUAGES:
        file = pdf(guide, extremes(content, guide_id)[0], content, language, date(2026, 11, 21))
        assert file.startswith(b"%PDF-")
        assert len(file) > 15_000, "the fonts are inside"
