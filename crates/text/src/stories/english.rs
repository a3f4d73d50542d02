//! The English words of `stories`.

use super::language::{Colour, Forms, Language, Name, Object, SILENT, Scene, Texts};
use super::plot::Kind;

const fn she(name: &'static str) -> Name {
    Name { name, pronouns: ["she", "her", "her"] }
}
const fn he(name: &'static str) -> Name {
    Name { name, pronouns: ["he", "his", "him"] }
}
const fn o(noun: &'static str, verb: &'static str, past: &'static str) -> Object {
    Object { noun, verb, past, measure: "" }
}

#[rustfmt::skip]
pub(super) static ENGLISH: Language = Language {
    names: &[
        she("Mia"), he("Tom"), she("Anna"), he("Ben"), she("Lily"), he("Max"), she("Emma"), he("Leo"), she("Ruby"),
        he("Sam"), she("Nora"), he("Jack"), she("Ella"), he("Finn"), she("Zoe"), he("Oscar"), she("Clara"),
        he("Hugo"), she("Ivy"), he("Noah"), she("Lucy"), he("Peter"), she("Maya"), he("Henry"), she("Alice"),
        he("Simon"), she("Julia"), he("David"), she("Sofia"), he("Adam"), she("Eva"), he("Felix"), she("Olga"),
        he("Karim"), she("Tara"), he("Paul"), she("Wendy"), he("Eric"), she("Bella"), he("Victor"), she("Hanna"),
        he("Diego"), she("Molly"), he("Arthur"), she("Rita"), he("Colin"), she("Greta"), he("Toby"), she("Nina"),
        he("Luis"), she("Priya"), he("Omar"),
    ],
    elders: &[
        he("Mr Hill"), she("Mrs Wood"), he("Uncle Joe"), she("Aunt May"), he("Mr Reed"), she("Mrs Green"),
        he("Grandpa Bill"), she("Grandma Sue"), he("Captain Stone"), she("Miss Carter"), he("Doctor Brown"),
        she("Lady Pearl"), he("Farmer Giles"), she("Teacher Lin"), he("Cousin Fred"), she("Nurse Kelly"),
    ],
    objects: &[
        o("kite", "fly", "flew"), o("drum", "beat", "beat"), o("flute", "play", "played"),
        o("violin", "tune", "tuned"), o("guitar", "play", "played"), o("trumpet", "blow", "blew"),
        o("harp", "pluck", "plucked"), o("whistle", "blow", "blew"), o("sailboat", "sail", "sailed"),
        o("train", "race", "raced"), o("robot", "start", "started"), o("skateboard", "ride", "rode"),
        o("puppet", "play with", "played with"), o("doll", "dress", "dressed"),
        o("dollhouse", "decorate", "decorated"), o("telescope", "look through", "looked through"),
        o("microscope", "look through", "looked through"), o("camera", "use", "used"), o("lantern", "light", "lit"),
        o("lamp", "light", "lit"), o("clock", "wind up", "wound up"), o("radio", "listen to", "listened to"),
        o("globe", "turn", "turned"), o("puzzle", "solve", "solved"), o("chessboard", "play on", "played on"),
        o("hoop", "roll", "rolled"), o("rocket", "launch", "launched"), o("glider", "throw", "threw"),
        o("helicopter", "fly", "flew"), o("bucket", "fill", "filled"), o("spade", "dig with", "dug with"),
        o("basket", "fill", "filled"), o("umbrella", "open", "opened"), o("mask", "try on", "tried on"),
        o("crown", "try on", "tried on"), o("compass", "follow", "followed"), o("bell", "ring", "rang"),
        o("tambourine", "shake", "shook"), o("rattle", "shake", "shook"), o("accordion", "play", "played"),
        o("banjo", "pluck", "plucked"), o("cello", "tune", "tuned"), o("windmill", "spin", "spun"),
        o("top", "spin", "spun"), o("paintbrush", "paint with", "painted with"), o("tent", "put up", "put up"),
        o("hourglass", "turn over", "turned over"), o("magnet", "test", "tested"), o("racket", "swing", "swung"),
        o("frisbee", "throw", "threw"), o("truck", "drive", "drove"), o("tractor", "drive", "drove"),
        o("xylophone", "play", "played"), o("pinwheel", "spin", "spun"), o("catapult", "fire", "fired"),
        o("harmonica", "play", "played"), o("bugle", "blow", "blew"), o("calculator", "use", "used"),
        o("flashlight", "test", "tested"), o("periscope", "look through", "looked through"),
        o("stopwatch", "start", "started"), o("ukulele", "play", "played"), o("boomerang", "throw", "threw"),
        o("abacus", "count with", "counted with"), o("typewriter", "write on", "wrote on"),
        o("gong", "strike", "struck"), o("kaleidoscope", "look into", "looked into"),
        o("spyglass", "look through", "looked through"),
    ],
    adjectives: &[
        "red", "blue", "green", "yellow", "purple", "orange", "silver", "golden", "white", "black", "pink", "brown",
        "small", "big", "old", "new", "shiny", "wooden", "striped", "spotted", "painted", "lovely", "handsome",
        "funny", "strange", "colourful", "heavy", "light", "little", "plain", "fancy", "beautiful", "elegant",
        "ancient", "modern", "sturdy", "tiny", "huge", "curious", "splendid", "charming", "delicate", "dainty",
        "glittering", "gleaming", "polished", "rare", "simple", "smooth", "antique", "exquisite", "quaint",
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
                "in the music room", "on the teacher's chair", "in the gym",
            ],
        },
        Scene {
            phrase: "in the park",
            spots: &[
                "under the oak tree", "behind the fountain", "on the wooden bench", "beside the statue",
                "in the tall grass", "by the pond", "under the slide",
            ],
        },
        Scene {
            phrase: "on the farm",
            spots: &[
                "in the barn", "behind the haystack", "beside the well", "in the chicken coop", "on the cart",
                "under the apple tree", "by the fence",
            ],
        },
        Scene {
            phrase: "by the sea",
            spots: &[
                "under the palm tree", "behind the big rock", "in the fishing boat", "on the pier",
                "beside the lighthouse", "in the cave", "in the beach hut",
            ],
        },
        Scene {
            phrase: "in the forest",
            spots: &[
                "in the hollow log", "under the fern", "behind the mossy boulder", "beside the stream",
                "in the empty cabin", "on the tree stump", "near the old bridge",
            ],
        },
        Scene {
            phrase: "at the market",
            spots: &[
                "under the fruit stall", "beside the scales", "on the counter", "behind the flower cart",
                "in the tea shop", "near the barrels", "on the sack of rice",
            ],
        },
        Scene {
            phrase: "at the station",
            spots: &[
                "on the platform", "under the big clock", "beside the ticket window", "in the waiting room",
                "behind the suitcase", "near the stairs", "on the luggage rack",
            ],
        },
        Scene {
            phrase: "in the workshop",
            spots: &[
                "on the workbench", "in the toolbox", "behind the ladder", "under the blanket",
                "beside the paint cans", "in the corner cupboard", "on the high shelf",
            ],
        },
    ],
    weather: &[
        "sunny", "windy", "cloudy", "rainy", "snowy", "foggy", "warm", "chilly", "quiet", "bright", "frosty",
        "misty", "breezy", "mild", "stormy", "grey", "lazy", "cool", "peaceful", "fresh", "dusty", "clear",
    ],
    dayparts: &["morning", "afternoon", "evening", "day", "Monday", "Friday", "Saturday", "Sunday", "holiday"],
    when: &[
        "On a {weather} {daypart},", "On a {weather} {daypart} not long ago,", "On a {weather} {daypart} last year,",
        "Some years ago, on a {weather} {daypart},", "Once, on a {weather} {daypart},", "One {weather} {daypart},",
        "It happened on a {weather} {daypart}:",
    ],
    errands: &[
        "wash some cups", "fetch some water", "buy bread", "drink tea", "eat lunch", "feed the rabbits",
        "water the roses", "post a letter", "call a cousin", "sweep the yard", "pick some berries", "find a hat",
        "get a coat", "have a nap", "read a chapter", "wash both hands", "greet the neighbours", "chop some wood",
        "peel potatoes", "bake biscuits", "cut some paper", "sharpen a pencil", "look for shells", "gather nuts",
        "shut the gate", "carry the milk", "choose a ribbon", "borrow a book", "pay the driver", "count the sheep",
        "polish some spoons", "mend a stocking", "hang up the laundry", "knead the dough", "grind some coffee",
        "rake the leaves", "wind some yarn", "wrap a parcel", "sort the stamps", "whittle a stick",
        "rinse the plates", "weed the flower beds",
    ],
    tools: &[
        "some glue", "a roll of tape", "a hammer", "a screwdriver", "a piece of wire", "a ball of string",
        "some nails", "a pair of pliers", "a needle", "some wax", "a leather strap", "a small wrench",
        "some varnish", "a rubber band", "a bit of clay", "a metal clip",
    ],
    thieves: &[
        "monkey", "magpie", "fox", "puppy", "kitten", "goat", "crow", "raccoon", "parrot", "goose", "piglet",
        "donkey", "weasel", "badger",
    ],
    first: &[
        "{when} {a} and {b} were {s}.", "{when} {a} met {b} {s}.", "{when} {a} was {s} with {b}.",
        "{when} {a} and {b} came together {s}.",
    ],
    second: &[
        "{a} had brought {oa}.", "{a} was carrying {oa}.", "{a} had {oa} with {him:a}.",
        "{a} proudly showed {b} {oa}.", "{a} was holding {oa} in both arms.",
    ],
    events,
    reasons,
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
fn events(kind: Kind) -> Texts {
    match kind {
        Kind::Want => Texts {
            say: &[
                "{x} wanted to {v} the {o} with {y}.", "“Let us {v} the {o} together,” {x} said to {y}.",
                "{x} could hardly wait to {v} the {o} with {y}.", "{x} asked {y} to {v} the {o} with {him}.",
            ],
            did: "wanted to {v} the {o}",
            ..SILENT
        },
        Kind::WantGive => Texts {
            say: &[
                "{x} wanted the {o} to be a present for {y}.",
                "The {o} was meant as a present for {y}, and {x} kept it secret.",
                "Secretly, {x} planned to give the {o} to {y}.",
            ],
            did: "wanted to give the {o} away",
            ..SILENT
        },
        Kind::WantLearn => Texts {
            say: &[
                "{x} wanted to learn how to {v} the {o}.",
                "{x} did not know how to {v} the {o} and wanted to learn it.",
                "“I wish I knew how to {v} the {o},” said {x}.",
            ],
            did: "wanted to learn how to {v} the {o}",
            ..SILENT
        },
        Kind::Come => Texts {
            say: &[
                "Then {x} came along.", "Just then {x} walked up to them.", "A little later {x} joined them.",
                "Before long {x} came to see what was going on.",
            ],
            did: "came along",
            ..SILENT
        },
        Kind::Delay => Texts {
            say: &[
                "But {r}, so they had to wait.", "They could not begin yet because {r}.",
                "However, {r}, and so everyone had to wait.",
            ],
            why: "Why did they have to wait?",
            asked: "Why did you have to wait?",
            ..SILENT
        },
        Kind::Ready => Texts {
            say: &[
                "At last the waiting was over.", "Finally they did not have to wait any longer.",
                "After an hour the wait came to an end.",
            ],
            ..SILENT
        },
        Kind::Put => Texts {
            say: &[
                "So {x} put the {o} {p} for the time being.", "{x} carefully laid the {o} {p}.",
                "Meanwhile {x} set the {o} down {p}.",
            ],
            did: "put the {o} {p}",
            where_did: "Where did {x} put the {o}?",
            ..SILENT
        },
        Kind::Leave => Texts {
            say: &[
                "{x} put the {o} {p} and went away to {e}.", "{x} left the {o} {p} and went off to {e}.",
                "Before {he} went to {e}, {x} placed the {o} {p}.",
            ],
            did: "left the {o} {p}",
            where_did: "Where did {x} leave the {o}?",
            ..SILENT
        },
        Kind::Miss => Texts {
            say: &[
                "When {x} came back, the {o} was no longer {p}.",
                "{x} returned and looked {p}, but the {o} was gone.",
                "Back again, {x} searched {p}, but could not see the {o} anywhere.",
            ],
            did: "came back",
            ..SILENT
        },
        Kind::Move => Texts {
            say: &[
                "{x} noticed that {r}, so {he} moved the {o} and put it {p}.",
                "Because {r}, {x} took the {o} away and set it {p}.",
                "{x} carried the {o} off and placed it {p}, because {r}.",
            ],
            did: "moved the {o}",
            where_did: "Where did {x} move the {o}?",
            why: "Why did {x} move the {o}?",
            asked: "Why did you move the {o}?",
            ..SILENT
        },
        Kind::Sad => Texts {
            say: &[
                "{x} was very sad because the {o} was gone.", "Without the {o}, {x} felt miserable.",
                "Tears came to {x}'s eyes, for the {o} had disappeared.",
            ],
            ..SILENT
        },
        Kind::Ask => Texts {
            say: &[
                "“Where is the {o}?” {x} asked {y}.", "“Have you seen the {o}?” {x} asked {y}.",
                "{x} turned to {y} and asked about the {o}.",
            ],
            did: "asked about the {o}",
            ..SILENT
        },
        Kind::Tell => Texts {
            say: &[
                "“It is {p} now,” {x} answered.", "“You will find the {o} {p},” said {x}.",
                "{x} told {y} that the {o} was {p}.",
            ],
            did: "told {y} where the {o} was",
            deed: "telling where the {o} was",
            ..SILENT
        },
        Kind::Hint => Texts {
            say: &[
                "“Why not look {p}?” {x} whispered to {y}.", "{x} smiled and told {y} to look {p}.",
                "“Just look {p},” {x} said to {y}.",
            ],
            did: "told {y} where to look",
            deed: "the good hint",
            ..SILENT
        },
        Kind::Find => Texts {
            say: &[
                "Soon {x} found the {o} {p}.", "And indeed, {x} discovered the {o} {p}.",
                "{x} searched and found the {o} {p}.", "“Here it is!” cried {x}, who had found the {o} {p}.",
            ],
            did: "found the {o}",
            where_did: "Where did {x} find the {o}?",
            deed: "finding the {o}",
            ..SILENT
        },
        Kind::Take => Texts {
            say: &[
                "{x} picked up the {o}, which was still {p}.", "The {o} still lay {p}, and {x} picked it up.",
                "{x} went to get the {o} that was waiting {p}.",
            ],
            did: "picked up the {o}",
            ..SILENT
        },
        Kind::Forget => Texts {
            say: &[
                "Suddenly {r}, and so {x} forgot the {o} {p}.", "Because {r}, {x} forgot the {o} {p}.",
                "{x} forgot the {o} {p}, because {r}.",
            ],
            did: "forgot the {o}",
            where_did: "Where did {x} forget the {o}?",
            why: "Why did {x} forget the {o}?",
            asked: "Why did you forget the {o}?",
            ..SILENT
        },
        Kind::Remember => Texts {
            say: &[
                "Then {x} remembered that the {o} must still be {p}.", "“The {o} is still {p}!” {x} suddenly cried.",
                "After some thought, {x} remembered having been {p} with the {o}.",
            ],
            did: "remembered where the {o} was",
            ..SILENT
        },
        Kind::Break => Texts {
            say: &[
                "Suddenly the {o} broke in {x}'s hands, because {r}.",
                "{x} tried out the {o}, but {r}, and it broke.",
                "But {r}, so the {o} broke while {x} was holding it.",
            ],
            did: "broke the {o}",
            why: "Why did the {o} break?",
            asked: "Why did the {o} break?",
            ..SILENT
        },
        Kind::Cry => Texts {
            say: &[
                "{x} cried because the {o} was broken.", "“Oh no, the {o} is broken!” sobbed {x}.",
                "{x} stared at the broken {o} and was close to tears.",
            ],
            ..SILENT
        },
        Kind::Fetch => Texts {
            say: &[
                "{x} ran off and came back with {t}.", "Quickly {x} fetched {t}.",
                "“Wait,” said {x} and brought {t}.",
            ],
            did: "fetched {t}",
            ..SILENT
        },
        Kind::Mend => Texts {
            say: &[
                "With {tt}, {x} mended the {o}.", "{x} used {tt} to repair the {o}.",
                "Thanks to {tt}, {x} was able to mend the {o}.",
            ],
            did: "mended the {o}",
            deed: "mending the {o}",
            ..SILENT
        },
        Kind::Sorry => Texts {
            say: &[
                "“I am so sorry,” {x} said to {y}.", "{x} told {y} how sorry {he} was.",
                "{x} begged {y} to forgive {him}.",
            ],
            did: "said sorry to {y}",
            ..SILENT
        },
        Kind::Explain => Texts {
            say: &[
                "“{q}” {y} asked {x}. “Because {r},” {x} replied.",
                "{y} wanted to know: “{q}” {x} explained: “It was because {r}.”",
                "Later {y} asked {x}, “{q}” and {x} said, “Because {r}.”",
            ],
            ..SILENT
        },
        Kind::Lend => Texts {
            say: &[
                "{x} kindly lent the {o} to {y}.", "“You may borrow the {o},” {x} said to {y}.",
                "{x} let {y} borrow the {o}.",
            ],
            did: "lent the {o} to {y}",
            deed: "lending the {o}",
            ..SILENT
        },
        Kind::Return => Texts {
            say: &[
                "{x} gave the {o} back to {y}.", "Then {x} returned the {o} to {y}.",
                "{x} brought the {o} back to {y}, as was right.",
            ],
            did: "gave the {o} back to {y}",
            deed: "bringing the {o} back",
            ..SILENT
        },
        Kind::Give => Texts {
            say: &[
                "Because {r}, {x} gave the {o} to {y} as a present.",
                "{x} made {y} a present of the {o}, because {r}.",
                "“This is for you,” {x} told {y} and handed over the {o}, because {r}.",
            ],
            did: "gave the {o} to {y}",
            why: "Why did {x} give the {o} to {y}?",
            asked: "Why did you give the {o} away?",
            deed: "the wonderful present",
            ..SILENT
        },
        Kind::Hide => Texts {
            say: &[
                "{x} hid the {o} {p}, because {r}.", "Because {r}, {x} quietly hid the {o} {p}.",
                "While nobody was watching, {x} hid the {o} {p}, because {r}.",
            ],
            did: "hid the {o}",
            where_did: "Where did {x} hide the {o}?",
            why: "Why did {x} hide the {o}?",
            asked: "Why did you hide the {o}?",
            ..SILENT
        },
        Kind::Snatch => Texts {
            say: &[
                "Then {an} ran off with the {o} and dropped it {p}.",
                "Suddenly {an} grabbed the {o}, dragged it away and left it {p}.",
                "A moment later {an} stole the {o} and hid it {p}.",
            ],
            did: "ran off with the {o}",
            ..SILENT
        },
        Kind::Quarrel => Texts {
            say: &[
                "{x} and {y} quarrelled because {r}.", "But {r}, and so {x} and {y} began to argue.",
                "{x} and {y} got into a fight, because {r}.",
            ],
            why: "Why did {x} and {y} quarrel?",
            asked: "Why did you quarrel?",
            ..SILENT
        },
        Kind::Teach => Texts {
            say: &[
                "Patiently {x} showed {y} how to {v} the {o}.",
                "“Watch me,” said {x} and taught {y} how to {v} the {o}.",
                "{x} explained to {y} step by step how to {v} the {o}.",
            ],
            did: "taught {y}",
            deed: "being such a good teacher",
            ..SILENT
        },
        Kind::Can => Texts {
            say: &[
                "{x} tried again and again until {he} could {v} the {o}.", "Soon {x} knew how to {v} the {o}, too.",
                "It was not easy, but then {x} managed to {v} the {o}.",
            ],
            ..SILENT
        },
        Kind::Thank => Texts {
            say: &["{x} thanked {y} for {d}.", "“Thank you for {d},” {x} said to {y}.", "{x} gave {y} a hug for {d}."],
            did: "thanked {y}",
            ..SILENT
        },
        Kind::End => Texts {
            say: &[
                "In the end {x} and {y} {vd} the {o} together.",
                "So {x} and {y} {vd} the {o} until it was time for bed.",
                "Happily {x} and {y} {vd} the {o} for the rest of the day.",
                "Then {x} and {y} {vd} the {o} and laughed a lot.",
            ],
            did: "and {y} {vd} the {o}",
            ..SILENT
        },
        Kind::EndGift => Texts {
            say: &[
                "From then on the {o} belonged to {x}, who {vd} it every day.",
                "{x} hugged {y} and promised to take good care of the {o}.",
                "{x} was overjoyed and never wanted to part with the {o} again.",
            ],
            ..SILENT
        },
    }
}

#[rustfmt::skip]
fn reasons(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Delay => &[
            "it began to rain", "the road was closed", "lunch was on the table", "a thick fog rolled in",
            "the bridge was up", "homework came first", "the wind dropped", "it was still too dark",
            "a parade was passing", "the ground was frozen", "the baby was sleeping",
            "the music lesson was not over", "thunder rumbled in the distance", "the room had to be tidied first",
            "visitors had just arrived", "the paint was not dry yet", "hail came pelting down",
            "the gatekeeper had lost the keys", "supper was nearly ready", "the path was flooded",
            "the shop was being swept", "a funeral procession went by",
        ],
        Kind::Move => &[
            "the floor was wet", "ants were crawling there", "the sun was too hot there",
            "people kept stumbling over it", "rain was dripping on it", "the dog was sniffing at it",
            "it was far too dusty there", "somebody might have sat on it", "the painters needed the space",
            "bees were buzzing around it", "the place was needed for the dinner", "there was a smell of smoke",
            "water was leaking nearby", "the cleaners were coming", "the roof had sprung a leak",
            "the cat had chosen that very spot", "wasps had built a nest there", "the draught was too strong",
            "a goat kept nibbling at it", "the guests needed a place to sit", "a wet umbrella lay next to it",
            "mould was growing there",
        ],
        Kind::Forget => &[
            "a brass band marched past", "the school bell rang", "a dog barked loudly", "somebody shouted for help",
            "a rainbow appeared", "the ice cream van arrived", "a balloon floated by", "the telephone rang",
            "a famous singer walked by", "fireworks lit up the sky", "a horse galloped past", "the lights went out",
            "the bus was about to leave", "the first snow fell", "an acrobat came past on stilts",
            "a hot-air balloon landed", "the postman brought a parcel", "a flock of cranes flew over",
            "someone began to sing an old ballad", "the church bells started to chime",
            "a stranger asked for directions", "a juggler dropped his torches",
        ],
        Kind::Break => &[
            "a screw was loose", "the wind was too strong", "the material was too thin", "there was a crack in it",
            "it had become rusty", "it hit a stone", "the handle was weak", "someone bumped into it",
            "a spring snapped", "the glue had dried out", "it was pulled too hard", "a bird flew against it",
            "mice had nibbled at it", "the cold had made it brittle", "moths had damaged the lining",
            "a hinge came off", "the varnish had cracked", "a bolt was missing", "it had been badly built",
            "the joint had worn out", "termites had eaten the frame", "a careless elbow knocked it down",
        ],
        Kind::Quarrel => &[
            "both wanted to go first", "each thought the other was cheating", "nobody wanted to tidy up",
            "they could not agree on the rules", "one of them had laughed at the other",
            "each wanted to hold it longer", "a secret had been given away", "neither would say please",
            "both wanted to be the leader", "they had each told a different tale", "both claimed to be right",
            "one had pushed the other", "neither wanted to apologise first", "the score was in dispute",
            "somebody had copied the other's drawing", "a promise had been broken",
        ],
        Kind::Give => &[
            "it was {y}'s birthday", "{y} had been ill for weeks", "{y} was moving to another town",
            "{y} had won the spelling contest", "{y} had rescued a drowning bird", "{y} had always dreamed of one",
            "{y} had passed a difficult exam", "{y} was leaving on a long journey",
            "{y} had been brave at the dentist", "{y} owned no toys", "{y} had shared every sandwich",
            "{y} had been a loyal friend", "{y} had learned a whole poem by heart",
            "{y} was recovering from a fever", "{y} had repaired the garden fence", "{y} had graduated with honours",
            "{y} had comforted a weeping child", "{y} deserved a reward",
        ],
        Kind::Hide => &[
            "it was to be a surprise", "a treasure hunt had been planned", "little brothers broke everything",
            "strangers were about", "a good trick needs a secret", "nobody was allowed to see it yet",
            "it was the day for jokes", "thieves had been seen in the area", "guessing games are fun",
            "the party had not started yet", "curious visitors might touch it", "a riddle was going to lead to it",
            "valuable things should be kept safe", "the secret society demanded it", "nosy parrots were around",
            "a detective game was about to begin",
        ],
        _ => &[],
    }
}

#[rustfmt::skip]
static TOPICS: &[&str] = &[
    "dragons", "the moon", "pirates", "dinosaurs", "castles", "whales", "volcanoes", "the circus", "princesses",
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
        ],
        two: &[
            "dozing", "resting", "hopping about", "looking for food", "enjoying the quiet", "hiding", "sitting",
            "waiting", "playing", "stretching", "wandering about", "watching", "yawning", "scratching", "drinking",
            "sniffing", "chewing", "hesitating", "lurking", "basking in the warmth", "dancing", "trembling",
            "listening", "blinking",
        ],
        together: false,
    },
    Colour {
        say: "The air smelled of {1} and {2}.",
        one: &[
            "lavender", "mint", "pine", "hay", "coffee", "cinnamon", "vanilla", "roses", "lilac", "salt", "oranges",
            "fresh bread", "jasmine", "nutmeg", "basil", "sage", "tar", "smoke", "caramel", "violets", "lemons",
            "seaweed", "parsley", "almond oil",
        ],
        two: &[
            "wood", "leather", "moss", "soap", "summer", "earth", "clover", "wet leaves", "ginger", "sugar",
            "pepper", "rosemary", "thyme", "sawdust", "petrol", "incense", "mud", "petals", "wool", "dew", "bark",
            "ivy", "old paper", "chalk",
        ],
        together: false,
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
        ],
        together: false,
    },
    Colour { say: "They shared {1} and {2}.", one: FOODS, two: FOODS, together: true },
    Colour { say: "They talked about {1} and {2}.", one: TOPICS, two: TOPICS, together: true },
    Colour {
        say: "They counted {1} {2}.",
        one: &["three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "twenty", "thirty"],
        two: &[
            "clouds", "windows", "pebbles", "bricks", "feathers", "tulips", "daisies", "acorns", "lamp posts",
            "puddles", "chimneys", "buttons", "bushes", "mushrooms", "footprints", "cobwebs", "lanterns", "bicycles",
            "benches", "arrows", "letters", "signs", "pigeons", "stripes", "candles", "balconies", "flowerpots",
            "drops", "dots", "ropes", "sticks", "shells", "coins", "keys", "bottles", "doors", "roofs", "towers",
            "posters", "petals", "berries", "pine cones",
        ],
        together: true,
    },
    Colour {
        say: "Both wore {1} {2}.",
        one: &[
            "woollen", "cotton", "checked", "knitted", "warm", "matching", "velvet", "crimson", "violet", "beige",
            "silk", "linen", "flannel", "turquoise", "scarlet", "navy", "patterned", "embroidered", "loose", "neat",
            "faded", "tight",
        ],
        two: &[
            "scarves", "sweaters", "jackets", "boots", "gloves", "trousers", "aprons", "socks", "caps", "sandals",
            "belts", "raincoats", "pullovers", "shirts", "hats", "mittens", "slippers", "waistcoats", "cloaks",
            "overalls", "shorts", "helmets", "bracelets", "badges", "bow ties", "ponchos",
        ],
        together: true,
    },
];
