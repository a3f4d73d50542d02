//! The events that stories are made of, and the plots: fixed orders of events, each realisable in both languages.
//!
//! A step is an event and its people, `kind:xy`, where `a` and `b` are the heroes and `c` an elder.
//! Held-out plots use only events that occur in training plots, in orders that do not.

/// One kind of event; the world's rules for it stand in `world.rs`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[rustfmt::skip]
pub(super) enum Kind {
    Want, WantGive, WantLearn, Come, Delay, Ready, Put, Leave, Miss, Move, Sad, Ask, Tell, Hint, Find, Take,
    Forget, Remember, Break, Cry, Fetch, Mend, Sorry, Explain, Lend, Return, Give, Hide, Snatch, Quarrel,
    Teach, Can, Thank, End, EndGift,
}

#[rustfmt::skip]
const KINDS: [(&str, Kind); 35] = [
    ("want", Kind::Want), ("want-give", Kind::WantGive), ("want-learn", Kind::WantLearn), ("come", Kind::Come),
    ("delay", Kind::Delay), ("ready", Kind::Ready), ("put", Kind::Put), ("leave", Kind::Leave), ("miss", Kind::Miss),
    ("move", Kind::Move), ("sad", Kind::Sad), ("ask", Kind::Ask), ("tell", Kind::Tell), ("hint", Kind::Hint),
    ("find", Kind::Find), ("take", Kind::Take), ("forget", Kind::Forget), ("remember", Kind::Remember),
    ("break", Kind::Break), ("cry", Kind::Cry), ("fetch", Kind::Fetch), ("mend", Kind::Mend), ("sorry", Kind::Sorry),
    ("explain", Kind::Explain), ("lend", Kind::Lend), ("return", Kind::Return), ("give", Kind::Give),
    ("hide", Kind::Hide), ("snatch", Kind::Snatch), ("quarrel", Kind::Quarrel), ("teach", Kind::Teach),
    ("can", Kind::Can), ("thank", Kind::Thank), ("end", Kind::End), ("end-gift", Kind::EndGift),
];

/// A plot: its number, whether training never sees it, and its steps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plot {
    /// Its place in [`PLOTS`].
    pub id: usize,
    /// True for the plots of `Split::HeldOut`.
    pub held_out: bool,
    /// Its events, as `kind:people` separated by spaces.
    pub steps: &'static str,
}

/// An event of a plot and its people (0, 1: the heroes, 2: the elder).
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub(super) kind: Kind,
    pub(super) x: usize,
    pub(super) y: usize,
}

impl Plot {
    pub(super) fn parse(&self) -> Vec<Step> {
        let person = |letter: Option<char>| letter.map_or(0, |letter| letter as usize - 'a' as usize);
        self.steps
            .split(' ')
            .map(|step| {
                let (name, people) = step.split_once(':').unwrap_or((step, "ab"));
                let kind =
                    KINDS.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no event {name}")).1;
                let mut people = people.chars();
                let x = person(people.next());
                let y = people.next().map_or(usize::from(x == 0), |letter| person(Some(letter)));
                Step { kind, x, y }
            })
            .collect()
    }
}

macro_rules! plots {
    (train: $($train:literal)*; held_out: $($held:literal)*;) => {
        &{
            let mut plots = [$(Plot { id: 0, held_out: false, steps: $train },)* $(Plot { id: 0, held_out: true, steps: $held },)*];
            let mut id = 0;
            while id < plots.len() {
                plots[id].id = id;
                id += 1;
            }
            plots
        }
    };
}

/// All plots, those of training first.
#[rustfmt::skip]
pub static PLOTS: &[Plot] = plots! {
    train:
    // Put away, moved for a reason, found again.
    "want:ab leave:a move:b miss:a tell:ba find:a explain:ba end:ab"
    "want:ba leave:a move:b miss:a hint:ba find:a explain:ba end:ab"
    "want:ab leave:a move:b miss:a ask:ab tell:ba find:a end:ba"
    "want:ba lend:ab leave:b move:a miss:b tell:ab find:b end:ab"
    "want:ab leave:a come:c move:c miss:a tell:ca find:a end:ab"
    "come:c want:ab leave:a move:c miss:a explain:ca find:b end:ab"
    "want-learn:a leave:a move:b miss:a tell:ba find:a teach:ba can:a"
    "want-learn:b leave:a move:b miss:a hint:ba find:a teach:ab can:b"
    // Forgotten.
    "want:ab forget:a sad:a remember:a find:a explain:ab end:ab"
    "want:ba forget:a find:b thank:ab explain:ab end:ab"
    "want:ab lend:ab forget:b sad:a find:b sorry:ba explain:ba end:ab"
    "want:ba lend:ab forget:b remember:b find:b return:ba explain:bc end:ab"
    "want:ab come:c forget:a sad:a hint:ca find:a explain:ac end:ba"
    "want-give:ab forget:a remember:a find:a give:ab explain:ac end-gift:ba"
    "want-learn:a forget:a find:b thank:ab teach:ba can:a end:ab"
    // Broken and mended.
    "want:ab break:a cry:a fetch:b mend:b thank:ab explain:ac end:ab"
    "want:ba lend:ab break:b sorry:ba fetch:a mend:a explain:ba end:ab"
    "want:ab break:a come:c fetch:c mend:c thank:ac explain:ac end:ab"
    "want:ba lend:ab break:b explain:ba fetch:b mend:b return:ba end:ab"
    "want-give:ab break:a cry:a come:c fetch:c mend:c give:ab end-gift:ba"
    "want-learn:b lend:ab break:b sorry:ba fetch:a mend:a teach:ab can:b"
    // Having to wait.
    "want:ab delay put:a ready take:a explain:ac end:ab"
    "want:ba delay leave:a snatch miss:a find:b ready end:ab"
    "want:ab delay forget:a ready remember:a find:a explain:ab end:ab"
    "want:ab put:a delay come:c ready take:b explain:bc end:ab"
    "want-learn:a delay put:a ready take:a teach:ba can:a thank:ab"
    "want:ba delay lend:ab put:b ready take:b explain:bc end:ab"
    // Carried off by an animal.
    "want:ab leave:a snatch miss:a ask:ab tell:ba find:a end:ab"
    "want:ba come:c put:a snatch sad:a find:c thank:ac end:ab"
    "want:ab put:a snatch find:b break:b fetch:a mend:a end:ab"
    "want-give:ab put:a snatch sad:a find:a give:ab explain:ac end-gift:ba"
    "want:ba lend:ab leave:b snatch miss:b hint:ab find:b end:ba"
    // Quarrels.
    "want:ab quarrel:ab come:c explain:ac sorry:ab sorry:ba end:ab"
    "want:ba quarrel:ab hide:a sorry:ba hint:ab find:b explain:ac end:ab"
    "want:ab quarrel:ba put:a sorry:ba take:a explain:bc end:ab"
    "want:ba lend:ab quarrel:ab break:b sorry:ba fetch:b mend:b end:ab"
    // Hidden, given, learnt.
    "want-give:ab hide:a hint:ab find:b thank:ba explain:ab end-gift:ba"
    "want-give:ab hide:a take:a give:ab thank:ba explain:ac end-gift:ba"
    "want:ab hide:b ask:ab tell:ba find:a explain:ba end:ab"
    "want:ba come:c hide:c sad:a hint:ca find:a explain:ca end:ab"
    "want-learn:b quarrel:ab sorry:ab lend:ab teach:ab can:b thank:ba"
    "want-give:ab delay put:a ready take:a give:ab thank:ba end-gift:ba"
    ; held_out:
    "want:ba leave:a move:b miss:a sad:a hint:ba find:a end:ab"
    "want:ab forget:a sad:a find:b thank:ab explain:ac end:ba"
    "want:ab lend:ab break:b cry:a fetch:b mend:b explain:ba end:ab"
    "want:ba delay put:a come:c ready take:a explain:ac end:ab"
    "want:ab leave:a snatch miss:a hint:ba find:a thank:ab end:ba"
    "want:ab quarrel:ab break:a come:c fetch:c mend:c sorry:ab end:ab"
    "want-give:ab leave:a move:b miss:a tell:ba find:a give:ab end-gift:ba"
    "want-learn:a break:a fetch:b mend:b teach:ba can:a thank:ab explain:ac"
    "want:ba hide:a ask:ba hint:ab find:b explain:ab end:ab"
    "want:ab delay lend:ab forget:b ready find:b explain:bc end:ab"
    ;
};
