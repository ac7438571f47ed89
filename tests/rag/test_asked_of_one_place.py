"""One place: what was done to it, by whom, whether it has any, what is beside it."""

import pytest


@pytest.mark.parametrize(
    ("question", "said"),
    [
        # in other words than the record's
        ("who looks after parkes observatory", "CSIRO"),
        ("when was persepolis sacked", "330 BC"),
        ("who found machu picchu again", "Hiram Bingham"),
        ("how high was mount pinatubo before", "1,745 m"),
        ("how wide are the arms of christ the redeemer", "28 m"),
        ("how long did it take to dig the corinth canal", "12 years"),
        ("what river comes out of lake geneva", "Rhône"),
        ("which river flows out of lake ontario", "St. Lawrence"),
        ("when did shah jahan build the taj mahal", "1632-1653"),
        ("how many people used heathrow airport in 2019", "80.9 million"),
        # yes or no
        ("does heathrow have three runways", "No [1]. Heathrow Airport has 2 runways"),
        ("does schiphol have six runways", "Yes [1]"),
        ("is 8611 m the height of k2", "Yes [1]"),
        ("is shark bay a world heritage site", "Yes [1]"),
        ("does the suez canal have any locks", "No [1]"),
        ("is piton de la fournaise a shield volcano", "Yes [1]"),
        ("did norman foster design apple park", "Yes [1]"),
        ("is uluru protected", "Uluṟu-Kata Tjuṯa National Park"),
        # names cut short beside others
        ("power of three gorges and the hoover dam together", "The total is"),
        ("which is longer, golden gate or tower bridge", "Golden Gate Bridge has"),
        ("combined power capacity of the hoover and the aswan high dam", "4,180 MW"),
    ],
)
def test_it_is_told(world, question, said):
    answer = world.ask(question)
    assert not answer.refused, answer.text
    assert said in answer.text


@pytest.mark.parametrize(
    "question",
    [
        # what was done, or by whom, is not what is held
        "who painted the eiffel tower",
        "height mount st helens lost",
        "who was the first woman on everest",
        "how many people work at heathrow",
        # a sentence that takes for granted what it is to explain
        "why is the dead sea so salty",
        # common knowledge, of which no landmark's value is an answer
        "what's the time",
        "how old is the universe",
        "in which city can I find the atomium",
    ],
)
def test_what_lies_beside_it_is_no_answer(world, question):
    answer = world.ask(question)
    assert answer.refused, answer.text


def test_who_was_first_denies_no_later_climber(world):
    answer = world.ask("did messner climb everest")
    assert not answer.text.startswith(("Yes", "No "))
    assert answer.confidence < 0.6


@pytest.mark.parametrize(
    ("question", "said"),
    [
        # what it was before, how far from where, a part of it, its town's name
        ("how big was the aral sea in 1960", "68,000 km2"),
        ("how long was lake urmia once", "140 km"),
        ("how far is teotihuacan from mexico city", "50 km"),
        ("How far is Diavik from Yellowknife?", "300 km"),
        ("how tall is the pyramid of the sun", "65 m"),
        ("who designed suzuka", "John Hugenholtz"),
        ("who runs parkes", "CSIRO"),
        ("what is the great wall's length", "21,196 km"),
        ("is the great wall longer than the golden gate bridge", "Yes"),
        # the sort of value that is asked for
        ("who rediscovered petra", "Burckhardt"),
        ("who is mount cook named for", "James Cook"),
        ("when was the colosseum completed", "AD 80"),
        ("when did crater lake form", "7,700 years"),
        ("what time zone is kansai airport in", "Asia/Tokyo"),
        ("height of the tibetan plateau", "4,500 m"),
        ("average height of the altiplano in feet", "12,300 ft"),
        ("what is the congo also known as", "Zaire River"),
        ("what's the highest spot of vatnajokull", "Hvannadalshnúkur"),
        ("why is the strait of hormuz important", "oil tanker route"),
        ("when was abu simbel moved", "1964-1968"),
        ("what happened at krakatoa in 1883", "August 1883"),
        ("how was the sognefjord carved", "glaciers"),
        ("how much would the sea rise if the antarctic ice sheet melted", "58 m"),
        ("does lake geneva drain into the rhone", "Yes [1]"),
        ("what's mcmurdo for", "polar research"),
        ("what's parkes observatory for", "radio astronomy"),
    ],
)
def test_it_is_told_what_is_asked(world, question, said):
    answer = world.ask(question)
    assert not answer.refused, answer.text
    assert said in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "what did they build the sydney opera house from",
        "water temperature of lake superior",
        "who is the mayor of venice",
        "who is the king of greenland",
        "who first climbed roraima",
        "who found wolfe creek crater",
        "who runs chernobyl",
        "to whom does svalbard belong",
        "how much of the rub al khali is in oman",
        "how far is teotihuacan from chichen itza",
    ],
)
def test_a_value_of_another_sort_is_no_answer(world, question):
    answer = world.ask(question)
    assert answer.refused, answer.text
