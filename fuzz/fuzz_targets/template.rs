//! Chat templates: none loops for ever, none asks for memory without bound.
#![no_main]
use libfuzzer_sys::fuzz_target;
use text::template::{ChatTemplate, Message, Role};

fuzz_target!(|source: &str| {
    let Ok(mut template) = ChatTemplate::new(source) else { return };
    template.define("bos_token", "<s>");
    template.define("eos_token", "</s>");
    template.stop_clock(1_700_000_000);
    let message = |role, content: &str| Message { role, content: content.into() };
    let messages = [
        message(Role::System, "Be brief."),
        message(Role::User, "Where is the 茶?"),
        message(Role::Assistant, "<think>here</think> There."),
        message(Role::User, "Thanks"),
    ];
    let _ = template.render(&messages);
});
