"""Corrections and hints in English, over signed Slack requests."""

from tests.flow.slack.workspace import Workspace

CASE = "practice late-delivery-en seed=3"
WRONG = "Urgent requests to the hub are answered within 48 hours."
REMINDER = "the customer does not see it"


async def test_a_wrong_deadline_is_corrected_once_with_the_article_and_the_talk_goes_on(
    workspace: Workspace,
) -> None:
    await workspace.type("hello")
    await workspace.type(CASE)
    await workspace.type("Hello, may I have the last four digits of the order, please?")
    said = "\n\n".join(await workspace.type(WRONG))
    told, _, customer = said.partition("\n\n")
    assert REMINDER in told
    assert "48 hours" in told
    assert "“Delivery delays” says: Urgent requests to a hub are answered within 4 hours." in told
    assert customer
    assert REMINDER not in customer
    assert not any(REMINDER in text for text in await workspace.type(WRONG))
    right = await workspace.type("Urgent requests to the hub are answered within 4 hours.")
    assert not any(REMINDER in text for text in right)
    assert "To read: “" in "\n".join(await workspace.type("hint"))


async def test_an_exam_in_english_keeps_corrections_for_the_end(workspace: Workspace) -> None:
    await workspace.type("hello")
    await workspace.type(f"{CASE} exam")
    await workspace.type("Hello, may I have the last four digits of the order, please?")
    assert not any(REMINDER in text for text in await workspace.type(WRONG))
    assert "To read" not in "\n".join(await workspace.type("hint"))
    ended = "\n".join(await workspace.type("end"))
    assert "48 hours" in ended
    assert "answered within 4 hours" in ended
