"""What a person sees of a guided conversation by button; the logic of its findings as a table."""

import pytest

from bot.content import Content
from bot.content.schema import Choice
from bot.render import guides
from tests.conversation import Chat
from tests.scripted_rasa import ScriptedRasa


def question(name: str) -> dict[str, str]:
    return {"say": "guide_question", "id": "wage-claim", "question": name}


async def test_questions_come_one_by_one_with_progress(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["/start_wage_claim"] = [question("threatened")]
    rasa.replies['/choose{"choice": "no"}'] = [question("home_already")]
    await chat.say("/guides")
    [first] = await chat.press("guide:wage-claim")
    assert "1 of 8" in first.text
    assert "Eight short questions" in first.text
    assert first.button_texts == ["Yes", "No", "Not sure", "✖️ Stop", "🆘 SOS"]
    [second] = await chat.press("No")
    assert "2 of 8" in second.text
    assert "Eight short questions" not in second.text


async def test_the_result_has_steps_and_contacts(chat: Chat, rasa: ScriptedRasa) -> None:
    answers = {"threatened": "no", "asked_in_writing": "no", "evidence": "yes"}
    rasa.replies["done"] = [{"say": "guide_result", "id": "wage-claim", "answers": answers}]
    [result] = await chat.say("done")
    assert "1. Ask in writing today." in result.text
    assert "Your safety comes first" not in result.text
    assert "👥 Who can help" in result.button_texts


async def test_left_with_one_tap(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["/start_wage_claim"] = [question("threatened")]
    rasa.replies["/stop"] = [{"say": "guide_left"}, {"say": "restart"}]
    await chat.say("/guides")
    await chat.press("guide:wage-claim")
    [left] = await chat.press("✖️ Stop")
    assert "Your answers are forgotten" in left.text


@pytest.mark.parametrize(
    ("answers", "shown", "not_shown"),
    [
        ({"threatened": "yes"}, "safety_first", "from_home"),
        ({"threatened": "not_sure"}, "safety_first", "write_demand"),
        ({"asked_in_writing": "no"}, "write_demand", "keep_demand"),
        ({"asked_in_writing": "yes"}, "keep_demand", "write_demand"),
        ({"evidence": "not_sure"}, "gather_evidence", "secure_evidence"),
        ({"written_contract": "no"}, "prove_work", "safety_first"),
        ({"still_working": "yes"}, "while_working", "act_fast"),
        ({"over_three_months": "yes"}, "act_fast", "while_working"),
        ({"home_already": "yes"}, "from_home", "no_papers"),
        ({"valid_papers": "no"}, "no_papers", "from_home"),
        ({}, "complain", "write_demand"),
    ],
)
def test_findings_of_the_wage_claim(content: Content, answers: dict[str, Choice], shown: str, not_shown: str) -> None:
    findings = [finding.id for finding in content.guides["wage-claim"].findings(answers)]
    assert shown in findings
    assert not_shown not in findings


def test_every_combination_fits_into_one_message(content: Content) -> None:
    guide = content.guides["wage-claim"]
    worst: dict[str, Choice] = {item.id: "not_sure" for item in guide.logic.questions}
    worst |= {"still_working": "yes", "home_already": "yes"}
    for language in content.pages:
        assert guides.result(guide, worst, language).html
