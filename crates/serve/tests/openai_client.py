"""Ordinary calls of the official client against the server whose base URL is the only argument."""

import sys

from openai import BadRequestError, NotFoundError, OpenAI

client = OpenAI(base_url=sys.argv[1], api_key="none", max_retries=0, timeout=60)
MODEL = "tiny"
ASK = [{"role": "system", "content": "be"}, {"role": "user", "content": "who?"}]


def check_models():
    assert [model.id for model in client.models.list()] == [MODEL]
    assert client.models.retrieve(MODEL).object == "model"


def check_completions():
    reply = client.completions.create(model=MODEL, prompt="abc", max_tokens=5, temperature=0)
    assert reply.choices[0].finish_reason in ("length", "stop")
    assert reply.usage.prompt_tokens == 3
    assert reply.usage.total_tokens == 3 + reply.usage.completion_tokens
    many = client.completions.create(model=MODEL, prompt=["a", "b"], max_tokens=3, n=2, seed=1)
    assert [choice.index for choice in many.choices] == [0, 1, 2, 3]
    echoed = client.completions.create(model=MODEL, prompt="abc", max_tokens=5, temperature=0, echo=True)
    assert echoed.choices[0].text == "abc" + reply.choices[0].text
    with_logprobs = client.completions.create(model=MODEL, prompt="abc", max_tokens=5, seed=3, logprobs=2)
    logprobs = with_logprobs.choices[0].logprobs
    assert "".join(logprobs.tokens) == with_logprobs.choices[0].text
    assert all(logprob < 0 for logprob in logprobs.token_logprobs)
    scored = client.completions.create(model=MODEL, prompt="abc", max_tokens=0, logprobs=2, echo=True).choices[0]
    assert (scored.text, scored.logprobs.tokens) == ("abc", ["a", "b", "c"])
    assert scored.logprobs.token_logprobs[0] is None and all(p < 0 for p in scored.logprobs.token_logprobs[1:])
    pieces = client.completions.create(model=MODEL, prompt="abc", max_tokens=5, temperature=0, stream=True)
    assert "".join(piece.choices[0].text for piece in pieces) == reply.choices[0].text


def check_chat():
    options = dict(model=MODEL, messages=ASK, max_tokens=40, seed=7)
    reply = client.chat.completions.create(**options)
    assert reply.choices[0].message.role == "assistant"
    assert reply.choices[0].finish_reason in ("length", "stop")
    again = client.chat.completions.create(**options)
    assert again.choices[0].message.content == reply.choices[0].message.content
    two = client.chat.completions.create(**options, n=2)
    assert len(two.choices) == 2
    assert two.choices[0].message.content == reply.choices[0].message.content
    parts = [{"role": "user", "content": [{"type": "text", "text": "who?"}]}]
    assert client.chat.completions.create(model=MODEL, messages=parts, max_tokens=2).usage.completion_tokens <= 2


def check_stream():
    options = dict(model=MODEL, messages=ASK, max_tokens=40, seed=7)
    reply = client.chat.completions.create(**options)
    text, usage, reason = "", None, None
    stream = client.chat.completions.create(**options, stream=True, stream_options={"include_usage": True})
    for chunk in stream:
        for choice in chunk.choices:
            text += choice.delta.content or ""
            reason = choice.finish_reason or reason
        usage = chunk.usage or usage
    assert text == reply.choices[0].message.content
    assert reason == reply.choices[0].finish_reason
    assert usage == reply.usage


def check_logprobs():
    reply = client.chat.completions.create(
        model=MODEL, messages=ASK, max_tokens=8, seed=2, logprobs=True, top_logprobs=3
    )
    tokens = reply.choices[0].logprobs.content
    assert "".join(token.token for token in tokens) == reply.choices[0].message.content
    assert all(len(token.top_logprobs) == 3 and token.logprob <= 0 for token in tokens)


def check_penalties():
    options = dict(model=MODEL, prompt="abc", max_tokens=40, temperature=0)
    plain = client.completions.create(**options).choices[0].text
    for penalties in (
        dict(frequency_penalty=2.0),
        dict(presence_penalty=2.0),
        dict(extra_body=dict(repetition_penalty=5.0, top_k=5)),
    ):
        text = client.completions.create(**options, **penalties).choices[0].text
        assert len(set(text)) > len(set(plain)), (plain, text)
    same = client.completions.create(**options, frequency_penalty=0, presence_penalty=0).choices[0].text
    assert same == plain


def check_stop():
    # Seeds differ in where the model ends; one of them writes at least two characters.
    for seed in range(20):
        options = dict(model=MODEL, messages=ASK, max_tokens=40, seed=seed)
        text = client.chat.completions.create(**options).choices[0].message.content
        if len(text) >= 2:
            break
    stop = text[1:3]
    for value in (stop, [stop, "zzzz"]):
        reply = client.chat.completions.create(**options, stop=value)
        assert reply.choices[0].message.content == text[: text.index(stop)]
        assert reply.choices[0].finish_reason == "stop"


def check_errors():
    def fails(kind, status, code, **options):
        try:
            client.chat.completions.create(**{"model": MODEL, "messages": ASK, **options})
        except kind as error:
            assert (error.status_code, error.code) == (status, code), (error.status_code, error.code)
        else:
            raise AssertionError(f"{options} was accepted")

    fails(BadRequestError, 400, "invalid_value", temperature=9)
    fails(BadRequestError, 400, "invalid_type", max_tokens="many")
    fails(BadRequestError, 400, "context_length_exceeded", messages=[{"role": "user", "content": "a" * 1000}])
    fails(BadRequestError, 400, "unsupported_parameter", tools=[{"type": "function", "function": {"name": "f"}}])
    fails(NotFoundError, 404, "model_not_found", model="another")


for check in (
    check_models,
    check_completions,
    check_chat,
    check_stream,
    check_logprobs,
    check_penalties,
    check_stop,
    check_errors,
):
    check()
    print(check.__name__, "ok")
print("all calls passed")
