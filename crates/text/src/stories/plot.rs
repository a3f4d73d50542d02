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

/// All plots, those of training first. `a` brings the object; what each kind of event has people do to one another goes one
/// way in all plots (`a` hides, asks, lends, gives, learns and is sorry, `b` tells and teaches): that somebody is the *other*
/// one is what a model of ten minutes learns last.
#[rustfmt::skip]
pub static PLOTS: &[Plot] = plots! {
    train:
    // Put away, moved for a reason, found again.
    "want:ab put:a move:b sad:a ask:ab tell:ba find:a end:ab"
    "want:ab leave:a move:b miss:a find:a end:ab"
    "want:ab leave:a move:b miss:a ask:ab tell:ba find:a end:ab"
    "want:ab put:a move:b ask:ab tell:ba find:a end:ab"
    "want:ab come:c put:a move:c find:a end:ab"
    // Forgotten.
    "want:ab forget:a remember:a find:a end:ab"
    "want:ab forget:a find:b end:ab"
    "want:ab forget:a sad:a find:a end:ab"
    "want:ab forget:a find:a explain:ab end:ab"
    "want:ab lend:ab forget:b find:b end:ab"
    "want:ab lend:ab forget:b remember:b find:b end:ab"
    "want:ab come:c forget:a hint:ca find:a end:ab"
    "want-give:ab forget:a find:a give:ab end-gift:ba"
    "want-give:ab forget:a remember:a find:a give:ab end-gift:ba"
    "want-learn:a forget:a find:a teach:ba can:a"
    // Broken and mended.
    "want:ab break:a fetch:b mend:b end:ab"
    "want:ab break:a fetch:a mend:a end:ab"
    "want:ab break:a cry:a fetch:b mend:b end:ab"
    "want:ab break:a come:c fetch:c mend:c end:ab"
    "want:ab lend:ab break:b fetch:a mend:a end:ab"
    "want:ab lend:ab break:b cry:b fetch:a mend:a end:ab"
    "want-give:ab break:a fetch:a mend:a give:ab end-gift:ba"
    "want-learn:a break:a fetch:a mend:a teach:ba can:a"
    // Having to wait.
    "want:ab delay put:a ready take:a end:ab"
    "want:ab delay ready end:ab"
    "want:ab delay come:c ready end:ab"
    "want:ab delay forget:a ready find:a end:ab"
    "want:ab delay lend:ab ready end:ab"
    "want-learn:a delay ready teach:ba can:a"
    "want-give:ab delay ready give:ab end-gift:ba"
    // Carried off by an animal.
    "want:ab put:a snatch find:b end:ab"
    "want:ab put:a snatch sad:a find:b end:ab"
    "want:ab leave:a snatch miss:a find:b end:ab"
    "want:ab leave:a snatch miss:a ask:ab find:b end:ab"
    "want:ab come:c put:a snatch find:c end:ab"
    "want-give:ab put:a snatch find:a give:ab end-gift:ba"
    // Quarrels.
    "want:ab quarrel:ab sorry:ab end:ab"
    "want:ab quarrel:ab sorry:ab lend:ab end:ab"
    "want:ab quarrel:ab come:c explain:ac sorry:ab end:ab"
    "want:ab quarrel:ab put:a sorry:ab take:a end:ab"
    "want-learn:a quarrel:ab sorry:ab teach:ba can:a"
    // Hidden, given, lent, learnt.
    "want-give:ab leave:a snatch miss:a find:a give:ab end-gift:ba"
    "want-give:ab hide:a take:a give:ab end-gift:ba"
    "want:ab hide:a hint:ab find:b end:ab"
    "want:ab hide:a hint:ab find:b explain:ab end:ab"
    "want-give:ab give:ab thank:ba end-gift:ba"
    "want:ab lend:ab return:ba end:ab"
    "want-learn:a teach:ba can:a thank:ab"
    ; held_out:
    "want:ab put:a move:b sad:a tell:ba find:a end:ab"
    "want:ab forget:a sad:a find:a explain:ab end:ab"
    "want:ab lend:ab break:b cry:b fetch:b mend:b end:ab"
    "want:ab delay put:a come:c ready take:a end:ab"
    "want:ab leave:a snatch miss:a sad:a find:b end:ab"
    "want:ab quarrel:ab put:a take:a explain:ac end:ab"
    "want-give:ab put:a move:b find:a give:ab end-gift:ba"
    "want-learn:a break:a fetch:b mend:b teach:ba can:a"
    "want:ab hide:a sad:b hint:ab find:b explain:ab end:ab"
    "want:ab delay lend:ab ready forget:b find:b explain:ba end:ab"
    ;
};
