"""Sentences of a text where they stand."""

from rsrag.rag.saying.placed_sentences import PlacedSentence, placed_sentences

FAQ = """**How long is the ride?**
Nine minutes to the top. Another six go down.

**Faults.** Cabin 12 was struck in July. It was mended.
Q: May I bring a dog?
A dog on a lead may come."""


def test_questions_and_bold_words_are_labels():
    assert list(placed_sentences(FAQ)) == [
        PlacedSentence("Nine minutes to the top.", "How long is the ride?"),
        PlacedSentence(
            "Another six go down.", "How long is the ride?", "Nine minutes to the top."
        ),
        PlacedSentence("Cabin 12 was struck in July.", "Faults."),
        PlacedSentence("It was mended.", "Faults.", "Cabin 12 was struck in July."),
        PlacedSentence("A dog on a lead may come.", "May I bring a dog?"),
    ]


def test_a_question_in_prose_is_said_before_the_next_sentence_alone():
    told = list(placed_sentences("It fell. Why did it fall? Nobody knows. It lies."))
    assert told == [
        PlacedSentence("It fell."),
        PlacedSentence("Nobody knows.", "", "Why did it fall?"),
        PlacedSentence("It lies.", "", "Nobody knows."),
    ]


def test_it_is_embedded_under_heading_and_label():
    told = PlacedSentence("Nine minutes.", "How long is the ride?", "It is new.")
    assert told.under("Cable car") == "Cable car. How long is the ride? Nine minutes."
    assert told.under("") == "How long is the ride? Nine minutes."
    assert PlacedSentence("Nine minutes.").under("Car") == "Car. Nine minutes."
