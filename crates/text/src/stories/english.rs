//! The English words of `stories`.

mod events;

use super::language::{Colour, Forms, Language, Name, Object, Scene};

const fn she(name: &'static str) -> Name {
    Name { name, him: "her" }
}
const fn he(name: &'static str) -> Name {
    Name { name, him: "him" }
}
const fn o(noun: &'static str, verb: &'static str, past: &'static str) -> Object {
    Object { noun, verb, past, measure: "" }
}

#[rustfmt::skip]
pub(super) static ENGLISH: Language = Language {
    names: &[
        she("Mia"), he("Tom"), she("Anna"), he("Ben"), she("Lily"), he("Max"), she("Emma"), he("Leo"),
        she("Ruby"), he("Sam"), she("Nora"), he("Jack"), she("Ella"), he("Finn"), she("Zoe"), he("Oscar"),
    ],
    elders: &[
        he("Mr Hill"), she("Mrs Wood"), he("Uncle Joe"), she("Aunt May"), he("Mr Reed"), she("Mrs Green"),
        he("Grandpa Bill"), she("Grandma Sue"),
    ],
    objects: &[
        o("kite", "fly", "flew"), o("drum", "beat", "beat"), o("flute", "play", "played"),
        o("violin", "tune", "tuned"), o("guitar", "play", "played"), o("trumpet", "blow", "blew"),
        o("harp", "pluck", "plucked"), o("whistle", "blow", "blew"), o("sailboat", "sail", "sailed"),
        o("train", "race", "raced"), o("robot", "start", "started"), o("skateboard", "ride", "rode"),
        o("puppet", "play with", "played with"), o("doll", "dress", "dressed"),
        o("dollhouse", "decorate", "decorated"), o("telescope", "look through", "looked through"),
        o("microscope", "look through", "looked through"), o("camera", "use", "used"), o("lantern", "light", "lit"),
        o("lamp", "light", "lit"), o("clock", "wind", "wound"), o("radio", "tune", "tuned"),
        o("globe", "turn", "turned"), o("puzzle", "solve", "solved"), o("chessboard", "play on", "played on"),
        o("hoop", "roll", "rolled"), o("rocket", "launch", "launched"), o("glider", "throw", "threw"),
        o("helicopter", "fly", "flew"), o("spade", "dig with", "dug with"),
        o("compass", "read", "read"), o("bell", "ring", "rang"),
        o("tambourine", "shake", "shook"), o("rattle", "shake", "shook"), o("accordion", "play", "played"),
        o("banjo", "pluck", "plucked"), o("cello", "tune", "tuned"), o("windmill", "spin", "spun"),
        o("top", "spin", "spun"), o("paintbrush", "paint with", "painted with"), o("tent", "pitch", "pitched"),
        o("hourglass", "turn", "turned"), o("magnet", "play with", "played with"), o("racket", "swing", "swung"),
        o("frisbee", "throw", "threw"), o("truck", "drive", "drove"), o("tractor", "drive", "drove"),
        o("xylophone", "play", "played"), o("pinwheel", "spin", "spun"), o("catapult", "fire", "fired"),
        o("harmonica", "play", "played"), o("bugle", "blow", "blew"), o("calculator", "use", "used"),
        o("flashlight", "signal with", "signalled with"), o("periscope", "look through", "looked through"),
        o("stopwatch", "start", "started"), o("ukulele", "play", "played"), o("boomerang", "throw", "threw"),
        o("abacus", "count with", "counted with"), o("typewriter", "write on", "wrote on"),
        o("gong", "strike", "struck"), o("kaleidoscope", "look into", "looked into"),
        o("spyglass", "look through", "looked through"), o("scooter", "ride", "rode"), o("trombone", "blow", "blew"),
        o("triangle", "strike", "struck"), o("mandolin", "pluck", "plucked"),
        o("skipping rope", "skip with", "skipped with"), o("easel", "draw on", "drew on"),
        o("magnifying glass", "look through", "looked through"),
    ],
    adjectives: &[
        "red", "blue", "green", "yellow", "purple", "orange", "silver", "golden", "white", "black", "pink", "brown",
        "small", "big", "old", "new", "shiny", "wooden", "striped", "spotted", "painted", "lovely", "handsome",
        "funny", "strange", "colourful", "heavy", "light", "little", "plain", "fancy", "beautiful", "elegant",
        "ancient", "modern", "sturdy", "tiny", "huge", "curious", "splendid", "charming", "delicate", "dainty",
        "glittering", "gleaming", "polished", "rare", "simple", "smooth", "antique", "exquisite", "quaint",
        "crooked", "sparkling", "graceful",
    ],
    scenes: &[
        Scene {
            phrase: "at home",
            spots: &[
                "under the bed", "in the drawer", "on the bookshelf", "behind the sofa", "beside the stove",
                "in the wardrobe", "on the windowsill", "behind the curtain",
            ],
        },
        Scene {
            phrase: "at school",
            spots: &[
                "on the front desk", "behind the blackboard", "in the locker", "beside the coat rack",
                "in the music room", "on the teacher's chair", "in the gym", "in the library",
            ],
        },
        Scene {
            phrase: "in the park",
            spots: &[
                "under the oak tree", "behind the fountain", "on the wooden bench", "beside the statue",
                "in the tall grass", "by the pond", "under the slide", "behind the bandstand",
            ],
        },
        Scene {
            phrase: "on the farm",
            spots: &[
                "in the barn", "behind the haystack", "beside the well", "in the chicken coop", "on the cart",
                "under the apple tree", "by the fence", "beside the trough",
            ],
        },
        Scene {
            phrase: "by the sea",
            spots: &[
                "under the palm tree", "behind the big rock", "in the fishing boat", "on the pier",
                "beside the lighthouse", "in the cave", "in the beach hut", "near the sand dunes",
            ],
        },
        Scene {
            phrase: "in the forest",
            spots: &[
                "in the hollow log", "under the fern", "behind the mossy boulder", "beside the stream",
                "in the empty cabin", "on the tree stump", "near the old bridge", "beside the waterfall",
            ],
        },
        Scene {
            phrase: "at the market",
            spots: &[
                "under the fruit stall", "beside the scales", "on the counter", "behind the flower cart",
                "in the tea shop", "near the barrels", "on the sack of rice", "under the awning",
            ],
        },
        Scene {
            phrase: "at the station",
            spots: &[
                "on the platform", "under the big clock", "beside the ticket window", "in the waiting room",
                "behind the suitcase", "near the stairs", "on the luggage rack", "beside the kiosk",
            ],
        },
        Scene {
            phrase: "in the workshop",
            spots: &[
                "on the workbench", "in the toolbox", "behind the ladder", "under the blanket",
                "beside the paint cans", "in the corner cupboard", "on the high shelf", "near the anvil",
            ],
        },
    ],
    weather: &[
        "sunny", "windy", "cloudy", "rainy", "snowy", "foggy", "warm", "chilly", "quiet", "bright", "frosty",
        "misty", "breezy", "mild", "stormy", "grey", "lazy", "cool", "peaceful", "fresh", "dusty", "clear",
        "hazy", "crisp", "drizzly",
    ],
    dayparts: &[
        "morning", "afternoon", "evening", "day", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
        "Sunday", "holiday",
    ],
    when: &[
        "On a {weather} {daypart},", "On a {weather} {daypart} not long ago,", "On a {weather} {daypart} last year,",
        "Some years ago, on a {weather} {daypart},", "Once, on a {weather} {daypart},", "One {weather} {daypart},",
        "It happened on a {weather} {daypart}:",
    ],
    errands: &[
        "wash some cups", "fetch some water", "buy bread", "drink tea", "eat lunch", "feed the rabbits",
        "water the roses", "post a letter", "call a cousin", "sweep the yard", "pick some berries",
        "find a hat", "get a coat", "have a nap", "chop some wood", "gather nuts",
        "borrow a book", "tie some shoelaces",
    ],
    tools: &[
        "some glue", "a roll of tape", "a hammer", "a screwdriver", "a piece of wire", "a ball of string",
        "some nails", "a pair of pliers", "a needle", "some wax", "a leather strap", "a small wrench",
        "some varnish", "a rubber band", "a bit of clay", "a metal clip",
        "a safety pin", "a pot of paste",
    ],
    thieves: &[
        "monkey", "magpie", "fox", "puppy", "kitten", "goat", "crow", "raccoon", "parrot", "goose", "piglet",
        "donkey", "weasel", "badger", "terrier",
    ],
    first: &[
        "{when} {a} and {b} were {s}.", "{when} {a} met {b} {s}.", "{when} {a} was {s} with {b}.",
        "{when} {a} and {b} came together {s}.",
    ],
    second: &[
        "{a} had brought {oa}.", "{a} was carrying {oa}.", "{a} had {oa} with {him:a}.",
        "{a} proudly showed {b} {oa}.", "{a} was holding {oa} in both arms.",
    ],
    events: events::events,
    reasons: events::reasons,
    colour: COLOUR,
    requests: &[
        "Tell me a story about {a} and {b}.", "Please write a short story about {a}, {b} and {oa}.",
        "I would like to hear a story with {a} and {oa}.", "Can you tell me what happened to {a} and {b}?",
        "A story about {oa}, please. The children are called {a} and {b}.",
        "Make up a little story about {a} and {b} {s}.",
    ],
    forms: Forms {
        who: "Who {did}?",
        who_answers: &["{x}.", "{x} did.", "{x} {did}."],
        then: "What happened after {x} {did}?",
        because: &["Because {r}.", "{r}."],
        scene: "Where were {a} and {b}?",
        scene_answers: &["{s}.", "{a} and {b} were {s}.", "They were {s}."],
        place_answer: "{p}.",
        brought: "had the {o} at first",
        full_stop: ".",
        space: " ",
    },
};

#[rustfmt::skip]
static TOPICS: &[&str] = &[
    "dragons", "beekeepers", "sledges", "orchards", "lullabies", "tailors", "sundials", "igloos", "gymnasts",
    "the moon", "pirates", "dinosaurs", "castles", "whales", "volcanoes", "the circus", "princesses",
    "ghosts", "deserts", "islands", "inventors", "penguins", "astronauts", "the stars", "giants", "wizards",
    "the jungle", "submarines", "knights", "elephants", "mermaids", "mountains", "planets", "cowboys", "tigers",
    "the ocean", "fairies", "explorers", "kings and queens", "snowmen", "camels", "rivers", "gardens", "painters",
    "football", "cooking", "numbers", "dreams", "robots", "vampires", "vikings", "glaciers", "waterfalls",
    "earthquakes", "tornadoes", "comets", "telegrams", "airships", "bakeries", "museums", "orchestras", "ballet",
    "magic tricks", "riddles", "fossils", "crocodiles", "kangaroos", "polar bears", "sharks", "octopuses",
    "jellyfish", "beavers", "wolves", "bats", "dolphins", "parachutes", "skyscrapers", "tunnels", "lighthouses",
    "pyramids", "temples", "treasure maps", "detectives", "firefighters", "pilots", "sailors", "farmers", "dentists",
    "carpenters", "poets", "teachers", "gravity", "electricity", "shadows", "echoes", "languages", "holidays",
    "seasons", "chess", "basketball", "skating", "swimming", "camping", "hiking", "pottery", "origami",
    "accordions", "alphabets", "avalanches", "badminton", "beards", "blizzards", "botany", "bridges",
    "calendars", "canyons", "caravans", "carnivals", "choirs", "clowns", "crayons", "cyclones", "eclipses",
    "festivals", "fjords", "flamingos", "geography", "hammocks", "harbours", "hibernation", "icebergs",
    "jigsaws", "karate", "lagoons", "mathematics", "meadows", "meteors", "moccasins", "mosaics", "nutcrackers",
    "oceans", "parliament", "proverbs", "quicksand", "sculptures", "telegraphs", "tombolas", "trams",
    "tsunamis", "yodelling", "zeppelins",
    "astronomy", "cartoons", "diamonds", "ferries", "forests", "hurricanes", "owls", "photographs", "railways",
    "rainbows", "scarecrows", "snakes", "spaceships", "trolls", "unicorns", "weddings",
];
#[rustfmt::skip]
static FOODS: &[&str] = &[
    "apples", "pears", "cherries", "plums", "grapes", "bananas", "peaches", "raisins", "almonds", "walnuts",
    "cookies", "pancakes", "muffins", "waffles", "dumplings", "noodles", "cheese", "honey", "jam", "chocolate",
    "popcorn", "crackers", "carrots", "tomatoes", "cucumbers", "soup", "pie", "cake", "sandwiches", "lemonade",
    "yoghurt", "olives", "pretzels", "melon", "mangoes", "strawberries", "raspberries", "blueberries", "apricots",
    "figs", "dates", "hazelnuts", "peanuts", "pistachios", "porridge", "toast", "butter", "pudding", "custard",
    "doughnuts", "gingerbread", "marshmallows", "toffee", "liquorice", "rice cakes", "tofu", "beans", "peas",
    "mushrooms", "onions", "radishes", "lettuce", "spinach", "corn", "pumpkin", "potatoes", "omelettes", "sausages",
    "ham", "tuna", "shrimp", "cocoa", "ginger tea", "milk",
    "celery", "cabbage", "lentils", "dried mango", "crumpets", "scones", "pizza", "salad", "kiwis", "coconut",
    "lollipops", "fudge", "spaghetti", "broccoli", "croissants", "gooseberries", "jelly", "syrup",
];

#[rustfmt::skip]
static COLOUR: &[Colour] = &[
    Colour {
        say: "{1} was {2} nearby.",
        one: &[
            "A squirrel", "A sparrow", "A hedgehog", "A rabbit", "A frog", "A snail", "A robin", "A turtle",
            "A lizard", "A butterfly", "A beetle", "A duck", "A swan", "A pigeon", "A woodpecker", "A mole",
            "An owl", "A deer", "A cricket", "A ladybird", "A dragonfly", "A spider", "A blackbird", "A seagull",
            "A toad", "A heron", "A pony", "A lamb", "A stork", "A hamster", "A peacock", "A raven", "An eagle",
            "A falcon", "A finch", "A swallow", "A pheasant", "A turkey", "A hen", "A calf", "A foal", "An otter",
            "A marten", "A lynx", "A ferret", "A guinea pig", "A chipmunk", "A salamander", "A newt",
            "A grasshopper", "A moth", "A bumblebee", "A caterpillar", "A crab", "A rat", "A mouse", "A sheepdog",
            "A poodle", "A kingfisher", "A pelican",
            "A beaver", "A cat", "A chick", "A cockerel", "A dolphin", "A gecko", "A hare", "A jackdaw",
            "A kangaroo", "A llama", "A parakeet", "A partridge", "A quail", "A reindeer", "A seal",
            "A starling", "A tadpole", "A wasp", "A zebra", "A camel", "A bat",
        ],
        two: &[
            "dozing", "resting", "hopping about", "looking for food", "enjoying the quiet", "hiding", "sitting",
            "waiting", "playing", "stretching", "wandering about", "watching", "yawning", "scratching", "drinking",
            "sniffing", "chewing", "hesitating", "lurking", "basking in the warmth", "dancing", "trembling",
            "listening", "blinking",
        ],
    },
    Colour {
        say: "The air smelled of {1} and {2}.",
        one: &[
            "lavender", "mint", "pine", "hay", "coffee", "cinnamon", "vanilla", "roses", "lilac", "salt", "oranges",
            "fresh bread", "jasmine", "nutmeg", "basil", "sage", "tar", "smoke", "caramel", "violets", "lemons",
            "seaweed", "parsley", "almond oil",
            "peppermint", "honeysuckle", "camomile", "curry", "garlic", "cedar", "resin", "varnish", "ink",
            "peat",
        ],
        two: &[
            "wood", "leather", "moss", "soap", "summer", "earth", "clover", "wet leaves", "ginger", "sugar",
            "pepper", "rosemary", "thyme", "sawdust", "petrol", "incense", "mud", "petals", "wool", "dew", "bark",
            "ivy", "old paper", "chalk",
            "cloves", "fennel", "vinegar", "straw", "ferns", "candle wax", "rust",
        ],
    },
    Colour {
        say: "{1}, {2}.",
        one: &["Far away", "Not far off", "Somewhere", "Around the corner", "High above"],
        two: &[
            "someone was whistling a tune", "an engine was humming", "children were giggling", "an old door creaked",
            "a cuckoo was calling", "leaves were rustling", "a choir was singing", "an aeroplane was circling",
            "a cart was rattling along", "a chimney was smoking", "a flag was fluttering", "a rooster crowed",
            "a siren wailed", "clouds were drifting by", "a hawk was gliding", "a lark was rising",
            "a kettle hissed", "a clarinet sounded", "a lorry rumbled past", "a fountain was splashing",
            "a motor coughed", "a gate slammed", "a ship sounded its horn", "a tap was dripping", "somebody laughed",
            "a crane was turning", "a weathercock squeaked", "a barrel rolled downhill", "a shepherd whistled",
            "an axe was swinging", "a train thundered over the rails", "someone was practising scales",
            "a broom swished", "a sewing machine clattered", "a blacksmith hammered", "a nightingale sang",
            "someone was peeling potatoes", "someone was baking biscuits", "someone was sharpening a pencil",
            "someone was polishing spoons", "someone was mending a stocking", "someone was kneading dough",
            "someone was grinding coffee", "someone was raking leaves", "someone was winding yarn",
            "someone was wrapping a parcel", "someone was sorting stamps", "someone was whittling a stick",
            "someone was rinsing plates", "someone was weeding the flower beds",
            "someone was hanging up laundry", "someone was choosing a ribbon",
            "someone was greeting the neighbours",
            "an acrobat came past on stilts", "a hot-air balloon landed", "the postman brought a parcel",
            "a flock of cranes flew over", "someone began to sing an old ballad",
            "the church bells started to chime", "a stranger asked for directions",
            "a juggler dropped his torches", "a funeral procession went by", "the shop was being swept",
            "a goat was nibbling at a hedge", "wasps were building a nest",
            "the gatekeeper was looking for keys", "someone was stirring a stew", "a donkey brayed",
            "a bicycle bell tinkled", "thunder grumbled", "the shutters rattled",
        ],
    },
    Colour { say: "They shared {1} and {2}.", one: FOODS, two: FOODS },
    Colour { say: "They talked about {1} and {2}.", one: TOPICS, two: TOPICS },
    Colour {
        say: "They counted {1} {2}.",
        one: &["three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "twenty", "thirty"],
        two: &[
            "clouds", "windows", "pebbles", "bricks", "feathers", "tulips", "daisies", "acorns", "lamp posts",
            "puddles", "chimneys", "buttons", "bushes", "mushrooms", "footprints", "cobwebs", "lanterns", "bicycles",
            "benches", "arrows", "letters", "signs", "pigeons", "stripes", "candles", "balconies", "flowerpots",
            "drops", "dots", "ropes", "sticks", "shells", "coins", "keys", "bottles", "doors", "roofs", "towers",
            "posters", "petals", "berries", "pine cones",
            "marbles", "statues", "railings", "ladders", "umbrellas", "snowflakes", "waves", "sails", "anchors",
            "barns", "haystacks", "gates", "beehives", "nests", "boats", "stepping stones",
        ],
    },
    Colour {
        say: "Both wore {1} {2}.",
        one: &[
            "woollen", "cotton", "checked", "knitted", "warm", "matching", "velvet", "crimson", "violet", "beige",
            "silk", "linen", "flannel", "turquoise", "scarlet", "navy", "patterned", "embroidered", "loose", "neat",
            "faded", "tight",
            "denim", "leather", "quilted", "pleated", "chequered", "ragged", "shimmering", "lemon yellow",
            "emerald",
        ],
        two: &[
            "scarves", "sweaters", "jackets", "boots", "gloves", "trousers", "aprons", "socks", "caps", "sandals",
            "belts", "raincoats", "pullovers", "shirts", "hats", "mittens", "slippers", "waistcoats", "cloaks",
            "overalls", "shorts", "helmets", "bracelets", "badges", "bow ties", "ponchos",
            "dungarees", "blouses", "turbans", "bonnets", "goggles", "necklaces", "earmuffs", "tunics", "vests",
            "galoshes",
        ],
    },
];
