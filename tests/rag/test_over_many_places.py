"""Questions over many places: conditions, all of a kind, one against another."""

import pytest


@pytest.mark.parametrize(
    ("question", "said", "unsaid"),
    [
        # World Heritage, said in any way, is a condition
        ("which canyons are UNESCO sites", "Tara River Canyon", "Fish River"),
        ("which islands are on the World Heritage List", "Surtsey", "Cuba"),
        ("which stations are World Heritage Sites", "Chhatrapati", "Berlin"),
        ("which historic cities are UNESCO-listed", "Palmanova", "Brasília"),
        ("which straits are not world heritage", "Bosphorus", "Galápagos"),
        # a measure that is named is the one that is limited
        ("bridges with a main span longer than 600 m", "Maputo", "Millau"),
        ("lakes shallower than 6 metres on average", "Lake Chad", "Lake Erie"),
        ("which lakes have an average depth over 500 m", "Baikal", "The mean"),
        ("which waterfalls pour over 2000 cubic metres a second", "Niagara", "Iguazu"),
        ("stadiums seating at least 90,000", "Wembley", "Maracanã"),
        ("which craters are more than 30 km across", "Karakul", "Nördlinger"),
        ("which salt lakes lie more than 200 m below sea level", "Dead Sea", "Assal"),
        ("which airports are below sea level", "Schiphol", "Heathrow"),
        # any eruption that is held counts
        ("which volcanoes erupted in the 19th century", "Tambora", "Vesuvius"),
        # in each of two places, in one alone, in so many
        ("which rivers do France and Germany share", "Rhine", "Loire"),
        ("mountains on the border of Italy and France", "Mont Blanc", "Matterhorn"),
        ("which volcanoes straddle Chile and Argentina", "Ojos del", "Chimborazo"),
        ("which deserts are wholly in Australia", "Simpson", "Kalahari"),
        ("which lakes lie only in Russia", "Ladoga", "Caspian"),
        ("waterfalls in more than one country", "Victoria Falls", "Angel"),
        ("islands divided between three countries", "Borneo", "New Guinea"),
        ("the longest river in only one country", "Yangtze", "Nile"),
        ("mines that produce copper", "Chuquicamata", "Diavik"),
        # of all of a kind, or most
        ("are all temples in Asia", "No: 3 of the 5 temples", "Yes"),
        ("are all canyons longer than 20 km", "Yes: 5 of the 5 canyons", "No"),
        ("are most glaciers in Africa", "No: 0 of the 8 glaciers", "Yes"),
        ("is there a waterfall higher than 1200 m", "979 m", "Yes"),
        ("does any dam hold more than 500 km3", "180 km3", "Yes"),
        # first, last, in order, from one end to the other
        ("which mountain was the last to be climbed", "Puncak Jaya", "Matterhorn"),
        ("which volcano was climbed first", "Mount Ararat", "Fuji"),
        ("which desert was inscribed first", "Namib", "Lut"),
        ("rank the canyons from shallowest to deepest", "Fish River Canyon", "Mir"),
        ("list the skyscrapers by height", "Burj Khalifa", "Eiffel"),
        (
            "put Monza Circuit, Suzuka Circuit and Interlagos Circuit in order of age",
            "Monza Circuit opened on 3 September 1922 [1]. Interlagos",
            "not understood",
        ),
        ("arrange Crete, Cuba and Borneo from largest to smallest", "Borneo", "not"),
        # more than others together, so many times another, the same as another
        ("is Honshu larger than Crete and Socotra together", "Yes: together", "No"),
        (
            "is the Po longer than the Rhine and the Loire combined",
            "No: together",
            "Yes",
        ),
        ("rivers longer than the Danube but shorter than the Ob", "Volga", "Nile"),
        ("which towers are twice as tall as the Gateway Arch", "CN Tower", "Sky Tower"),
        ("what opened in the same year as the CN Tower", "CN Tower", "Sky Tower"),
        ("which dams are in the same country as the Kariba Dam", "Kariba", "Hoover"),
        # places that are named
        (
            "which of Petra, Persepolis and Stonehenge are in Asia",
            "Petra",
            "Stonehenge",
        ),
        ("which of the Po, the Ob and the Lena are over 4000 km", "Lena", "the Ob is"),
        ("are Borobudur and Angkor Wat both in Asia", "Yes: 2 of the 2", "No"),
        ("is neither the Po nor the Ob in Africa", "Yes: 0 of the 2", "No"),
        ("are K2 and Denali in the same country", "No: they share no", "Yes"),
        ("which countries do both the Rhine and the Danube cross", "Germany", "not"),
        # of any kind
        ("what's in Amsterdam", "Schiphol", "Rotterdam"),
        ("what was designed by Cesar Pelli", "Petronas Towers", "Taipei"),
        ("what opened in 1909", "Indianapolis", "Chuquicamata"),
        ("which sites are both UNESCO-listed and deltas", "Okavango", "Ganges"),
        # conditions beside a limit, of the first, of what is counted
        ("lakes deeper than 600 m that are World Heritage Sites", "Malawi", "Issyk"),
        ("the longest reef that is on the World Heritage List", "Great Barrier", "New"),
        ("who first climbed the highest mountain in Africa", "Hans Meyer", "1889"),
        ("which towers are made of concrete or wrought iron", "Eiffel", "Skytree"),
        ("which mountain was conquered in 1913", "Denali", "Logan"),
        ("which stadiums hold more than 100,000 fans", "Michigan", "Wembley"),
        ("how many bridges longer than 5 km are there in Brazil", "1 bridge", "differ"),
        ("skyscrapers, tallest first", "Burj Khalifa is 828 m [1]. The", "opened"),
        ("which mountain range touches the most countries", "Alps", "Ural"),
        # times counted back from now, sides of a meridian, others
        ("which bridges are more than a century old", "Tower Bridge", "Golden Gate"),
        ("which airports are older than 90 years", "Schiphol", "Heathrow"),
        ("which airports lie east of 110 degrees east", "Kansai", "Denver"),
        ("what other lakes lie in Russia besides Lake Onega", "Ladoga", "Onega is"),
        ("every canal but the Suez Canal", "Kiel Canal", "Suez Canal is"),
        ("rivers that have their mouths in the Gulf of Mexico", "Rio Grande", "Nile"),
        ("which mountains are within 200 km of K2", "Nanga Parbat", "Everest"),
        ("which towers were finished before the CN Tower", "Eiffel", "Skytree"),
        ("which stadiums opened after Michigan Stadium", "Wembley", "Melbourne"),
        ("the next deepest lake after Lake Tanganyika", "Malawi", "Issyk"),
        ("which mountain is exactly 8,586 m high", "Kangchenjunga", "K2"),
        # by place
        ("how many waterfalls per continent", "South America 3", "not"),
        ("in which countries are there spaceports", "Kazakhstan 1", "not"),
        ("places below the Antarctic Circle", "Ross Ice Shelf", "Stonehenge"),
        # one against another
        ("are there more canals or bridges", "The most are bridges", "Yes"),
        ("does Brazil have more bridges than Japan", "No", "Yes"),
        ("which has more volcanoes, Japan or Italy", "are in Italy", "Yes"),
    ],
)
def test_it_is_read(world, question, said, unsaid):
    answer = world.ask(question)
    assert not answer.refused, answer.text
    assert said in answer.text
    assert unsaid not in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "are all bridges painted",
        "are there more deserts in Asia than in Africa and Australia",
        "are there more clouds than lakes",
        "is the Nile both the longest and the widest river",
        "which canals have locks of steel",
        "which rivers flow neither into the Atlantic nor the Pacific",
        "does the tallest tower stand in Europe",
        "are the three longest rivers all in different continents",
    ],
)
def test_what_is_not_read_to_the_end_is_refused(world, question):
    answer = world.ask(question)
    assert answer.refused or answer.confidence <= 0.6


def test_a_date_is_met_to_the_day(world):
    answer = world.ask("what opened on 4 March 1974")
    assert "Rio-Niterói" in answer.text
    assert "Charles de Gaulle" not in answer.text


def test_what_is_not_held_is_less_sure_to_be_lacking(world):
    answer = world.ask("which rivers have no dam")
    assert answer.confidence < 0.7
    assert any("no dam in the knowledge base" in note for note in answer.notes)
