//! Chat templates against Hugging Face's `transformers`, and against templates that mean no good.
//!
//! `goldens/make_templates.py` made the expected texts with Jinja in Python.

use check::{Outcome, Stop};
use serde_json::{Value, json};
use text::template::{ChatTemplate, Conversation, Message, PROVEN, Role, TemplateError};

fn golden() -> Result<Value, Stop> {
    Ok(serde_json::from_slice(&std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/goldens/templates.json"))?)?)
}

/// Every case of one template: the same text, or a refusal where Python refuses.
fn agrees(name: &str, source: &str, cases: &Value, now: i64) -> Result<Vec<String>, Stop> {
    let mut template = ChatTemplate::new(source)?;
    template.stop_clock(now);
    check::that(cases.as_array().is_some_and(|cases| cases.len() > 5), || format!("{name} has no cases"))?;
    let mut differences = Vec::new();
    for (i, case) in cases.as_array().into_iter().flatten().enumerate() {
        match (template.render_with(&case["variables"]), case["text"].as_str()) {
            (Ok(found), Some(expected)) if found == expected => {}
            (Err(found), None) => {
                // What a template says itself must come through.
                let said = case["error"].as_str().unwrap_or_default();
                let is_own = source.contains(&format!("raise_exception('{said}')"));
                if is_own && !found.to_string().contains(said) {
                    differences.push(format!("{name}, case {i}: refused with {found} instead of {said}"));
                }
            }
            (found, expected) => differences.push(format!("{name}, case {i}:\n{expected:?}\n{found:?}")),
        }
    }
    Ok(differences)
}

pub fn render_as_transformers_does() -> Outcome {
    let golden = golden()?;
    let now = golden["now"].as_i64().unwrap_or_default();
    let mut differences = Vec::new();
    for template in golden["templates"].as_array().into_iter().flatten() {
        let [name, source] = ["name", "template"].map(|key| template[key].as_str().unwrap_or_default());
        differences.extend(agrees(name, source, &template["cases"], now)?);
    }
    check::that(differences.is_empty(), || differences.join("\n"))
}

pub fn published_ones_render_as_transformers_does() -> Outcome {
    let golden = golden()?;
    let mut differences = Vec::new();
    let published = golden["published"].as_array().cloned().unwrap_or_default();
    let names: Vec<_> = published.iter().filter_map(|it| it["name"].as_str()?.strip_suffix(".jinja")).collect();
    check::equal(&names[..], &PROVEN[..], "the templates that are said to be proved")?;
    for template in &published {
        let name = template["name"].as_str().unwrap_or_default();
        let source = std::fs::read_to_string(check::data(&format!("chat-templates/{name}"))?)?;
        differences.extend(agrees(name, &source, &template["cases"], 0)?);
    }
    check::that(differences.is_empty(), || differences.join("\n"))
}

/// Each by the limit that is meant to stop it.
pub fn hostile_ones_are_stopped() -> Outcome {
    const FUEL: &str = "fuel";
    const DEPTH: &str = "nested too deeply";
    const TEXT: &str = "the texts in a value have more than";
    const PARTS: &str = "a value holds more than";
    const PRODUCT: &str = "a list is not multiplied";
    const WORDS: &str = "a tag has more than";
    // A tree of lists, small in memory, and another one.
    let grow = "{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(40) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}";
    let macros = |call: &str| {
        format!(
            "{{% macro f(a, b, n) %}}{{% if n %}}{{{{ f({}, {}, n - 1) }}}}{{% else %}}{{{{ a == b }}}}{{% endif %}}{{% endmacro %}}{{{{ f([1], [1], 40) }}}}",
            call.replace('?', "a"),
            call.replace('?', "b")
        )
    };
    let long_texts = "{% set s = 'x' * 9999999 %}{% set t = 'x' * 9999999 %}{% set d = {'a': 1, 'b': 2} %}{% for i in range(99999) %}{% for j in range(9) %}";
    let long = |from: &str, part: &str, to: &str| format!("{from}{}{to}", part.repeat(100_000));
    let sources = [
        // Time.
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", FUEL),
        ("{% macro again(n) %}{{ again(n + 1) }}{{ again(n + 1) }}{% endmacro %}{{ again(0) }}", "recursion"),
        (
            "{% set ns = namespace(n=0) %}{% for a in range(99999) %}{% for b in range(99999) %}{% set ns.n = ns.n + 1 %}{% endfor %}{% endfor %}",
            FUEL,
        ),
        // Memory.
        (
            "{% set ns = namespace(s='abcdefgh') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
            TEXT,
        ),
        (
            "{% set ns = namespace(s='abcdefgh') %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
            TEXT,
        ),
        (
            "{% set ns = namespace(s='abcdefgh') %}{% for i in range(60) %}{% set ns.s = ns.s.replace('a', ns.s) %}{% endfor %}",
            FUEL,
        ),
        (
            "{% set ns = namespace(l=[1]) %}{% for i in range(200) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l | tojson }}",
            PARTS,
        ),
        (
            "{% set ns = namespace(l=[1]) %}{% for i in range(200) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}",
            PARTS,
        ),
        ("{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = ns.l + ns.l %}{% endfor %}", PARTS),
        (
            "{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(90) %}{% set ns.a = ns.b+ns.a %}{% set ns.b = ns.a + ns.b %}{% endfor %}",
            PARTS,
        ),
        ("{% macro twice(l) %}{{ twice(l + l) }}{% endmacro %}{{ twice([1, 2]) }}", PARTS),
        (
            "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] | sum(start=[]) %}{% endfor %}",
            "only numbers are added up",
        ),
        (
            "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = ns.l | chain(ns.l) %}{% endfor %}",
            "unknown filter",
        ),
        ("{{ 'a'.ljust(1000000000000) | length }}{{ 'a' | center(10 ** 12) }}", "a width of"),
        ("{{ 'a' * 10 ** 12 }}", FUEL),
        ("{{ range(99999) | list | tojson(separators=['x' * 100000, ':']) | length }}", FUEL),
        ("{{ range(99999) | list | tojson(indent='x' * 100000) | length }}", FUEL),
        (
            "{% set ns = namespace(l=range(99999) | list) %}{% for i in range(119) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l | tojson(indent=63) | length }}",
            FUEL,
        ),
        (
            "{% set ns = namespace(l={'x' * 100000: 1}) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l | tojson }}",
            TEXT,
        ),
        ("{{ [1, 2] | tojson(indent=1000000000) | length }}{{ 'a'.join(['x'] * 10 ** 9) }}", PRODUCT),
    ];
    let built = [
        // Depth, of values and of the source.
        ("{% set ns = namespace(l=[1]) %}{% for i in range(99999) %}{% set ns.l = [ns.l] %}{% endfor %}x".into(), DEPTH),
        (long("{% set a = [1] %}", "{% set a = [a] %}", ""), DEPTH),
        (long("{{ 1", "|abs", " }}"), WORDS),
        (long("{{ x", ".a", " }}"), WORDS),
        (long("{{ 1", " + 1", " }}"), WORDS),
        (long("{{ ", "not ", "1 }}"), WORDS),
        (long("{{ ", "1 if a else ", "1 }}"), WORDS),
        (long("{% if a %}", "{% elif a %}", "{% endif %}"), "more than 250 conditions"),
        (
            "{% set a = namespace() %}{% set a.x = a %}{% set b = namespace() %}{% set b.x = b %}{{ a == b }}".into(),
            "a value holds a namespace",
        ),
        // What is compared, hashed and written for ever.
        (format!("{grow}{{{{ ns.a == ns.b }}}}"), PARTS),
        (format!("{grow}{{{{ ns.a in [ns.b] }}}}"), PARTS),
        (format!("{grow}{{{{ [ns.a, ns.b] | sort }}}}"), PARTS),
        (format!("{grow}{{{{ {{ns.a: 1}} }}}}"), PARTS),
        (format!("{grow}{{{{ ns.a ~ '' }}}}"), PARTS),
        (macros("[?, ?]"), PARTS),
        (macros("(?, ?)"), PARTS),
        (macros("[?, ?][0:]"), PARTS),
        (macros("dict(x=?, y=?)"), PARTS),
        (macros("'ab' | map(attribute='q', default=?) | list"), PARTS),
        (macros("([0] | batch(3, ?) | list)[0]"), PARTS),
        (macros("[?] * 2"), PRODUCT),
        ("{{ 2 * [1] }}".into(), PRODUCT),
        // Texts.
        ("{{ '{:>10000000000}'.format(1) | length }}".into(), "a width of"),
        ("{{ '{:.1000000000f}'.format(1.0) | length }}".into(), "a width of"),
        ("{{ ('{:9999}' * 100000).format(1) | length }}".into(), FUEL),
        ("{{ ('{0}' * 100000).format('x' * 1000000) | length }}".into(), FUEL),
        (
            "{% set s = 'x' * 5000000 %}{% set ns = namespace(l=[]) %}{% for i in range(5000) %}{% set ns.l = [ns.l, s.split('x')] %}{% endfor %}"
                .into(),
            FUEL,
        ),
        // Texts that are compared and hashed for ever, a price of two instructions each.
        (format!("{long_texts}{{% set x = s == t %}}{{% endfor %}}{{% endfor %}}"), FUEL),
        (format!("{long_texts}{{% set x = d[s] %}}{{% endfor %}}{{% endfor %}}"), FUEL),
        (format!("{long_texts}{{% set x = d.get(s) %}}{{% endfor %}}{{% endfor %}}"), FUEL),
        ("{{ debug() }}".into(), "unknown function"),
        ("{% for i in range(9999) %}{% set l = ('x' * 1000000).splitlines() %}{% endfor %}".into(), FUEL),
    ];
    let mut others = Vec::new();
    for (source, limit) in sources.map(|(source, limit)| (source.to_string(), limit)).into_iter().chain(built) {
        match ChatTemplate::new(&source).and_then(|template| template.render(&Conversation::default())) {
            Err(error) if error.to_string().lines().next().is_some_and(|said| said.contains(limit)) => {}
            ended => others.push(format!("{source:.300}, instead of being stopped by {limit}: {ended:?}")),
        }
    }
    check::that(others.is_empty(), || others.join("\n"))
}

pub fn files_and_other_templates_are_out_of_reach() -> Outcome {
    for source in [
        "{% include '/etc/hostname' %}",
        "{% extends 'chat' %}",
        "{% from '/etc/hostname' import a %}{{ a }}",
        "{% import '../../etc/hostname' as a %}{{ a }}",
        "{{ open('/etc/hostname').read() }}",
        "{{ ''.__class__.__mro__ }}{{ ''.__class__.__subclasses__() }}",
        "{{ lipsum.__globals__['os'].popen('id').read() }}",
        "{{ self._TemplateReference__context.environment }}{{ self.x() }}",
    ] {
        let ended = ChatTemplate::new(source).and_then(|template| template.render(&Conversation::default()));
        check::that(ended.is_err(), || format!("{source} was rendered: {ended:?}"))?;
    }
    Ok(())
}

pub fn a_long_conversation_is_within_the_limit() -> Outcome {
    let golden = golden()?;
    let content = "三阶 learns. ".repeat(80);
    let turn = |i: usize| Message::new(if i.is_multiple_of(2) { Role::User } else { Role::Assistant }, content.clone());
    let messages = Conversation::from((0..1001).map(turn).collect::<Vec<_>>());
    for template in golden["templates"].as_array().into_iter().flatten() {
        let [name, source] = ["name", "template"].map(|key| template[key].as_str().unwrap_or_default());
        if ["chatml", "header", "thinking", "alternating"].contains(&name) {
            let mut template = ChatTemplate::new(source)?;
            template.define("bos_token", "<s>");
            template.define("eos_token", "</s>");
            let text = template.render(&messages)?;
            check::that(text.len() > 1001 * (content.len() - 1), || format!("{name}: {} bytes", text.len()))?;
        }
    }
    Ok(())
}

/// What a template passes over is told by its name; the texts of those that do not are compared with `transformers` above.
pub fn tools_that_a_template_passes_over_are_told() -> Outcome {
    let golden = golden()?;
    let mut call = Message { content: None, ..Message::new(Role::Assistant, "") };
    call.fields.insert("tool_calls".into(), json!([{"function": {"name": "f", "arguments": {"x": 1}}}]));
    let ask = || Message::new(Role::User, "a");
    let tools = vec![json!({"type": "function", "function": {"name": "f", "parameters": {}}})];
    let with_tools = Conversation { messages: vec![ask()], tools };
    let with_call = Conversation::from(vec![ask(), call, ask()]);
    let with_result = Conversation::from(vec![ask(), Message::new(Role::Tool, "1"), ask()]);
    for (name, expected) in [
        ("thinking", [None, None, None]),
        ("header", [None, None, None]),
        ("generation", [Some("tools"), Some("tool_calls"), None]),
        ("grounded", [Some("tools"), Some("tool_calls"), None]),
        ("printing", [Some("tools"), Some("tool_calls"), Some("tool")]),
    ] {
        let sources = golden["templates"].as_array().into_iter().flatten();
        let source = sources.filter(|it| it["name"] == name).find_map(|it| it["template"].as_str());
        let template = ChatTemplate::new(source.ok_or_else(|| Stop::Failed(format!("no template {name}")))?)?;
        for (conversation, expected) in [&with_tools, &with_call, &with_result].into_iter().zip(expected) {
            let found = match template.render(conversation) {
                Ok(_) => None,
                Err(TemplateError::Toolless { what }) => Some(what),
                Err(error) => return check::fail(format!("{name}: {error}")),
            };
            check::equal(found, expected, name)?;
        }
    }
    Ok(())
}
