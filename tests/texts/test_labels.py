import pytest

from hf_unsafe2safe.detectors.objects import LABELS
from hf_unsafe2safe.texts import labels
from hf_unsafe2safe.texts.labels import named

# Every label of COCO and how several of it are called, written by hand.
PLURALS = dict(
    line.split(": ")
    for line in """person: people
bicycle: bicycles
car: cars
motorcycle: motorcycles
airplane: airplanes
bus: buses
train: trains
truck: trucks
boat: boats
traffic light: traffic lights
fire hydrant: fire hydrants
stop sign: road signs
parking meter: parking meters
bench: benches
bird: birds
cat: cats
dog: dogs
horse: horses
sheep: sheep
cow: cows
elephant: elephants
bear: bears
zebra: zebras
giraffe: giraffes
backpack: backpacks
umbrella: umbrellas
handbag: handbags
tie: ties
suitcase: suitcases
frisbee: frisbees
skis: pairs of skis
snowboard: snowboards
sports ball: balls
kite: kites
baseball bat: baseball bats
baseball glove: baseball gloves
skateboard: skateboards
surfboard: surfboards
tennis racket: tennis rackets
bottle: bottles
wine glass: wine glasses
cup: cups
fork: forks
knife: knives
spoon: spoons
bowl: bowls
banana: bananas
apple: apples
sandwich: sandwiches
orange: oranges
broccoli: pieces of broccoli
carrot: carrots
hot dog: hot dogs
pizza: pizzas
donut: donuts
cake: cakes
chair: chairs
couch: couches
potted plant: potted plants
bed: beds
dining table: tables
toilet: toilets
tv: TVs
laptop: laptops
mouse: computer mice
remote: remote controls
keyboard: keyboards
cell phone: cell phones
microwave: microwaves
oven: ovens
toaster: toasters
sink: sinks
refrigerator: refrigerators
book: books
clock: clocks
vase: vases
scissors: pairs of scissors
teddy bear: teddy bears
hair drier: hair dryers
toothbrush: toothbrushes""".splitlines()
)


def test_the_plurals_of_all_labels():
    assert set(PLURALS) == set(LABELS)
    assert {label: named(label, 2) for label in LABELS} == {k: f"two {v}" for k, v in PLURALS.items()}


# One thing with its article.
@pytest.mark.parametrize(
    ("label", "colour", "words"),
    [
        ("car", "", "a car"),
        ("apple", "", "an apple"),  # a vowel
        ("oven", "grey", "a grey oven"),  # the article is the colour's
        ("bench", "orange", "an orange bench"),
        ("skis", "", "a pair of skis"),  # no "a skis"
        ("scissors", "", "a pair of scissors"),
        ("broccoli", "", "a piece of broccoli"),  # cannot be counted
        ("umbrella", "", "an umbrella"),
        ("tv", "", "a TV"),
        ("stop sign", "", "a road sign"),  # "stop" is what it says
    ],
)
def test_one_thing(label, colour, words):
    assert named(label, 1, colour) == words


def test_counts_are_words_and_end_early():
    # Digits would trip the guard where the same number was read on a sign.
    assert [named("dog", n) for n in (3, 4, 5, 60)] == ["three dogs", "four dogs", *["several dogs"] * 2]


def test_the_tables_name_labels_of_coco():
    tables = (labels.VEHICLES, labels.WORN, labels.SMALL, labels.COLOURED, labels.OUTDOOR, labels.INDOOR)
    assert not set().union(*tables) - set(LABELS)
    assert not set(labels.OUTDOOR) & set(labels.INDOOR)
    assert not labels.COLOURED & (labels.VEHICLES | {"person"})
