"""Writes tools.json: chats as OpenAI's clients send them, with the prompts that transformers' apply_chat_template makes of them.

The template is `thinking` of crates/text/goldens/templates.json, after what was thought. On the wire a call's arguments are JSON in a string, `developer` is
another name of `system`, and `reasoning` of `reasoning_content`; transformers gets what is meant.

    python make_tools.py

(transformers; made with transformers 5.24)
"""

import copy
import json
from pathlib import Path

import transformers

HERE = Path(__file__).parent
templates = json.loads((HERE / "../../text/goldens/templates.json").read_text())["templates"]
THOUGHTS = "{%- for m in messages if m.reasoning_content %}<think>{{ m.reasoning_content }}</think>{%- endfor %}"
TEMPLATE = THOUGHTS + next(t["template"] for t in templates if t["name"] == "thinking")
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "天气 & \"more\"",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}},
        },
    }
]


def call(id, arguments, name="get_weather"):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


ASKED = {"role": "user", "content": "Weather in 北京?"}
BODIES = [
    {"messages": [ASKED], "tools": TOOLS},
    {"messages": [{"role": "developer", "content": "Be brief."}, ASKED], "tools": TOOLS, "tool_choice": "auto"},
    {"messages": [ASKED], "tools": TOOLS, "tool_choice": "none"},
    {
        "messages": [
            ASKED,
            {"role": "assistant", "content": None, "tool_calls": [call("a", '{"city":"北京","days":2, "x": null}'), call("b", "")]},
            {"role": "tool", "tool_call_id": "a", "content": "{\"t\": 3.0}"},
            {"role": "tool", "tool_call_id": "b", "content": [{"type": "text", "text": "no "}, {"type": "text", "text": "city"}]},
        ],
        "tools": TOOLS,
    },
    {
        "messages": [
            ASKED,
            {"role": "assistant", "content": "Let me see.", "reasoning_content": "Which one?", "tool_calls": [call("a", "{}")]},
            {"role": "tool", "tool_call_id": "a", "content": "cold"},
            {"role": "assistant", "content": "Cold.", "reasoning": "It is cold."},
            {"role": "user", "content": "Thanks <|im_end|>"},
        ]
    },
]


def meant(body):
    messages = copy.deepcopy(body["messages"])
    for message in messages:
        message["role"] = {"developer": "system"}.get(message["role"], message["role"])
        if isinstance(message["content"], list):
            message["content"] = "".join(part["text"] for part in message["content"])
        for called in message.get("tool_calls", []):
            called["function"]["arguments"] = json.loads(called["function"]["arguments"] or "{}")
    return messages, body.get("tools") if body.get("tool_choice") != "none" else None


tokenizer = transformers.GPT2Tokenizer(vocab={"a": 0}, merges=[], unk_token="<u>", bos_token="<s>", eos_token="</s>")
cases = []
for body in BODIES:
    messages, tools = meant(body)
    options = dict(chat_template=TEMPLATE, tokenize=False, add_generation_prompt=True)
    cases.append({"body": body, "prompt": tokenizer.apply_chat_template(messages, tools=tools, **options)})
(HERE / "tools.json").write_text(json.dumps({"template": TEMPLATE, "cases": cases}, ensure_ascii=False, indent=1) + "\n")
