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
    ByHand {
        lang: Lang::En,
        story: "Once, on a cool Sunday, Max met Emma at home. Max had brought a red easel. Max wanted to draw on the easel with Emma. \
            Max left the easel under the bed and went off to drink tea. Because the roof was leaking, Emma took the easel away and set \
            it in the wardrobe. When Max came back, the easel was no longer under the bed. Max turned to Emma and asked about the easel. \
            Emma told Max that the easel was in the wardrobe. Soon Max found the easel in the wardrobe. Max thanked Emma for telling \
            where the easel was. In the end Max and Emma drew on the easel together.",
        changes: &[
            ("Max turned to Emma and asked about the easel. Emma told Max that the easel was in the wardrobe.", "Emma told Max that the easel was in the wardrobe. Max turned to Emma and asked about the easel.", Fault::Order),
            ("wardrobe. Soon", "wardrobe. Without the easel, Max felt miserable. Soon", Fault::Order),
            ("wardrobe. Soon", "wardrobe. Emma told Max that the easel was in the wardrobe. Soon", Fault::Order),
            ("Soon Max found", "Soon Emma found", Fault::Name),
            ("Max turned to Emma and asked about the easel.", "Max carried the easel off and placed it behind the sofa, because the floor was wet.", Fault::Name),
            ("Max thanked Emma", "Emma thanked Max", Fault::Name),
            ("Max wanted to draw on the easel with Emma. ", "They could not begin yet because it began to rain. Max wanted to draw on the easel with Emma. ", Fault::Order),
            ("Because the roof was leaking, Emma", "Without the easel, Emma felt miserable. Because the roof was leaking, Emma", Fault::Order),
        ],
    },
    ByHand {
        lang: Lang::En,
        story: "One windy day, Zoe was in the park with Ruby. Zoe was carrying a golden hoop. Zoe wanted to roll the hoop with Ruby. \
            Zoe and Ruby quarrelled because both wanted to go first. A little later Aunt May joined them. “Why did you quarrel?” Aunt May \
            asked Zoe. “Because both wanted to go first,” Zoe replied. “Please forgive me,” Zoe said to Ruby. Zoe kindly lent the hoop to \
            Ruby. Happily Zoe and Ruby rolled the hoop for the rest of the day.",
        changes: &[
            ("A little later Aunt May joined them. “Why did you quarrel?” Aunt May asked Zoe. “Because both wanted to go first,” Zoe replied.", "“Why did you quarrel?” Aunt May asked Zoe. “Because both wanted to go first,” Zoe replied. A little later Aunt May joined them.", Fault::Order),
            ("Aunt May asked Zoe. “Because both wanted to go first,” Zoe replied", "Zoe asked Aunt May. “Because both wanted to go first,” Aunt May replied", Fault::Name),
            ("Aunt May asked Zoe", "Ruby asked Zoe", Fault::Name),
            ("Aunt May asked Zoe", "Mrs Green asked Zoe", Fault::Name),
            ("Zoe said to Ruby", "Aunt May said to Ruby", Fault::Name),
            ("Zoe said to Ruby", "Zoe said to Aunt May", Fault::Name),
            ("Zoe kindly lent the hoop to Ruby", "Zoe kindly lent the hoop to Aunt May", Fault::Name),
            ("hoop to Ruby.", "hoop to Ruby. Ruby carefully laid the hoop by the pond. Aunt May picked up the hoop, which was still by the pond. Aunt May kindly lent the hoop to Zoe.", Fault::Order),
            ("Zoe kindly lent the hoop to Ruby.", "Zoe carefully laid the hoop by the pond. Ruby picked up the hoop, which was still by the pond. Ruby kindly lent the hoop to Zoe.", Fault::Name),
            ("Zoe kindly lent", "Suddenly the hoop broke in Zoe's hands, because it hit a stone. Zoe kindly lent", Fault::Order),
            ("Happily Zoe and Ruby", "Happily Zoe and Aunt May", Fault::Name),
        ],
    },
    ByHand {
        lang: Lang::En,
        story: "On a mild Friday, Ruby and Nora were in the workshop. Ruby had a small xylophone with her. “Let us play the xylophone \
            together,” Ruby said to Nora. Before long Aunt May came to see what was going on. Suddenly the telephone rang, and so Ruby \
            forgot the xylophone behind the ladder. Aunt May smiled and told Ruby to look behind the ladder. And indeed, Ruby discovered \
            the xylophone behind the ladder. “Why did you forget the xylophone?” Nora asked Ruby. “Because the telephone rang,” Ruby \
            replied. So Ruby and Nora played the xylophone until it was time for bed.",
        changes: &[
            ("Aunt May smiled and told Ruby", "Ruby smiled and told Aunt May", Fault::Name),
            ("told Ruby to look", "told Nora to look", Fault::Name),
            ("And indeed, Ruby", "And indeed, Aunt May", Fault::Name),
            ("Aunt May smiled", "Without the xylophone, Aunt May felt miserable. Aunt May smiled", Fault::Name),
            ("Aunt May smiled", "“Why did you forget the xylophone?” Aunt May asked Ruby. “Because the telephone rang,” Ruby replied. Aunt May smiled", Fault::Order),
            ("Aunt May smiled and told Ruby to look behind the ladder. And indeed, Ruby discovered the xylophone behind the ladder", "Ruby carried the xylophone off and placed it in the toolbox, because the floor was wet", Fault::Name),
            ("“Let us play the xylophone together,” Ruby said to Nora. Before long Aunt May came to see what was going on. Suddenly the telephone rang, and so Ruby forgot the xylophone behind the ladder.", "Before long Aunt May came to see what was going on. Suddenly the telephone rang, and so Ruby forgot the xylophone behind the ladder. “Let us play the xylophone together,” Ruby said to Nora.", Fault::Order),
        ],
    },
    ByHand {
        lang: Lang::En,
        story: "On a bright Monday, Nora met Anna in the forest. Nora proudly showed Anna a striped skateboard. Nora wanted to ride the \
            skateboard with Anna. Nora hid the skateboard beside the stream, because guessing games are fun. “Just look beside the \
            stream,” Nora said to Anna. Soon Anna found the skateboard beside the stream. “Why did you hide the skateboard?” Anna asked \
            Nora. “Because guessing games are fun,” Nora replied. Then Nora and Anna rode the skateboard and laughed a lot.",
        changes: &[
            ("Nora hid", "Anna hid", Fault::Name),
            ("Nora said to Anna", "Anna said to Nora", Fault::Name),
            ("Soon Anna", "Soon Nora", Fault::Name),
            ("“Just look beside the stream,” Nora said to Anna. Soon Anna found the skateboard beside the stream.", "Anna picked up the skateboard, which was still beside the stream.", Fault::Name),
            ("“Just look", "“Why did you hide the skateboard?” Anna asked Nora. “Because guessing games are fun,” Nora replied. “Just look", Fault::Order),
        ],
    },
    ByHand {
        lang: Lang::En,
        story: "On a clear holiday, Jack was on the farm with Ruby. Jack had brought a painted kite. Secretly, Jack planned to give the \
            kite to Ruby. However, it began to rain, and so everyone had to wait. Just then Mr Hill walked up to them. At last the \
            waiting was over. Jack made Ruby a present of the kite, because it was Ruby's birthday. “Thank you for the wonderful \
            present,” Ruby said to Jack. Ruby hugged Jack and promised to take good care of the kite.",
        changes: &[
            ("Jack planned to give the kite to Ruby", "Ruby planned to give the kite to Jack", Fault::Name),
            ("At last the waiting", "Ruby hid the kite in the barn, because it was to be a surprise. At last the waiting", Fault::Name),
            ("At last the waiting was over. Jack made Ruby a present of the kite, because it was Ruby's birthday.", "Jack made Ruby a present of the kite, because it was Ruby's birthday. At last the waiting was over.", Fault::Order),
            ("Jack made Ruby a present of the kite, because it was Ruby's birthday. “Thank you for the wonderful present,” Ruby said to Jack.", "“You may borrow the kite,” Jack said to Ruby.", Fault::Order),
            ("Ruby said to Jack", "Mr Hill said to Jack", Fault::Name),
            ("Ruby hugged Jack", "Ruby hugged Mr Hill", Fault::Name),
        ],
    },
    ByHand {
        lang: Lang::En,
        story: "One fresh morning, Sam and Lily came together by the sea. Sam was holding an old banjo in both arms. Sam wanted to learn \
            how to pluck the banjo. Suddenly the banjo broke in Sam's hands, because a screw was loose. Sam cried because the banjo was \
            broken. Then Mr Reed came along. Quickly Mr Reed fetched some wax. With the wax, Mr Reed mended the banjo. Patiently Lily \
            showed Sam how to pluck the banjo. Soon Sam knew how to pluck the banjo, too. Sam thanked Lily for being such a good teacher.",
        changes: &[
            ("Sam wanted to learn how to pluck the banjo. Suddenly the banjo broke in Sam's hands, because a screw was loose.", "Suddenly the banjo broke in Sam's hands, because a screw was loose. Sam wanted to learn how to pluck the banjo.", Fault::Order),
            ("Soon Sam knew", "Suddenly the banjo broke in Sam's hands, because a spring snapped. Soon Sam knew", Fault::Order),
            ("Quickly Mr Reed", "“Oh no, the banjo is broken!” sobbed Mr Reed. Quickly Mr Reed", Fault::Name),
            ("Sam thanked Lily", "Mr Reed thanked Lily", Fault::Name),
            ("Sam thanked Lily for", "Sam thanked Lily a hug for", Fault::Unknown),
            ("Sam thanked Lily for", "Sam gave Lily for", Fault::Unknown),
        ],
    },
    ByHand {
        lang: Lang::En,
        story: "Once, on a quiet evening, Leo met Mia at school. Leo had a blue globe with him. Leo could hardly wait to turn the globe \
            with Mia. Leo let Mia borrow the globe. Then Leo and Mia turned the globe and laughed a lot.",
        changes: &[
            ("Leo let Mia borrow the globe. ", "", Fault::Order),
            ("Leo let Mia borrow the globe. ", "Not far off, a gate slammed. ", Fault::Order),
            ("Leo let Mia borrow the globe.", "Leo let Mia borrow the globe. Not far off, a gate slammed. Not far off, a gate slammed.", Fault::Order),
        ],
    },
    ByHand {
        lang: Lang::Zh,
        story: "从前，在一个凉爽的星期天，明明在集市上遇见了丽丽。明明带来了一个红色的羽毛球。明明想和丽丽一起打羽毛球。明明把羽毛球放在柜台上，就去喝茶了。
            丽丽把羽毛球搬到米袋上，因为那里要摆饭桌。明明回来一看，柜台上的羽毛球不见了。明明向丽丽打听羽毛球的下落。丽丽告诉明明，羽毛球在米袋上。很快，明明在米袋上找到了羽毛球。
            明明感谢丽丽说出了羽毛球在哪儿。最后，明明和丽丽一起高高兴兴地打羽毛球。",
        changes: &[
            ("明明向丽丽打听羽毛球的下落。丽丽告诉明明，羽毛球在米袋上。", "丽丽告诉明明，羽毛球在米袋上。明明向丽丽打听羽毛球的下落。", Fault::Order),
            ("很快，", "没有了羽毛球，明明闷闷不乐。很快，", Fault::Order),
            ("很快，", "丽丽告诉明明，羽毛球在米袋上。很快，", Fault::Order),
            ("很快，明明", "很快，丽丽", Fault::Name),
            ("明明向丽丽打听羽毛球的下落。", "明明把羽毛球搬到茶馆里，因为地上湿了。", Fault::Name),
            ("明明感谢丽丽", "丽丽感谢明明", Fault::Name),
            ("明明想和丽丽", "不巧，起了大雾，只能先等着。明明想和丽丽", Fault::Order),
            ("丽丽把羽毛球搬到", "没有了羽毛球，丽丽闷闷不乐。丽丽把羽毛球搬到", Fault::Order),
        ],
    },
    ByHand {
        lang: Lang::Zh,
        story: "那是一个刮风的下午，乐乐和田田一起待在公园里。乐乐手里拿着一个金色的铁环。乐乐想和田田一起滚铁环。乐乐和田田吵了起来，因为有人说漏了秘密。
            正好陈叔叔路过这里。“你们为什么吵架？”陈叔叔问乐乐。“因为有人说漏了秘密。”乐乐回答。乐乐请田田原谅自己。“铁环借给你吧。”乐乐对田田说。
            乐乐和田田一起滚铁环，笑得合不拢嘴。",
        changes: &[
            ("正好陈叔叔路过这里。“你们为什么吵架？”陈叔叔问乐乐。“因为有人说漏了秘密。”乐乐回答。", "“你们为什么吵架？”陈叔叔问乐乐。“因为有人说漏了秘密。”乐乐回答。正好陈叔叔路过这里。", Fault::Order),
            ("陈叔叔问乐乐。“因为有人说漏了秘密。”乐乐回答", "乐乐问陈叔叔。“因为有人说漏了秘密。”陈叔叔回答", Fault::Name),
            ("陈叔叔问乐乐", "田田问乐乐", Fault::Name),
            ("陈叔叔问乐乐", "王奶奶问乐乐", Fault::Name),
            ("乐乐请田田原谅", "陈叔叔请田田原谅", Fault::Name),
            ("乐乐请田田原谅", "乐乐请陈叔叔原谅", Fault::Name),
            ("乐乐对田田说", "乐乐对陈叔叔说", Fault::Name),
            ("“铁环借给你吧。”", "乐乐先把铁环放在池塘边。田田从池塘边拿起铁环。“铁环借给你吧。”", Fault::Name),
            ("“铁环借给你吧。”", "突然，铁环在乐乐手里坏了，因为它碰到了石头。“铁环借给你吧。”", Fault::Order),
            ("乐乐和田田一起滚铁环，", "乐乐和陈叔叔一起滚铁环，", Fault::Name),
        ],
    },
    ByHand {
        lang: Lang::Zh,
        story: "几年前，在一个多云的星期五，豆豆和朵朵在公园里玩。豆豆有一把小巧的口琴，一直带在身边。“我们一起吹口琴吧！”豆豆对朵朵说。不一会儿，孙大妈也来了。
            忽然电话铃响了，豆豆就把口琴忘在了长椅上。“去长椅上找找看。”孙大妈对豆豆说。果然，豆豆在长椅上发现了口琴。“你为什么会忘了口琴？”朵朵问豆豆。“因为电话铃响了。”豆豆回答。
            就这样，豆豆和朵朵一起吹口琴，一直玩到天黑。",
        changes: &[
            ("孙大妈对豆豆说", "豆豆对孙大妈说", Fault::Name),
            ("孙大妈对豆豆说", "孙大妈对朵朵说", Fault::Name),
            ("果然，豆豆", "果然，孙大妈", Fault::Name),
            ("“去长椅上", "没有了口琴，孙大妈闷闷不乐。“去长椅上", Fault::Name),
            ("“去长椅上", "“你为什么会忘了口琴？”孙大妈问豆豆。“因为电话铃响了。”豆豆回答。“去长椅上", Fault::Order),
            ("“去长椅上找找看。”孙大妈对豆豆说。果然，豆豆在长椅上发现了口琴", "豆豆把口琴搬到池塘边，因为地上湿了", Fault::Name),
            ("“我们一起吹口琴吧！”豆豆对朵朵说。不一会儿，孙大妈也来了。忽然电话铃响了，豆豆就把口琴忘在了长椅上。", "不一会儿，孙大妈也来了。忽然电话铃响了，豆豆就把口琴忘在了长椅上。“我们一起吹口琴吧！”豆豆对朵朵说。", Fault::Order),
        ],
    },
    ByHand {
        lang: Lang::Zh,
        story: "一个明媚的星期一，小明在森林里遇见了冬冬。小明得意地给冬冬看自己的一台银色的照相机。小明请冬冬陪自己玩照相机。小明把照相机藏在空树洞里，因为猜谜才有意思。
            “到空树洞里看看吧。”小明悄悄对冬冬说。很快，冬冬在空树洞里找到了照相机。“你为什么要藏起照相机？”冬冬问小明。“因为猜谜才有意思。”小明回答。
            这一天，小明和冬冬一起玩照相机，开心极了。",
        changes: &[
            ("小明把照相机藏", "冬冬把照相机藏", Fault::Name),
            ("小明悄悄对冬冬说", "冬冬悄悄对小明说", Fault::Name),
            ("很快，冬冬", "很快，小明", Fault::Name),
            ("“到空树洞里看看吧。”小明悄悄对冬冬说。很快，冬冬在空树洞里找到了照相机。", "冬冬从空树洞里拿起照相机。", Fault::Name),
            ("“到空树洞里", "“你为什么要藏起照相机？”冬冬问小明。“因为猜谜才有意思。”小明回答。“到空树洞里", Fault::Order),
        ],
    },
    ByHand {
        lang: Lang::Zh,
        story: "那时候，在一个晴朗的节日，圆圆约阿宝在农场里见面。圆圆带来了一只彩色的风筝。其实这风筝是圆圆给阿宝准备的礼物。不巧，天下起了雨，只能先等着。这时，李爷爷走了过来。
            终于不用再等了。圆圆把风筝送给阿宝当礼物，因为正好赶上阿宝的生日。阿宝感谢圆圆送来这么好的礼物。阿宝抱着圆圆，答应一定好好爱护风筝。",
        changes: &[
            ("其实这风筝是圆圆给阿宝准备的", "其实这风筝是阿宝给圆圆准备的", Fault::Name),
            ("终于不用", "阿宝把风筝藏在谷仓里，因为这是一个惊喜。终于不用", Fault::Name),
            ("终于不用再等了。圆圆把风筝送给阿宝当礼物，因为正好赶上阿宝的生日。", "圆圆把风筝送给阿宝当礼物，因为正好赶上阿宝的生日。终于不用再等了。", Fault::Order),
            ("圆圆把风筝送给阿宝当礼物，因为正好赶上阿宝的生日。阿宝感谢圆圆送来这么好的礼物。", "“风筝借给你吧。”圆圆对阿宝说。", Fault::Order),
            ("阿宝感谢圆圆", "李爷爷感谢圆圆", Fault::Name),
            ("阿宝抱着圆圆", "阿宝抱着李爷爷", Fault::Name),
        ],
    },
    ByHand {
        lang: Lang::Zh,
        story: "一个清新的早晨，晓东和小梅在海边玩。晓东怀里抱着一把旧旧的吉他。晓东很想学弹吉他。突然，吉他在晓东手里坏了，因为螺丝松了。吉他坏了，晓东伤心地哭了。这时，马老师走了过来。
            马老师赶紧找来蜂蜡。马老师用蜂蜡修好了吉他。小梅耐心地教晓东弹吉他。没多久，晓东就学会了弹吉他。晓东感谢小梅教得这么耐心。",
        changes: &[
            ("晓东很想学弹吉他。突然，吉他在晓东手里坏了，因为螺丝松了。", "突然，吉他在晓东手里坏了，因为螺丝松了。晓东很想学弹吉他。", Fault::Order),
            ("没多久，", "突然，吉他在晓东手里坏了，因为弹簧断了。没多久，", Fault::Order),
            ("马老师赶紧", "“哎呀，吉他坏了！”马老师带着哭腔说。马老师赶紧", Fault::Name),
            ("晓东感谢小梅", "马老师感谢小梅", Fault::Name),
        ],
    },
    ByHand {
        lang: Lang::Zh,
        story: "从前，在一个安静的傍晚，小芳在学校里遇见了小红。小芳有一个蓝色的地球仪，一直带在身边。小芳早就盼着和小红一起转地球仪了。小芳大方地把地球仪借给小红。
            这一天，小芳和小红一起转地球仪，开心极了。",
        changes: &[
            ("小芳大方地把地球仪借给小红。", "", Fault::Order),
            ("小芳大方地把地球仪借给小红。", "附近，小贩高声叫卖。", Fault::Order),
            ("小芳大方地把地球仪借给小红。", "小芳大方地把地球仪借给小红。附近，小贩高声叫卖。附近，小贩高声叫卖。", Fault::Order),
        ],
    },
];
