"""Class names of well-known datasets, as facts."""

COCO = """person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,
fire hydrant,stop sign,parking meter,bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,
giraffe,backpack,umbrella,handbag,tie,suitcase,frisbee,skis,snowboard,sports ball,kite,
baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,wine glass,cup,fork,
knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,
chair,couch,potted plant,bed,dining table,toilet,tv,laptop,mouse,remote,keyboard,cell phone,
microwave,oven,toaster,sink,refrigerator,book,clock,vase,scissors,teddy bear,hair drier,
toothbrush"""
CALTECH101 = """BACKGROUND_Google,Faces,Faces_easy,Leopards,Motorbikes,accordion,airplanes,anchor,
ant,barrel,bass,beaver,binocular,bonsai,brain,brontosaurus,buddha,butterfly,camera,cannon,
car_side,ceiling_fan,cellphone,chair,chandelier,cougar_body,cougar_face,crab,crayfish,
crocodile,crocodile_head,cup,dalmatian,dollar_bill,dolphin,dragonfly,electric_guitar,elephant,
emu,euphonium,ewer,ferry,flamingo,flamingo_head,garfield,gerenuk,gramophone,grand_piano,
hawksbill,headphone,hedgehog,helicopter,ibis,inline_skate,joshua_tree,kangaroo,ketch,lamp,
laptop,llama,lobster,lotus,mandolin,mayfly,menorah,metronome,minaret,nautilus,octopus,okapi,
pagoda,panda,pigeon,pizza,platypus,pyramid,revolver,rhino,rooster,saxophone,schooner,
scissors,scorpion,sea_horse,snoopy,soccer_ball,stapler,starfish,stegosaurus,stop_sign,
strawberry,sunflower,tick,trilobite,umbrella,watch,water_lilly,wheelchair,wild_cat,
windsor_chair,wrench,yin_yang"""
INDOOR67 = """airport_inside,artstudio,auditorium,bakery,bar,bathroom,bedroom,bookstore,bowling,
buffet,casino,children_room,church_inside,classroom,cloister,closet,clothingstore,computerroom,
concert_hall,corridor,deli,dentaloffice,dining_room,elevator,fastfood_restaurant,florist,
gameroom,garage,greenhouse,grocerystore,gym,hairsalon,hospitalroom,inside_bus,inside_subway,
jewelleryshop,kindergarden,kitchen,laboratorywet,laundromat,library,livingroom,lobby,
locker_room,mall,meeting_room,movietheater,museum,nursery,office,operating_room,pantry,
poolinside,prisoncell,restaurant,restaurant_kitchen,shoeshop,stairscase,studiomusic,subway,
toystore,trainstation,tv_studio,videostore,waitingroom,warehouse,winecellar"""
CIFAR10 = "airplane,automobile,bird,cat,deer,dog,frog,horse,ship,truck"
FOOD101 = """apple_pie,baby_back_ribs,baklava,beef_carpaccio,beef_tartare,beet_salad,beignets,
bibimbap,bread_pudding,breakfast_burrito,bruschetta,caesar_salad,cannoli,caprese_salad,
carrot_cake,ceviche,cheesecake,cheese_plate,chicken_curry,chicken_quesadilla,chicken_wings,
chocolate_cake,chocolate_mousse,churros,clam_chowder,club_sandwich,crab_cakes,creme_brulee,
croque_madame,cup_cakes,deviled_eggs,donuts,dumplings,edamame,eggs_benedict,escargots,falafel,
filet_mignon,fish_and_chips,foie_gras,french_fries,french_onion_soup,french_toast,fried_calamari,
fried_rice,frozen_yogurt,garlic_bread,gnocchi,greek_salad,grilled_cheese_sandwich,grilled_salmon,
guacamole,gyoza,hamburger,hot_and_sour_soup,hot_dog,huevos_rancheros,hummus,ice_cream,lasagna,
lobster_bisque,lobster_roll_sandwich,macaroni_and_cheese,macarons,miso_soup,mussels,nachos,
omelette,onion_rings,oysters,pad_thai,paella,pancakes,panna_cotta,peking_duck,pho,pizza,
pork_chop,poutine,prime_rib,pulled_pork_sandwich,ramen,ravioli,red_velvet_cake,risotto,samosa,
sashimi,scallops,seaweed_salad,shrimp_and_grits,spaghetti_bolognese,spaghetti_carbonara,
spring_rolls,steak,strawberry_shortcake,sushi,tacos,takoyaki,tiramisu,tuna_tartare,waffles"""
# Not all of their words are in the table of things.
EUROSAT = """AnnualCrop,Forest,HerbaceousVegetation,Highway,Industrial,Pasture,PermanentCrop,
Residential,River,SeaLake"""
VOC = """aeroplane,bicycle,bird,boat,bottle,bus,car,cat,chair,cow,diningtable,dog,horse,
motorbike,person,pottedplant,sheep,sofa,train,tvmonitor"""
STANFORD40 = """applauding,blowing_bubbles,brushing_teeth,cleaning_the_floor,climbing,cooking,
cutting_trees,cutting_vegetables,drinking,feeding_a_horse,fishing,fixing_a_bike,fixing_a_car,
gardening,holding_an_umbrella,jumping,looking_through_a_microscope,looking_through_a_telescope,
playing_guitar,playing_violin,pouring_liquid,pushing_a_cart,reading,phoning,riding_a_bike,
riding_a_horse,rowing_a_boat,running,shooting_an_arrow,smoking,taking_photos,texting_message,
throwing_frisby,using_a_computer,walking_the_dog,washing_dishes,watching_TV,waving_hands,
writing_on_a_board,writing_on_a_book"""


def names(text: str) -> list[str]:
    """Return the names of a table."""
    return [name.strip() for name in text.split(",")]
