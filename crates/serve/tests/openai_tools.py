"""Calls with tools of the official client against the server whose base URL is the only argument; its model's template knows tools."""

import sys

from openai import BadRequestError, OpenAI
from openai.types.chat import ChatCompletionMessage

client = OpenAI(base_url=sys.argv[1], api_key="none", max_retries=0, timeout=60)
TOOLS = [
    {
        "type": "function",
        "function": {"name": "f", "parameters": {"type": "object", "properties": {"x": {"type": "integer"}}}},
    }
]
CALL = {"id": "call-1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
# As the client itself gives an answer that calls, to be sent back.
ANSWER = ChatCompletionMessage.model_validate({"role": "assistant", "content": None, "tool_calls": [CALL]})
TURNS = [{"role": "user", "content": "a"}, ANSWER, {"role": "tool", "tool_call_id": "call-1", "content": "2"}]


def tokens(**options):
    return client.chat.completions.create(model="tiny", max_tokens=2, **options).usage.prompt_tokens


plain = tokens(messages=TURNS[:1])
told = tokens(messages=TURNS[:1], tools=TOOLS)
assert told > plain, (told, plain)
assert tokens(messages=TURNS[:1], tools=TOOLS, tool_choice="none") == plain
assert tokens(messages=TURNS, tools=TOOLS) > told
try:
    tokens(messages=TURNS[:1], tools=TOOLS, tool_choice="required")
except BadRequestError as error:
    assert (error.code, error.param) == ("unsupported_parameter", "tool_choice"), error
else:
    raise AssertionError("a forced call was accepted")
print("all calls passed")
