"""Word tables of the guard: people by group, brands, given names. English, as public texts are.

Facts only, common ones first; no table of this kind is complete. Words that are ordinary English as well
(the name May, the brand Target) are left out or in a table of their own.
"""

from ..detectors.pii_formats import words

# People by gender, age, family, religion, ability: one of them, and several. In public they are a person.
PERSON = words(
    """man woman boy girl lady gentleman guy gal lad lass dude child kid baby infant toddler newborn
    preschooler teenager teen adolescent youngster youth adult senior pensioner elder male female mother
    father mom mum dad mommy daddy son daughter brother sister husband wife girlfriend boyfriend
    grandmother grandfather grandma grandpa granny granddaughter grandson grandchild aunt uncle niece
    nephew bride groom bridesmaid widow widower mother-in-law father-in-law schoolboy schoolgirl
    schoolchild businessman businesswoman housewife nun monk priest rabbi imam amputee paraplegic
    immigrant refugee jew sikh"""
)
PEOPLE = words(
    """men women boys girls ladies gentlemen guys gals lads lasses dudes children kids babies infants toddlers
    newborns preschoolers teenagers teens adolescents youngsters youths adults seniors pensioners elders
    males females mothers fathers moms mums dads mommies daddies parents grandparents sons daughters
    brothers sisters husbands wives girlfriends boyfriends grandmothers grandfathers grandmas grandpas
    grannies granddaughters grandsons grandchildren aunts uncles nieces nephews brides grooms
    bridesmaids widows widowers schoolboys schoolgirls schoolchildren businessmen businesswomen
    housewives nuns monks priests rabbis imams amputees paraplegics immigrants refugees jews sikhs"""
)
# Another neutral word says more than "person", or stands where it would be wrong.
NEUTRAL = {
    "policeman": "officer",
    "policewoman": "officer",
    "policemen": "officers",
    "policewomen": "officers",
    "fireman": "firefighter",
    "firemen": "firefighters",
    "waitress": "waiter",
    "waitresses": "waiters",
    "actress": "actor",
    "actresses": "actors",
    "stewardess": "attendant",
    "sportsman": "athlete",
    "sportswoman": "athlete",
    "salesman": "seller",
    "saleswoman": "seller",
    "fisherman": "angler",
    "fishermen": "anglers",
    "cameraman": "photographer",
    "cowboy": "rider",
    "cowgirl": "rider",
    "parent": "person",
    "grandparent": "person",
    "wheelchair": "chair",
    "wheelchairs": "chairs",
    "hijab": "scarf",
    "hijabs": "scarves",
    "burqa": "scarf",
    "niqab": "scarf",
    "chador": "scarf",
    "turban": "hat",
    "turbans": "hats",
    "yarmulke": "hat",
    "kippah": "hat",
    "he": "they",
    "she": "they",
    "him": "them",
    "her": "their",
    "his": "their",
    "hers": "theirs",
    "himself": "themselves",
    "herself": "themselves",
}
# Groups of origin and belief: adjectives, and with an "s" the people themselves.
ORIGIN = words(
    """asian african african-american black-american caucasian hispanic latino latina latinx european american
    arab arabian persian indian chinese japanese korean vietnamese thai filipino indonesian malaysian
    pakistani bangladeshi nepali tibetan mongolian turkish kurdish russian ukrainian german french
    italian spanish portuguese english british irish scottish welsh dutch belgian swiss austrian swedish
    norwegian danish finnish greek hungarian czech slovak romanian bulgarian serbian croatian mexican
    brazilian argentinian colombian peruvian chilean cuban jamaican canadian australian nigerian kenyan
    ethiopian egyptian moroccan somali ghanaian israeli palestinian iranian iraqi afghan syrian saudi
    eurasian biracial maori aboriginal jewish muslim islamic christian hindu buddhist catholic
    protestant mormon"""
)
# Of age, gender and ability: dropped wherever they stand.
ABOUT_PEOPLE = words(
    """elderly teenage adolescent juvenile middle-aged pregnant disabled handicapped autistic crippled
    wheelchair-bound transgender nonbinary non-binary gay lesbian bisexual masculine feminine mixed-race
    multiracial interracial dark-skinned light-skinned fair-skinned brown-skinned black-skinned
    white-skinned pale-skinned olive-skinned dark-complexioned light-complexioned"""
)
# Of people and of things: dropped only before a person ("a white car" stays).
OF_THINGS_TOO = words(
    "white black brown tan tanned pale dark fair old older young younger little small aged blind deaf native"
)
# Other words for people, before which those above are dropped.
ROLES = words(
    """person people individual crowd group couple family audience player athlete surfer skier snowboarder
    skateboarder rider cyclist runner swimmer pedestrian commuter passenger tourist worker officer
    soldier driver student pupil teacher doctor nurse patient chef waiter vendor farmer musician singer
    dancer performer speaker model customer shopper spectator batter pitcher catcher umpire friend
    stranger citizen folk user employee owner"""
)
# After these an adjective or a brand has nothing to describe.
FUNCTION = words(
    """a an the is are was were be has have had do does in on at by with and or of to for from near next
    behind under above along beside between over past through into onto as that which who while but against
    around outside inside during"""
)
# What stands for a brand where its name cannot just be dropped -> the brands.
BRANDS = {
    "car": words(
        """toyota honda mercedes mercedes-benz bmw audi volkswagen vw porsche ferrari lamborghini volvo nissan
    mazda hyundai kia renault peugeot citroen skoda fiat opel lexus chevrolet chevy cadillac buick
    chrysler subaru mitsubishi tesla bentley maserati bugatti rolls-royce jeep isuzu scania iveco"""
    ),
    "motorcycle": words("yamaha kawasaki suzuki ducati harley harley-davidson vespa"),
    "phone": words("iphone samsung huawei xiaomi nokia motorola blackberry oneplus"),
    "computer": words("macbook ipad imac lenovo thinkpad microsoft asus acer"),
    "camera": words("nikon gopro fujifilm kodak polaroid leica olympus"),
    "device": words("ipod playstation xbox nintendo panasonic toshiba philips bosch siemens sony"),
    "toy": words("lego barbie playmobil pokemon"),
    "clothing": words(
        """nike adidas reebok gucci prada chanel versace armani zara lacoste levi levis timberland birkenstock
        crocs uggs asics fila umbro ray-ban patagonia burberry balenciaga"""
    ),
    "watch": words("rolex omega-watch casio swatch"),
    "drink": words(
        """coca-cola coke pepsi fanta heineken budweiser guinness carlsberg nescafe lipton gatorade
        evian perrier"""
    ),
    "food": words(
        "nutella oreo oreos kitkat snickers doritos pringles kellogg kelloggs heinz nestle cheerios"
    ),
    "shop": words("starbucks mcdonald mcdonalds kfc ikea walmart costco tesco aldi lidl 7-eleven walgreens"),
    "company": words(
        """google facebook instagram youtube tiktok twitter whatsapp netflix disney fedex dhl airbus boeing
        lufthansa ryanair easyjet emirates"""
    ),
}
# Two words, or one that is plain English in lower case: a brand only as written here, in a sentence.
BRANDS_AS_WRITTEN = {
    "car": """Ford|Dodge|Jaguar|Mini|Mustang|Land Rover|Range Rover|Rolls Royce|Alfa Romeo|Aston Martin""",
    "phone": "Apple|LG|Pixel",
    "computer": "Dell|HP|Surface",
    "camera": "Canon",
    "clothing": """Puma|Vans|Converse|Gap|Guess|Coach|Champion|Under Armour|North Face|New Balance|Hugo Boss
        |Louis Vuitton|Tommy Hilfiger|Ralph Lauren|Calvin Klein|Dior|Hermes|Supreme""",
    "drink": "Coca Cola|Red Bull|Monster|Sprite|Corona|Mountain Dew|Dr Pepper",
    "food": "Mars|Lay's|Heinz|M&M's",
    "shop": "Target|Shell|Subway|Burger King|Pizza Hut|Taco Bell|Dunkin Donuts|Domino's|Whole Foods|H&M",
    "company": "Amazon|Visa|Meta|Delta|UPS|Oracle|British Airways|American Airlines|United Airlines",
}
# Given names that are no other word; a name within a sentence is known by its capital letter.
GIVEN_NAMES = words(
    """aaron abdul abigail adam adrian ahmed aisha alan albert alejandro alex alexander alice ali amanda
    amelia amir amy ana anastasia andrea andrew angela anita anna anne anthony antonio arthur ashley barack
    barbara benjamin beth brandon brian carlos carmen caroline catherine charles charlotte chloe
    christina christopher claire claudia daniel david deborah dennis diana diego dmitri donald dorothy
    edward eileen elena elizabeth emily emma eric ethan eva fatima felix fernando francesca gabriel
    george giovanni giuseppe hannah harold hassan helen henry hiroshi hugo ibrahim igor ingrid isabella
    ivan jacob james jane janet jason javier jeffrey jennifer jessica jesus joan joe john johnny
    jonathan jorge jose joseph joshua juan judith julia julian karen karl katherine kathleen keith
    kenneth kevin klaus kumar larry laura lauren leila leonardo linda lisa liam lucas lucia luis luigi
    manuel marco margaret maria marie mario martha martin mary matthew megan melissa michael michelle
    miguel mohamed mohammed monica muhammad nancy natalia nathan nicholas nicole noah oleg oliver olga
    olivia omar pablo pamela patricia patrick paul pedro peter philip pierre priya rachel rafael raj
    ralph raymond rebecca ricardo richard robert roberto ronald ryan samantha samuel sandra sara sarah
    scott sebastian sergei sergio sharon simon sofia sophia sophie stefan stephanie stephen steven susan
    svetlana takashi teresa thomas timothy tyler valentina vanessa victoria vincent vladimir walter wei
    wendy william wolfgang xavier yasmin yuki yusuf zachary zoe"""
)
# Written with a capital letter, but no names.
CAPITALS = """A I An The TV TVs CD CDs DVD DVDs PC PCs LED LEDs SUV SUVs ATM ID UFO BBQ DJ GPS USB T
    T-shirt T-shirts X-ray V-neck U-turn Christmas Halloween Ferris"""
# What somebody does, in the singular: who begins a sentence before it may be named.
DEEDS = words(
    """smiles poses speaks talks waves sings kicks laughs dances smokes reads writes shakes hugs
    kisses marries celebrates cries teaches cooks performs greets delivers signs points gestures
    dribbles bats pitches serves strums paints dines jogs skates surfs skis swims rides drives throws
    catches wears holds plays looks sits stands walks leans"""
)
# What else begins a sentence before such a verb, and is nobody's name.
SUBJECTS = words(
    """person somebody someone everybody everyone nobody one another each other it he she this that
    neither either man woman boy girl child kid baby player athlete surfer skier snowboarder
    skateboarder rider cyclist runner swimmer pedestrian commuter passenger tourist worker officer
    soldier driver student pupil teacher doctor nurse patient chef waiter vendor farmer musician
    singer dancer performer speaker model customer shopper spectator batter pitcher catcher umpire
    friend crowd group couple family audience team band class dog cat bird horse cow sheep elephant
    zebra giraffe bear monkey lion tiger puppy kitten duck goose swan pigeon seagull owl eagle parrot
    chicken rabbit squirrel fox deer goat pig fish turtle dolphin whale animal statue figure sculpture
    mannequin doll robot snowman music water snow food fruit bread cake pizza furniture equipment
    machinery luggage traffic building house church tower castle bridge car bus truck train boat ship
    plane airplane bicycle motorcycle bench table chair lamp tree plant flower grass rock stone fence
    wall door window sign clock vase bowl plate cup glass bottle sofa bed desk shelf laptop computer
    television fountain lighthouse umbrella kite ball street road path river lake beach mountain hill
    field park garden city town village room kitchen bathroom meal sandwich soup salad rice meat
    cheese coffee tea wine beer"""
)
