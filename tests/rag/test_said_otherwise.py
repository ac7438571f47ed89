"""The same question in other turns of phrase: rankings, limits, times gone by."""

import pytest

from rsrag.rag.reading.rewordings import reworded


@pytest.mark.parametrize(
    ("question", "said"),
    [
        # every, top, number so and so, after the first
        ("Name every desert larger than a million square km.", "Sahara"),
        ("top three waterfalls", "Angel Falls"),
        ("top 4 mountains", "by elevation among"),
        ("number 3 on the list of largest lakes", "number 3, the most"),
        ("which is number two among the tallest towers", "number 2, the most"),
        ("largest island after Greenland", "New Guinea"),
        ("the deepest lake after Baikal", "Lake Tanganyika"),
        # limits and sides
        ("how many volcanoes top 5500 metres", "(elevation over 5500 metres)"),
        ("stadiums that seat more than 95,000", "Michigan Stadium"),
        ("dams above the equator", "Hoover Dam"),
        ("Bridges in operation before 1940", "Golden Gate Bridge"),
        ("sights no more than 20 km away from the Colosseum", "St. Peter's"),
        (
            "Standing at the Colosseum, what else of interest is within 10 km?",
            "St. Peter's Basilica",
        ),
        # who made it, and whom it is named after
        ("Norman Foster airports", "Hong Kong International"),
        ("buildings by Cesar Pelli", "Gran Torre Santiago"),
        ("What all is named in honour of Queen Victoria?", "Victoria Falls"),
        ("which places carry the name of president kennedy", "Space Center"),
        # held against each other
        ("Which is closer to Stonehenge, Tower Bridge or Heathrow?", "Heathrow"),
        (
            "From the Taj Mahal, which is farther from it: K2 or Uluru?",
            "Uluru lies farther",
        ),
        ("Is it K2 or Everest that is taller, and by what margin?", "by 238 m"),
        ("How many Cretes would fit into Borneo?", "89.2 times that of Crete"),
        ("how many times would Crete go into Madagascar", "times that of Crete"),
        (
            "Put the Po, Rhine, Volga and Loire in order, shortest one first.",
            "in order: the Po, the Loire, the Rhine, the Volga",
        ),
        (
            "Was the Eiffel Tower already there when Tower Bridge was opened?",
            "Yes: of the two, Eiffel Tower has the earlier date",
        ),
        (
            "How many more people fit into Michigan Stadium than into Wembley?",
            "They differ by 17,601",
        ),
        # times gone by
        ("how long ago did Krakatoa erupt?", "years before"),
        ("how many years ago was Everest first climbed", "29 May 1953"),
        ("How long ago did Yellowstone come under protection?", "1872"),
        ("how long has it been since the Eiffel Tower opened?", "1889"),
        # what is longest, last, shared, on this side of a circle
        ("which airport has the longest runway?", "4,877 m"),
        ("which airport has the most runways", "has 6 runways"),
        ("volcanoes that last erupted in the 20th century", "in 1944"),
        ("which lakes are shared by two countries", "Lake Titicaca"),
        ("is Taipei 101 over half a kilometre tall?", "Yes"),
        ("who built it: the Taj Mahal", "Shah Jahan"),
        ("islands north of the arctic circle", "Svalbard"),
        ("deserts south of the tropic of capricorn", "Simpson Desert"),
        ("closest volcano to Mount Fuji", "Mount Pinatubo lies 2,899 km"),
        ("rivers longer than the Rhine but shorter than the Danube", "Murray"),
        ("name the mountains over 8000", "Nanga Parbat"),
        ("what's the tallest structure built before 1900?", "Eiffel Tower"),
        ("airports serving London", "Heathrow"),
        ("which river flows through Vienna", "Danube"),
        ("where does the Rhine start and end", "North Sea"),
        ("list skyscrapers by number of floors", "163 floors"),
        ("what's the area of the largest island in square miles", "mi2"),
        ("what do you have in Egypt", "Nile Delta"),
        ("dams built by 1970", "Hoover Dam"),
        ("what's older than the Eiffel Tower", "Machu Picchu"),
        ("which structures are older than the Colosseum", "Parthenon"),
        ("islands with more than 500000 km2", "Madagascar"),
        ("list all volcanoes in Indonesia with their last eruption", "Tambora"),
        ("is it true that K2 is the highest mountain?", "No"),
        ("Which lakes have the Rhône as their inflow", "Lake Geneva"),
        ("How many km2 does the Kalahari cover", "930,000 km2"),
        ("Is Stonehenge less than 150 kilometres away from Tower Bridge?", "Yes"),
        ("How far is it in miles from K2 to Everest as the crow flies?", " mi "),
        ("What has Antoni Gaudí built?", "Sagrada Família"),
        ("Does the Rhine touch Liechtenstein?", "Yes"),
        ("record high of Death Valley in Fahrenheit", "134.1 °F"),
        (
            "We are staying near the Colosseum, what else worth seeing is nearby?",
            "St. Peter's Basilica lies",
        ),
        ("highest mountain outside the Himalaya", "K2"),
        # slips in two words, in short ones, in a name without its kind
        ("hieght of the eifel towr", "Eiffel Tower is 330 m"),
        ("lenght of the missisippi", "3,766 km"),
        ("lake tanganika max deph", "maximum depth of Lake Tanganyika"),
        ("wen was kilimanjaro frist climed", "6 October 1889"),
        ("Altitude of Denver airport, but in metres", "1,656 m"),
        ("Hoover and Kariba: which river does each dam?", "Zambezi"),
        # several in one, the second about the same
        (
            "When did Chernobyl start running and when was the disaster?",
            "26 April 1986",
        ),
        ("when was hoover dam opened and what river", "Colorado River"),
        ("Baikal is the deepest lake. What comes second?", "Tanganyika"),
        # what is measured, in other words
        ("Which airport saw the fewest travellers in 2019?", "Guarulhos"),
        ("Which stadium has room for the smallest crowd?", "Maracanã"),
        (
            "I want to climb the loftiest volcano in North America. Which one is it?",
            "Popocatépetl",
        ),
    ],
)
def test_it_is_read_all_the_same(world, question: str, said: str) -> None:
    answer = world.ask(question)
    assert not answer.refused, answer.text
    assert said in " ".join([answer.text, *answer.notes])


@pytest.mark.parametrize(
    "question",
    [
        "how long ago was Angkor Wat painted",
        "how long ago was Hoover Dam struck by lightning",
        "top three lawyers",
        "buildings by Zorblax Quimby",
        "largest island after Zorblax",
        "seating capacity of the azteca",
        "average depth of the great lakes",
        "What were the names of the people who first climbed Mount Logan?",
        "largest port by area",
        "is Crete bigger than Cyprus",
        "what does Kilimanjaro mean",
        "who is the mayor of paris",
        "rivers over 5000",
        "City of Arts and Sciences height",
        "Height of Zorblax Tower in Paris",
    ],
)
def test_what_is_not_held_stays_refused(world, question: str) -> None:
    answer = world.ask(question)
    assert answer.refused or answer.confidence < 0.7, answer.text


def test_a_name_that_is_not_known_decides_no_comparison(world) -> None:
    answer = world.ask("is the Eiffel Tower taller than Big Ben?")
    assert answer.refused
    assert "no landmark called 'Big Ben'" in answer.text


def test_a_condition_leaves_out_what_does_not_meet_it(world) -> None:
    assert "Crater Lake" not in world.ask("lakes shared by two countries").text
    last = world.ask("volcanoes that last erupted in the 20th century").text
    assert "St. Helens" not in last and "2008" not in last
    between = world.ask("rivers longer than the Rhine but shorter than the Nile")
    assert "Thames" not in between.text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("no. 5 in the list of longest rivers", "5th longest rivers"),
        ("number twelve of the tallest towers", "12th tallest towers"),
        ("how many years since it opened", "when, years ago, it opened"),
        ("Lakes and other waters", "waters"),
    ],
)
def test_turns_of_phrase_become_plain(text: str, plain: str) -> None:
    assert reworded(text) == plain
    assert reworded(plain) == plain
