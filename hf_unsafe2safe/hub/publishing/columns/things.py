"""Words for things, places and what is done: of these a class name may be made. English.

Facts only; no table of this kind is complete. Words for people by gender, age or origin are left out, and
so are words that are given names and nothing else. What is not here makes a class name fail.
"""

from ....detectors.pii_formats import words

ANIMALS = words(
    """animal alligator anemone ant anteater antelope ape armadillo baboon badger bass bat beagle bear beaver
    bee beetle bird bison bittern boa boar bobcat bonobo buffalo bull bulldog bunny butterfly calf camel
    canary capybara cardinal cat caterpillar catfish cattle centipede chameleon cheetah chick chickadee
    chicken chihuahua chimpanzee chipmunk cicada clam clownfish cobra cockatoo cockroach cod collie condor
    coral cormorant cougar cow coyote crab crane crawfish crayfish cricket crocodile crow cuckoo cub
    dachshund dalmatian deer dingo dog dolphin donkey dove dragonfly duck duckling eagle eel egret
    elephant elk emu ewe falcon ferret finch fish flamingo flea fly foal fox frog gazelle gecko gerbil
    gibbon giraffe goat goldfish goose gorilla grasshopper grizzly grouse gull guppy halibut hamster hare
    hawk hedgehog hen heron herring hippo hippopotamus hornet horse hound hummingbird husky hyena ibex
    ibis iguana impala insect jackal jaguar jay jellyfish kangaroo kingfisher kitten kitty kiwi koala
    labrador ladybug lamb leech lemur leopard lion lizard llama lobster lynx macaque macaw mackerel magpie
    mammal mammoth mandrill manta mantis marmot marten mayfly meerkat mink mole mongoose monkey moose
    mosquito moth mouse mice mule mussel nautilus newt nightingale octopus okapi opossum orangutan orca
    oriole ostrich otter owl ox oxen oyster panda panther parakeet parrot partridge peacock pelican
    penguin perch pet pig pigeon piglet piranha platypus pony poodle porcupine porpoise prawn primate pug
    puma puppy python quail rabbit raccoon ram rat rattlesnake raven ray reindeer reptile retriever rhino
    rhinoceros roadrunner robin rooster salamander salmon sardine scorpion seagull seahorse seal shark
    sheep sheepdog shellfish shrew shrimp skunk sloth slug snail snake sparrow spaniel spider squid
    squirrel starfish stegosaurus stingray stork sturgeon swallow swan tadpole tapir tarantula tench
    termite terrier tick tiger toad tortoise toucan triceratops trilobite trout tuna turkey turtle viper
    vulture wallaby walrus warbler warthog wasp weasel whale wildcat wildebeest wolf wolves wolverine
    wombat woodpecker worm yak zebra brontosaurus dinosaur crocodilehead garfield snoopy hawksbill gerenuk
    flatfish possum hartebeest drake shepherd pinscher schnauzer rottweiler mastiff corgi dane setter
    pointer greyhound whippet samoyed malamute pomeranian shorthair sphynx ragdoll siamese persian feline
    canine fur paw tail feather wing claw beak horn antler hoof shell nest den herd flock swarm"""
)
PLANTS_AND_FOOD = words(
    """plant flower tree leaf leaves grass moss fern cactus bamboo bush shrub hedge vine palm pine oak birch
    maple elm poplar spruce cedar beech bonsai bouquet blossom bud petal stem root seed daffodil tulip
    rose orchid sunflower dandelion lotus lily lilium daisy poppy marigold lavender dahlia carnation
    geranium hibiscus magnolia azalea begonia camellia buttercup foxglove hyacinth peony petunia primrose
    snapdragon thistle clover ivy mushroom fungus toadstool corn wheat rice barley oat hay crop herb food
    fruit vegetable meat apple apricot artichoke asparagus aubergine avocado bacon bagel baguette banana
    bean beef beet beetroot berry biscuit bisque blackberry blueberry bread breakfast broccoli broth
    brownie bruschetta buckwheat bun burger burrito butter cabbage cake candy cannoli caprese caramel
    carbonara carrot cauliflower caviar celery cereal ceviche cheese cheesecake cherry chestnut chili chip
    chocolate chop chowder churro cocktail cocoa coconut coffee cookie coleslaw cracker cranberry cream
    creme croissant cucumber cupcake currant curry custard dessert deviled dill dinner dip donut dough
    doughnut drink dumpling edamame egg eggplant espresso falafel fig filet fondue french fries fry garlic
    ginger gnocchi grape grapefruit gravy guacamole gyoza ham hamburger hazelnut honey hotdog hummus ice
    icing jam jelly juice kale kebab ketchup lasagna lasagne latte leek lemon lemonade lentil lettuce lime
    lunch macaron macaroni mango margarine marmalade mayonnaise meal meatball melon milk milkshake mint
    mousse muffin mustard nacho noodle nougat nut oatmeal oil olive omelet omelette onion orange paella
    pancake papaya parsley pasta pastry pate pea peach peanut pear pepper pepperoni pesto pickle pie
    pineapple pistachio pizza plum pomegranate popcorn pork porridge potato poutine pretzel pudding
    pumpkin quesadilla quiche radish raisin ramen raspberry ravioli relish rhubarb rib risotto roast roll
    salad salami salsa salt sandwich sashimi sauce sausage scallop scone seafood seaweed sesame shortcake
    sirloin smoothie snack soda sorbet souffle soup spaghetti spice spinach spread squash steak stew
    strawberry sugar sushi syrup taco takoyaki tangerine tapas tart tartare tea tempura tiramisu toast
    tofu tomato topping tortilla truffle turnip vanilla velvet vinegar waffle walnut water watermelon wine
    wonton yam yogurt zucchini zuppa baklava beignet bibimbap bolognese cobbler cocotte escargot foie gras
    huevos rancheros miso pad panna cotta pho pulled samosa alaska baked grilled fried raw boiled smoked
    stuffed clubhouse spring wings beer cider whiskey vodka champagne cappuccino bell hot sweet carpaccio
    caesar brulee croque madame benedict mignon calamari frozen sour peking prime grits liquid"""
)
HOUSE = words(
    """house home apartment room bedroom bathroom kitchen livingroom living dining hall hallway corridor
    lobby foyer closet cupboard cabinet pantry attic basement cellar garage balcony porch patio terrace
    deck yard nursery playroom gameroom studio workshop wall door window floor ceiling roof chimney
    fireplace stair staircase stairs stairwell stairscase step elevator escalator rail railing banister
    fence gate column beam brick tile board shelf shelves bookshelf bookcase rack hook curtain blind shade
    shutter carpet rug mat lamp lantern light bulb chandelier candle candlestick torch switch socket plug
    fan heater radiator stove oven microwave toaster refrigerator fridge freezer dishwasher washer dryer
    drier kettle pot pan wok pitcher jug cup mug glass goblet chalice bottle can jar bowl plate saucer
    dish tray fork knife knives spoon spatula ladle whisk chopstick opener corkscrew grater blender mixer
    juicer grinder teapot coffeepot thermos container box carton crate barrel basket bucket bin bag sack
    pouch purse wallet handbag backpack rucksack briefcase suitcase luggage trunk chest drawer desk table
    chair armchair stool bench couch sofa settee futon bed crib cradle mattress pillow cushion blanket
    quilt sheet towel sponge soap shampoo brush comb toothbrush toothpaste razor mirror sink faucet tap
    bath bathtub tub shower toilet vacuum broom mop dustpan iron ironing wardrobe dresser nightstand vase
    ornament clock watch alarm calendar frame picture painting poster photo photograph album camera
    binoculars telescope microscope television tv screen monitor projector remote radio speaker stereo
    headphone earphone microphone phone cellphone telephone cell mobile laptop computer notebook keyboard
    printer scanner tablet console joystick router modem cable wire battery charger book magazine
    newspaper paper envelope letter card stamp folder binder pen pencil crayon marker eraser ruler compass
    scissors stapler staple clip pin tape glue string rope chain thread needle sewing yarn knitting button
    zipper toy doll teddy puzzle dice balloon ball kite top block game chess furniture appliance equipment
    decoration bookend cutlery utensil metronome buddha windsor inline lid handle ewer menorah hinge knob
    lock key"""
)
CLOTHES_AND_BODY = words(
    """clothes clothing apron bathrobe belt bib bikini blouse bonnet boot bow bowtie bra bracelet brassiere
    cap cape ring cardigan cloak coat collar costume cuff diaper dress earring flipflop flop footwear
    garment glasses glove gown hat headband heel helmet hood jacket jeans jersey t tshirt jewelry kimono
    lipstick loafer mask mitten necklace necktie outfit overall overcoat pajama pants pocket poncho robe
    sandal sarong scarf shawl shirt shoe shorts skirt sleeve slipper sneaker sock stocking suit sunglasses
    sunhat sweater sweatshirt swimsuit tee tie tights tracksuit trouser tuxedo umbrella underwear uniform
    veil vest vestment wig pullover ankle body face head hair eye ear nose mouth lip tooth teeth tongue
    chin cheek neck shoulder arm elbow wrist hand finger thumb nail leg knee foot feet toe skin bone
    skeleton brain heart lung faces people person human somebody crowd audience easy easily background
    portrait"""
)
VEHICLES_AND_TOOLS = words(
    """vehicle car cab taxi limousine minivan van truck lorry pickup trailer bus minibus trolley tram
    streetcar train locomotive subway railway railroad track wagon cart carriage bicycle bike motorcycle
    motorbike moped scooter tricycle unicycle tandem rickshaw tractor bulldozer excavator forklift
    harvester ambulance fire engine firetruck hydrant airplane aeroplane plane aircraft airliner jet
    helicopter glider airship blimp drone rocket shuttle spacecraft satellite parachute boat ship canoe
    kayak ferry gondola lifeboat speedboat sailboat schooner catamaran trimaran yacht ketch raft barge
    tanker submarine vessel anchor sail oar paddle tank cannon wheel tire seat seatbelt pedal brake
    headlight windshield mower sled sleigh snowmobile snowplow skateboard tool hammer mallet axe hatchet
    saw chainsaw drill screwdriver screw bolt wrench plier file chisel clamp vise shovel spade rake hoe
    plow plunger ladder wheelbarrow hose pump pipe valve gear motor generator turbine windmill waterwheel
    machine machinery robot jack scale thermometer stethoscope syringe bandage pill stretcher crutch
    automobile magnet barometer hourglass sundial stopwatch abacus calculator slide lighter match
    matchstick rifle pistol revolver gun missile arrow sword shield armor dagger spear gramophone
    cellphones traffic signal stop sign parking meter road street"""
)
SPORT_MUSIC_AND_WORK = words(
    """sport baseball basketball football soccer tennis volleyball rugby golf hockey badminton croquet polo
    bowling boxing wrestling fencing archery rowing sailing surfing swimming diving skiing skating
    snowboarding skateboarding cycling running jogging climbing hiking riding racing gymnastics yoga
    dancing fishing hunting camping judo karate racket racquet club stick puck net goal hoop frisbee
    surfboard snowboard ski skis skate snowshoe trampoline barbell dumbbell treadmill swing seesaw sandbox
    playground playing pool billiard billiards snooker dart medal trophy whistle tent music instrument
    guitar violin viola cello harp banjo mandolin ukulele lute sitar piano organ accordion harmonica flute
    piccolo oboe clarinet bassoon saxophone trumpet trombone tuba cornet euphonium bagpipe drum cymbal
    gong maraca xylophone marimba chime tambourine band orchestra concert activity working cooking eating
    drinking reading writing phoning texting walking jumping throwing catching washing cleaning gardening
    fixing repairing feeding brushing blowing bubbles cutting pouring pushing shooting applauding taking
    using watching waving looking holding sitting standing sleeping smiling driving flying flight player
    athlete rider driver cook chef worker singer dancer musician teacher doctor nurse firefighter officer
    soldier farmer waiter diver swimmer surfer skier cyclist runner batter umpire goalkeeper juggler
    magician clown pedestrian passenger astronaut pilot scientist engineer lawyer judge tailor carpenter
    plumber photographer painter"""
)
PLACES_AND_NATURE = words(
    """place area field zone site scene indoor outdoor inside outside airport airfield alley amphitheater
    amusement aquarium aqueduct arcade arch arena atrium auditorium bakery bank bar barn barracks bazaar
    beach boardwalk bookstore boutique bridge building bungalow buffet cabin cafe cafeteria campsite
    campus canal canyon casino castle cathedral cave cemetery chapel church cinema city classroom clinic
    cliff cloister coast coastline computerroom court courthouse courtyard creek crosswalk dam deli
    delicatessen dental department desert diner dock dorm dormitory downtown driveway dune entrance estate
    exhibit factory fairground farm fastfood florist footpath forest fort fountain freeway garden glacier
    greenhouse grocery grocerystore gym gymnasium hairsalon harbor hangar highway hill hospital
    hospitalroom hotel hut iceberg igloo industrial inn intersection island jail jewellery jewelleryshop
    jungle kindergarden kindergarten laboratory laboratorywet wet lagoon lake landfill landing laundromat
    lawn library lighthouse lightroom locker mall mansion market marsh meadow meeting meetingroom metro
    mine minaret monastery monument mosque motel mountain movietheater movie museum oasis observatory
    ocean office operating orchard pagoda palace park path pavilion pharmacy pier plaza pond port prison
    prisoncell pub pyramid quarry racecourse rainforest ranch residential reef reservoir resort restaurant
    restaurantkitchen river rock ruin runway salon sandbar savanna school schoolhouse sea seashore shed
    shoeshop shop shore sidewalk skatepark sky skyscraper slum snow stable stadium stall station statue
    store storefront stream studiomusic stupa suburb supermarket swamp synagogue temple theater theatre
    throne tower town tunnel toystore toyshop trainstation trench university valley vegetation veranda
    viaduct videostore video village vineyard volcano warehouse waterfall waterfront waitingroom wedding
    waiting well wetland wharf wood woodland artstudio dentaloffice poolinside winecellar wineshop art
    childrensroom clothingstore gallery yin yang cloud fog mist rain rainbow storm lightning thunder
    tornado hurricane wind wave tide sun sunrise sunset moon star planet galaxy space earth soil mud sand
    stone pebble gravel dirt dust smoke flame lava ash coal weather day night morning evening summer
    autumn fall winter season snowflake annual permanent herbaceous pasture rural urban land ground
    terrain horizon view landscape"""
)
MATERIALS_AND_LOOKS = words(
    """black white red green blue yellow purple pink brown gray grey gold golden silver bronze copper beige
    violet turquoise cyan magenta metal steel aluminum plastic rubber leather cotton wool silk denim lace
    linen fabric cloth textile canvas ceramic porcelain clay concrete cement asphalt marble granite
    crystal diamond pearl wooden cardboard foam wax foil big small large little tiny huge giant long short
    tall wide narrow thick thin flat round square triangle rectangle circle oval cube cone sphere cylinder
    cross pattern shape line dot edge corner old new clean dirty dry cold warm cool hard soft rough smooth
    sharp blunt bright dark heavy full empty open closed broken whole half double single multiple other
    others misc miscellaneous unknown none normal abnormal good bad positive negative true false yes no
    not high low medium left right front back side upper lower bottom middle center near far first second
    third fast slow wild domestic tame common great greater lesser lilly air plain willow electric
    electrical digital manual automatic acoustic grand upright spotted striped banded blotchy braided
    bubbly bumpy chequered cobwebbed cracked crosshatched crystalline dotted fibrous flecked freckled
    frilly gauzy grid grooved honeycombed interlaced knitted lacelike lined marbled matted meshed paisley
    perforated pitted pleated porous potholed scaly smeared spiralled sprinkled stained stratified studded
    swirly veined waffled woven wrinkled zigzagged tailed headed footed winged legged eyed billed necked
    bellied haired horned potted rolling sliding folding hanging floating rotary dial crossed sporty race
    symbol dollar bill note coin money cash credit google yinyang spot object thing item stuff class
    category type kind group set pair part piece bunch stack pile row lot many some several all any each
    both number zero one two three four five six seven eight nine ten dozen test validation valid val
    sample data dataset image default public annotation label scissor"""
)
THINGS = (
    ANIMALS
    | PLANTS_AND_FOOD
    | HOUSE
    | CLOTHES_AND_BODY
    | VEHICLES_AND_TOOLS
    | SPORT_MUSIC_AND_WORK
    | PLACES_AND_NATURE
    | MATERIALS_AND_LOOKS
)
# Given names that are words as well: before another word ("Rose Stone", "ivy_hill") they may be a person.
NAMES_TOO = words(
    """april august autumn basil bill crystal daisy dale dawn drake earl faith grace harmony hazel heath
    heather holly hope hunter iris ivy jack jade jasmine jay jewel joy june juniper kitty lily mark mason
    may melody misty pearl penny robin rose ruby rusty sage summer violet will willow"""
)
# More given names that are no other word, than those that the guard takes for names everywhere.
MORE_NAMES = words(
    """abby addison agnes aiden alberto alfonso alfred alicia alison alma alvin alyssa amelie andre annie
    antoine archie arnold arturo aubrey audrey barry beatrice becky bella bernard bernice bertha bessie
    betty beverly billy blanche bobby bonnie brad bradley brandi brenda brent brett bruce bryan caleb
    calvin cameron candice carl carla carolyn casey cathy cecil cecilia cedric celia charlene charlie
    chelsea cheryl chris christine cindy clara clarence claude clifford clinton cody colleen connie connor
    corey courtney craig curtis cynthia damian darlene darrell darren dave debbie debra denise derek diane
    dolores donna doris douglas duane dustin dwayne eddie edgar edith edna edwin eleanor ella ellen elmer
    eloise elsa elsie emil enrique erica erik erika ernest ernesto esther ethel eugene eunice evan evelyn
    fernanda florence floyd frances francis francisco franco frankie franklin fred freddie frederick
    friedrich gabriela gabriella gail gary gavin gerald geraldine gertrude gilbert gina giulia gladys
    glenn gloria gordon greg gregory gretchen guadalupe guillermo gustavo gwendolyn harriet harry harvey
    hector heidi herbert herman hilda howard hubert ian ida ignacio inez irene irma irving isaac isabel
    isabelle ismael jackie jacqueline jaime janice jared jeanne jeff jeffery jenna jenny jeremiah jeremy
    jerome jerry jill jim jimmy joann joanna joanne jodi joel joey jordan joyce juanita judy julie julio
    justin kaitlyn kara kathryn kathy katie katrina kayla kelly kelsey kent kim kimberly kirk kristen
    kristin kristina kurt kyle lance latoya lawrence leah lena leo leon leonard leroy leslie lester lewis
    lillian lloyd lois lola lonnie loretta lori lorraine louis louise lucille lucy luke lydia lynn mabel
    madison mae malcolm mandy marc marcia marcus marcy margie marian marianne marilyn marion marjorie
    marlene marsha marshall marvin mathew mathilda maureen maurice maxine melanie melinda melvin micheal
    mike mildred milton mindy minnie miranda miriam mitchell molly muriel myra myrtle naomi natalie
    nathaniel nellie nelson nicolas nina nora norma norman oscar pauline peggy perry phil philippe phillip
    phyllis priscilla rachael rafaela ramon randall randy reginald rhonda rick ricky rita roberta roderick
    rodney roger roland ron ronnie rosa rosemarie roy ruben russell ruth sally salvador sammy saul sean
    shane shannon shawn sheila shelly sheri sherry shirley sidney simone sonia sonya spencer stacey stacy
    stanley stella steve stewart stuart suzanne sylvester sylvia tamara tammy tanya tara ted terence terri
    terry thelma theodore theresa tiffany tim tina todd tom tommy toni tony tracy travis trevor tricia
    troy vera verna vernon vicki vicky virgil virginia vivian wallace warren wayne wilbur willard willie
    wilma winifred wyatt yolanda yvette yvonne zachariah"""
)
# Names of classes of well-known datasets that would fail for one of their words.
PHRASES = frozenset(
    {
        "background google",
        "joshua tree",
        "children room",
        "willow tree",
        "baby back ribs",
        "pad thai",
        "wheelchair",
    }
)
