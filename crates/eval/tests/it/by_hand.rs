//! Errors planted by hand, against the judge: what `eval::stories::plant` makes comes from the judge's own grammar, so it cannot
//! show an error that nobody thought of there.

use check::{Outcome, equal};
use eval::stories::Fault;
use eval::stories::read;
use text::stories::Lang;

/// A story that holds, and changes that spoil it: what is replaced, by what, and the fault that shows first.
struct ByHand {
    lang: Lang,
    story: &'static str,
    changes: &'static [(&'static str, &'static str, Fault)],
}

pub fn names_the_fault() -> Outcome {
    STORIES.iter().try_for_each(check)
}

fn check(ByHand { lang, story, changes }: &ByHand) -> Outcome {
    let story = if *lang == Lang::En {
        story.split_whitespace().collect::<Vec<_>>().join(" ")
    } else {
        story.replace(['\n', ' '], "")
    };
    let fault = |text: &str| read(*lang, text).map(|_| ()).map_err(|error| error.fault);
    equal(fault(&story), Ok(()), &story)?;
    changes.iter().try_for_each(|(from, to, expected)| {
        equal(story.matches(from).count(), 1, &format!("{from}: how often it stands in the story"))?;
        equal(fault(&story.replace(from, to)), Err(*expected), &format!("{from} -> {to}"))
    })
}

#[rustfmt::skip]
static STORIES: &[ByHand] = &[
    ByHand {
        lang: Lang::En,
        story: "One sunny day, Mia met Tom at home. Mia had brought a red kite. Mia wanted to fly the kite with Tom. \
            Mia left the kite in the drawer and went off to buy bread. Because the floor was wet, Tom took the kite \
            away and set it under the bed. When Mia came back, the kite was no longer in the drawer. Mia turned to Tom and asked \
            about the kite. Soon Mia found the kite under the bed. “Why did you move the kite?” Mia asked Tom. “Because the floor \
            was wet,” Tom replied. In the end Mia and Tom flew the kite together.",
        changes: &[
            ("Soon Mia", "Soon Anna", Fault::Name),
            ("Mia turned to Tom", "Tom turned to Mia", Fault::Name),
            ("Mia asked Tom. “Because the floor was wet,” Tom", "Tom asked Mia. “Because the floor was wet,” Mia", Fault::Name),
            ("found the kite", "found the drum", Fault::Object),
            ("flew the kite together", "played the kite together", Fault::Object),
            ("found the kite under the bed", "found the kite in the drawer", Fault::Place),
            ("“Because the floor was wet", "“Because ants were crawling there", Fault::Cause),
            ("“Because the floor was wet", "“Because the road was closed", Fault::Unknown),
            ("Soon Mia", "Soon Mia found the kite under the bed. Soon Mia", Fault::Order),
            ("kite together.", "kite together. Then Mrs Wood came along.", Fault::Order),
            (" In the end Mia and Tom flew the kite together.", "", Fault::Unfinished),
            ("was no longer in", "was not longer in", Fault::Unknown),
            ("a red kite", "an red kite", Fault::Unknown),
            ("kite together.", "kite toge", Fault::Unknown),
        ],
    },
    ByHand {
        lang: Lang::En,
        story: "Once, on a cool Sunday, Anna was in the workshop with Ben. Anna had an old radio with her. Anna could hardly \
            wait to tune the radio with Ben. Suddenly the radio broke in Anna's hands, because a screw was loose. Just then Mrs Wood \
            walked up to them. Quickly Mrs Wood fetched a screwdriver. With the screwdriver, Mrs Wood mended the radio. “Thank you \
            for mending the radio,” Anna said to Mrs Wood. “Why did the radio break?” Mrs Wood asked Anna. “Because a screw was \
            loose,” Anna replied. Then Anna and Ben tuned the radio and laughed a lot.",
        changes: &[
            ("Quickly Mrs Wood", "Quickly Mr Hill", Fault::Name),
            ("Anna said to Mrs Wood", "Anna said to Ben", Fault::Name),
            ("loose,” Anna replied", "loose,” Ben replied", Fault::Name),
            ("With the screwdriver", "With the hammer", Fault::Object),
            ("Ben tuned the radio", "Ben flew the radio", Fault::Object),
            ("Suddenly the radio broke", "Suddenly the clock broke", Fault::Object),
            (
                "Quickly Mrs Wood fetched a screwdriver. With the screwdriver, Mrs Wood mended the radio.",
                "With the screwdriver, Mrs Wood mended the radio. Quickly Mrs Wood fetched a screwdriver.",
                Fault::Order,
            ),
            ("Quickly", "Then Anna and Ben tuned the radio and laughed a lot. Quickly", Fault::Order),
            ("“Because a screw was loose", "“Because a spring snapped", Fault::Cause),
            ("“Because a screw was loose", "“Because it began to rain", Fault::Unknown),
            ("an old radio with her", "an old radio with him", Fault::Unknown),
        ],
    },
    ByHand {
        lang: Lang::En,
        story: "It happened on a misty Friday: Leo met Ruby in the park. Leo proudly showed Ruby a striped boomerang. “Let us \
            throw the boomerang together,” Leo said to Ruby. They could not begin yet because a parade was passing. Leo let Ruby \
            borrow the boomerang. At last the waiting was over. Then Ruby returned the boomerang to Leo. Happily Leo and Ruby threw \
            the boomerang for the rest of the day.",
        changes: &[
            ("Then Ruby returned the boomerang to Leo", "Then Leo returned the boomerang to Ruby", Fault::Name),
            ("borrow the boomerang", "borrow the frisbee", Fault::Object),
            ("Leo let Ruby borrow the boomerang.", "Leo gave the boomerang back to Ruby.", Fault::Order),
            ("At last the waiting was over. ", "", Fault::Order),
        ],
    },
    ByHand {
        lang: Lang::En,
        story: "Some years ago, on a frosty Monday, Nora and Sam came together at school. Nora was holding a wooden abacus in \
            both arms. Secretly, Nora planned to give the abacus to Sam. Nora hid the abacus in the locker, because it was to be a \
            surprise. Nora went to get the abacus that was waiting in the locker. “This is for you,” Nora told Sam and handed over \
            the abacus, because it was Sam's birthday. “Why did you hide the abacus?” Sam asked Nora. “Because it was to be a \
            surprise,” Nora replied. Sam hugged Nora and promised to take good care of the abacus.",
        changes: &[
            ("because it was Sam's birthday", "because it was Nora's birthday", Fault::Name),
            ("Sam hugged Nora", "Nora hugged Sam", Fault::Name),
            ("waiting in the locker", "waiting in the gym", Fault::Place),
            ("care of the abacus", "care of the calculator", Fault::Object),
            ("Nora hid the abacus in the locker, because it was to be a surprise. ", "", Fault::Order),
            ("“Because it was to be a surprise", "“Because thieves had been seen in the area", Fault::Cause),
        ],
    },
    ByHand {
        lang: Lang::Zh,
        story: "一个晴朗的早晨，小明在家里遇见了小红。小明带来了一只红色的风筝。小明想和小红一起放风筝。小明先把风筝放在抽屉里。小红把风筝搬到窗台上，因为地上湿了。
            风筝不见了，小明难过极了。小明向小红打听风筝的下落。“你到窗台上就能找到风筝。”小红说。果然，小明在窗台上找到了风筝。“你为什么要挪走风筝？”小明问小红。
            “因为地上湿了。”小红回答。最后，小明和小红一起高高兴兴地放风筝。",
        changes: &[
            ("小明向小红打听", "小红向小明打听", Fault::Name),
            ("果然，小明", "果然，豆豆", Fault::Name),
            ("找到了风筝", "找到了皮球", Fault::Object),
            ("高高兴兴地放风筝", "高高兴兴地踢风筝", Fault::Object),
            ("一只红色", "一把红色", Fault::Unknown),
            ("在窗台上找到了", "在抽屉里找到了", Fault::Place),
            ("小明先把风筝放在抽屉里。", "", Fault::Order),
            ("果然，", "小明从窗台上拿起风筝。果然，", Fault::Order),
            ("“因为地上湿了", "“因为那里爬满了蚂蚁", Fault::Cause),
            ("最后，小明和小红一起高高兴兴地放风筝。", "", Fault::Unfinished),
        ],
    },
    ByHand {
        lang: Lang::Zh,
        story: "从前，在一个下雪的傍晚，朵朵和冬冬在工坊里玩。朵朵怀里抱着一台旧旧的收音机。朵朵早就盼着和冬冬一起调收音机了。突然，收音机在朵朵手里坏了，因为螺丝松了。
            正好王奶奶路过这里。王奶奶赶紧找来螺丝刀。有了螺丝刀，王奶奶很快就把收音机修好了。“谢谢你修好了收音机！”朵朵对王奶奶说。“收音机为什么会坏？”王奶奶问朵朵。
            “因为螺丝松了。”朵朵回答。这一天，朵朵和冬冬一起调收音机，开心极了。",
        changes: &[
            ("王奶奶赶紧", "李爷爷赶紧", Fault::Name),
            ("朵朵对王奶奶说", "朵朵对冬冬说", Fault::Name),
            ("有了螺丝刀", "有了锤子", Fault::Object),
            ("一起调收音机，开心", "一起放收音机，开心", Fault::Object),
            (
                "王奶奶赶紧找来螺丝刀。有了螺丝刀，王奶奶很快就把收音机修好了。",
                "有了螺丝刀，王奶奶很快就把收音机修好了。王奶奶赶紧找来螺丝刀。",
                Fault::Order,
            ),
            ("正好", "这一天，朵朵和冬冬一起调收音机，开心极了。正好", Fault::Order),
            ("“因为螺丝松了", "“因为弹簧断了", Fault::Cause),
            ("“因为螺丝松了", "“因为天下起了雨", Fault::Unknown),
        ],
    },
    ByHand {
        lang: Lang::Zh,
        story: "几年前，在一个有雾的星期五，乐乐在公园里遇见了阿宝。乐乐手里拿着一个彩色的飞盘。“我们一起扔飞盘吧！”乐乐对阿宝说。因为起了大雾，大家还不能开始。
            乐乐大方地把飞盘借给阿宝。终于不用再等了。阿宝把飞盘还给了乐乐。就这样，乐乐和阿宝一起扔飞盘，一直玩到天黑。",
        changes: &[
            ("阿宝把飞盘还给了乐乐", "乐乐把飞盘还给了阿宝", Fault::Name),
            ("把飞盘借给", "把沙包借给", Fault::Object),
            ("乐乐大方地把飞盘借给阿宝。", "乐乐把飞盘还给了阿宝。", Fault::Order),
            ("终于不用再等了。", "", Fault::Order),
        ],
    },
    ByHand {
        lang: Lang::Zh,
        story: "记得在一个寒冷的星期一，小梅约晓东在学校里见面。小梅有一把崭新的算盘，一直带在身边。其实这算盘是小梅给晓东准备的礼物。小梅把算盘藏在储物柜里，因为这是一个惊喜。
            小梅从储物柜里拿起算盘。“这是给你的。”小梅把算盘交给晓东，因为正好赶上晓东的生日。“你为什么要藏起算盘？”晓东问小梅。“因为这是一个惊喜。”小梅回答。
            晓东高兴坏了，再也舍不得放下算盘。",
        changes: &[
            ("赶上晓东的生日", "赶上小梅的生日", Fault::Name),
            ("晓东高兴坏了", "小梅高兴坏了", Fault::Name),
            ("从储物柜里", "从讲台上", Fault::Place),
            ("放下算盘", "放下毛笔", Fault::Object),
            ("小梅把算盘藏在储物柜里，因为这是一个惊喜。", "", Fault::Order),
            ("“因为这是一个惊喜", "“因为听说附近有小偷", Fault::Cause),
        ],
    },
];
