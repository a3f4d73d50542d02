"""The official client asks for vectors; the base URL of a server of the golden encoder `bert` is the only argument."""

import sys

from openai import BadRequestError, NotFoundError, OpenAI

client = OpenAI(base_url=sys.argv[1], api_key="none", max_retries=0, timeout=60)
MODEL = "bert"


def refused(kind, **options):
    try:
        client.embeddings.create(**options)
    except kind as error:
        return error
    raise AssertionError(f"{options} was accepted")


# Without a format the client asks for base64 and decodes it.
reply = client.embeddings.create(model=MODEL, input=["w1 w2 w3", "w4"])
assert [item.index for item in reply.data] == [0, 1]
assert (reply.object, reply.model, reply.usage.prompt_tokens) == ("list", MODEL, 4)
assert all(abs(sum(x * x for x in item.embedding) - 1) < 1e-5 for item in reply.data)
floats = client.embeddings.create(model=MODEL, input=["w1 w2 w3", "w4"], encoding_format="float")
for packed, plain in zip(reply.data, floats.data):
    assert max(abs(a - b) for a, b in zip(packed.embedding, plain.embedding)) < 1e-7
one = client.embeddings.create(model=MODEL, input="w4").data[0].embedding
assert list(one) == list(reply.data[1].embedding)
tokens = client.embeddings.create(model=MODEL, input=[[1, 2, 3], [4]]).data
assert all(list(a.embedding) == list(b.embedding) for a, b in zip(tokens, reply.data))
assert refused(NotFoundError, model="other", input="w1").code == "model_not_found"
assert refused(BadRequestError, model=MODEL, input=[[10**6]]).param == "input"
try:
    client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "hi"}])
    raise AssertionError("a chat was accepted")
except BadRequestError as error:
    assert error.code == "unsupported_model"
assert [model.id for model in client.models.list()] == [MODEL]
print("all calls passed")
