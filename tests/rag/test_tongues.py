"""Questions in other languages: told by their smallest words, and refused in words."""

from dataclasses import replace

import pytest
from test_ask import asked, tools

from rsrag.rag.answering.answer import ask
from rsrag.rag.answering.ask_request import AskRequest
from rsrag.rag.linking.variable_linker import Link
from rsrag.rag.reading.tongues import foreign_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wie tief ist der ?", "German"),
        ("Welche Seen liegen in Kanada und sind tiefer als 100 m?", "German"),
        ("Quelle est la hauteur de la tour Eiffel ?", "French"),
        ("Où se trouve le mont Fuji ?", "French"),
        ("¿Cuál es la montaña más alta?", "Spanish"),
        ("cuantos puentes hay en la ciudad", "Spanish"),
        ("Dove si trova il lago di Como?", "Italian"),
        ("Hoe diep is het meer?", "Dutch"),
        ("长江有多长？", "Chinese"),
        ("富士山の高さは？", "Japanese"),
        ("Какова глубина озера?", "Russian"),
    ],
)
def test_languages(text, language) -> None:
    assert foreign_language(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "42",
        "How deep is Lac Léman?",
        "What is the height of the Château d'If de la Mer?",
        "Île de la Cité",
        "Volcán de Colima",
        "Plaza de la Constitución que Paz",
        "Was the tower closed in 1977?",
        "was war won",
        "Where is 长江?",
        "danube lenght",
        "Comment on the lake",
        "Die Hard filming places",
        "lake como",
        "Wo Hing Museum",
        "most visited place in Wien",
    ],
)
def test_english_and_names_are_not_foreign(text) -> None:
    assert foreign_language(text) is None


def test_a_foreign_question_is_refused_in_words(catalogue) -> None:
    answer = asked(catalogue, "Wie tief ist der Lake Baikal?")
    assert answer.refused
    assert "looks German" in answer.text
    assert "RSRAG_TEXT_ENCODER" in answer.text


def test_a_multilingual_model_reads_it(catalogue) -> None:
    def link(question, facts, timed, among):
        assert question == "Wie tief ist der it?"
        assert ("maximum_depth", "1,642 m") in facts
        return Link("maximum_depth", 0.9, 0.3, 0.0)

    given = replace(tools(catalogue), link=link, any_language=True)
    answer = ask(AskRequest("Wie tief ist der Lake Baikal?"), given)
    assert answer.value == "1,642 m"
