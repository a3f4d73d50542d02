//! The English wordings of the events, and the reasons that may be given for them.

use crate::stories::language::{SILENT, Texts};
use crate::stories::plot::Kind;

#[rustfmt::skip]
pub(super) fn events(kind: Kind) -> Texts {
    match kind {
        Kind::Want => Texts {
            say: &[
                "{x} wanted to {v} the {o} with {y}.", "“Let us {v} the {o} together,” {x} said to {y}.",
                "{x} could hardly wait to {v} the {o} with {y}.",
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
                "They could not begin yet because {r}.",
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
                "Suddenly {r}, and so {x} forgot the {o} {p}.",
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
                "“I am so sorry,” {x} said to {y}.", "“Please forgive me,” {x} said to {y}.",
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
                "{x} hid the {o} {p}, because {r}.",
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
                "Soon {x} knew how to {v} the {o}, too.",
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
pub(super) fn reasons(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Delay => &[
            "it began to rain", "the road was closed", "lunch was on the table", "a thick fog rolled in",
            "the bridge was up", "homework came first", "the wind dropped", "it was still too dark",
            "a parade was passing", "the ground was frozen", "the baby was sleeping",
            "the music lesson was not over", "the dishes were not done", "a tree blocked the path",
        ],
        Kind::Move => &[
            "the floor was wet", "ants were crawling there", "the sun was too hot there",
            "people kept stumbling over it", "rain was dripping on it", "the dog was sniffing at it",
            "it was far too dusty there", "somebody might have sat on it", "the painters needed the space",
            "bees were buzzing around it", "the place was needed for the dinner", "there was a smell of smoke",
            "the roof was leaking", "the draught kept knocking it over",
        ],
        Kind::Forget => &[
            "a brass band marched past", "the school bell rang", "a dog barked loudly",
            "somebody shouted for help", "a rainbow appeared", "the ice cream van arrived",
            "a balloon floated by", "the telephone rang", "a famous singer walked by",
            "fireworks lit up the sky", "a horse galloped past", "the lights went out",
            "a clown turned a somersault", "the alarm went off",
        ],
        Kind::Break => &[
            "a screw was loose", "the wind was too strong", "the material was too thin",
            "there was a crack in it", "it had become rusty", "it hit a stone", "the handle was weak",
            "someone bumped into it", "a spring snapped", "the glue had dried out", "it was pulled too hard",
            "a bird flew against it", "it slipped and fell", "somebody stepped on it",
        ],
        Kind::Quarrel => &[
            "both wanted to go first", "each thought the other was cheating", "nobody wanted to tidy up",
            "they could not agree on the rules", "one of them had laughed at the other",
            "each wanted to hold it longer", "a secret had been given away", "neither would say please",
            "both wanted to be the leader", "they had each told a different tale", "both claimed to be right",
            "one had pushed the other", "one had called the other clumsy", "each blamed the other",
        ],
        Kind::Give => &[
            "it was {y}'s birthday", "{y} had been ill for weeks", "{y} was moving to another town",
            "{y} had won the spelling contest", "{y} had rescued a drowning bird",
            "{y} had always dreamed of one", "{y} had passed a difficult exam",
            "{y} was leaving on a long journey", "{y} had been brave at the dentist", "{y} owned no toys",
            "{y} had shared every sandwich", "{y} had been a loyal friend",
            "{y} had helped in the kitchen all week", "{y} had found a lost purse",
        ],
        Kind::Hide => &[
            "it was to be a surprise", "a treasure hunt had been planned", "little brothers broke everything",
            "strangers were about", "a good trick needs a secret", "nobody was allowed to see it yet",
            "it was the day for jokes", "thieves had been seen in the area", "guessing games are fun",
            "the party had not started yet", "curious visitors might touch it",
            "a riddle was going to lead to it", "somebody was trying to peek", "it had to stay a mystery",
        ],
        _ => &[],
    }
}
