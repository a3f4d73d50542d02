"""Makes templates.json: what transformers' chat templates (jinja2) render, for crates/text/tests/it/templates.rs.

Needs transformers and jinja2; versions are written into the file. The templates here are written for the test, each
after the manner of published ones. Published templates themselves are not copied: for those in the folder of public
data only the rendered text is kept.

    python make_templates.py [FOLDER OF PUBLIC DATA]
"""

import datetime
import json
import pathlib
import sys

import jinja2
import transformers
import transformers.utils.chat_template_utils as peer

# 2026-03-07 09:05:03 UTC, a Saturday.
NOW = 1772874303


class Frozen(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc)


peer.datetime = Frozen

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "天气 <b>now</b> & \"later\" — l'été 🌦",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string", "enum": ["北京", "Paris"]}, "days": {"type": "integer"}},
                "required": ["city"],
            },
        },
    },
    {"type": "function", "function": {"name": "nothing", "parameters": {}, "tags": [], "ratio": 0.5, "big": 1e22}},
]

CONVERSATIONS = {
    "one": [{"role": "user", "content": "  Hello!\n"}],
    "turns": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "你好，三阶！"},
        {"role": "assistant", "content": "<think>\nhm 🤔\n</think>\n\n你好。"},
        {"role": "user", "content": "a < b && \"c\" 'd' \\ {{ x }} {% y %}\ttab"},
    ],
    "tools": [
        {"role": "user", "content": "Weather in 北京?"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {"type": "function", "function": {"name": "get_weather", "arguments": {"city": "北京", "days": 2, "x": None, "ok": True}}}
            ],
        },
        {"role": "tool", "name": "get_weather", "content": '{"t": 3.0}'},
        {"role": "tool", "name": "nothing", "content": "—"},
        {"role": "assistant", "content": "Cold."},
        {"role": "user", "content": "Thanks"},
    ],
    "parts": [
        {
            "role": "user",
            "content": [{"type": "text", "text": "What is "}, {"type": "image"}, {"type": "text", "text": "this?"}],
        }
    ],
    "reasoning": [
        {"role": "system", "content": "Think.", "name": None},
        {"role": "user", "content": "2 + 2?"},
        {"role": "assistant", "reasoning": "It is four.\n", "content": "4"},
        {"role": "user", "content": "3 + 3?"},
        {"role": "assistant", "thinking": None, "reasoning_content": "Six?", "content": "6", "tool_calls": None},
        {"role": "user", "content": "And?"},
        {"role": "assistant", "thinking": "Nothing.", "content": "No."},
    ],
    "two users": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}],
    "none": [],
}

TEMPLATES = {
    # Marks and words without white space between them, and what stands behind the names of tests.
    "tight": """{{ (1 == 1)and true }} {{ 'a' if(true)else 'b' }} {{ messages|length * 2 }} {{ 2 * messages|length }} {{ '=' * messages|length }}
{{ [1, 2] is eq [1, 2] }} {{ 1 is in [1] }} {{ 2 is not in [1, 2] }} {{ 'a'in 'abc' }} {{ 'a'not in 'b' }} {{ messages[0:]is iterable }} {{ (0)or 2 }}
{%- for x in [1,2,3]if x>1 %}{{ x }}{% endfor %} {{ none is iterable }} {{ 'ab' is iterable }} {{ {}is iterable }}
{%- if tools is iterable and tools|length > 0 %} {{ tools|length }}{% endif %}
{{ 'Cutoff 20241105 {}'.format(1) }} {{ '<|token_128009|>{}{}'.format('a', 2) }} {{ 'a,b;c'.split(',')[1].split(';') }} {{ '-' * 'aibic'.split('i')|length }}
{%- for m in messages %}{% if m.role.startswith('u')and m['role']in ['user'] %}{{ loop.index*2 }}{% endif %}{% endfor %}
""",
    # Blocks on lines of their own: what trim_blocks and lstrip_blocks take away.
    "chatml": """{% for message in messages %}
    {% if loop.first and message['role'] != 'system' %}
        {{- '<|im_start|>system\\nYou are helpful.<|im_end|>\\n' }}
    {% endif %}
    {{- '<|im_start|>' + message['role'] + '\\n' + (message['content'] | string | trim) + '<|im_end|>' + '\\n' }}
{% endfor %}
{% if add_generation_prompt %}
{{ '<|im_start|>assistant\\n' }}
{%- endif %}
""",
    "header": """{{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content'].strip() %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{%- if tools is not none %}
    {{- "Environment: ipython\\n" }}
{%- endif %}
{{- "Today: " + date_string + strftime_now(" %A %B %j %H:%M:%S %I %p %y %e %-d%%") + "\\n\\n" }}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'] | trim + '<|eot_id|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("This model only supports single tool-calls at once!") }}
        {%- endif %}
        {%- set tool_call = message.tool_calls[0].function %}
        {{- '{"name": "' + tool_call.name + '", ' }}
        {{- '"parameters": ' }}
        {{- tool_call.arguments | tojson }}
        {{- "}" }}
    {%- elif message.role == "tool" or message.role == "ipython" %}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
""",
    "thinking": """{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0].role == 'system' %}
        {{- messages[0].content + '\\n\\n' }}
    {%- endif %}
    {{- "# Tools\\n\\n<tools>" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools><|im_end|>\\n" }}
{%- endif %}
{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
        {%- set ns.multi_step_tool = false %}
        {%- set ns.last_query_index = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.content is string %}
        {%- set content = message.content %}
    {%- else %}
        {%- set content = '' %}
    {%- endif %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {%- set reasoning_content = '' %}
        {%- if '</think>' in content %}
            {%- set reasoning_content = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last_query_index or (loop.last or (not loop.last and reasoning_content)) %}
            {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\\n' + content }}
        {%- endif %}
        {%- if message.tool_calls %}
            {%- for tool_call in message.tool_calls %}
                {%- if (loop.first and content) or (not loop.first) %}
                    {{- '\\n' }}
                {%- endif %}
                {%- if tool_call.function %}
                    {%- set tool_call = tool_call.function %}
                {%- endif %}
                {{- '<tool_call>\\n{"name": "' }}
                {{- tool_call.name }}
                {{- '", "arguments": ' }}
                {%- if tool_call.arguments is string %}
                    {{- tool_call.arguments }}
                {%- else %}
                    {{- tool_call.arguments | tojson }}
                {%- endif %}
                {{- '}\\n</tool_call>' }}
            {%- endfor %}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == "tool" %}
        {%- if loop.first or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\\n<tool_response>\\n' }}
        {{- content }}
        {{- '\\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|im_end|>\\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}
""",
    "alternating": """{%- if messages and messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}
{%- set ns = namespace() %}
{%- set ns.index = 0 %}
{%- for message in loop_messages %}
    {%- if not (message.role == "tool" or message.role == "tool_results" or (message.tool_calls is defined and message.tool_calls is not none)) %}
        {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
            {{- raise_exception("After the optional system message, conversation roles must alternate user/assistant/user/assistant/...") }}
        {%- endif %}
        {%- set ns.index = ns.index + 1 %}
    {%- endif %}
{%- endfor %}
{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if tools is not none and (message == user_messages[-1]) %}
            {{- "[AVAILABLE_TOOLS] [" }}
            {%- for tool in tools %}
                {%- set tool = tool.function %}
                {{- '{"type": "function", "function": {' }}
                {%- for key, val in tool.items() if key != "return" %}
                    {%- if val is string %}
                        {{- '"' + key + '": "' + val + '"' }}
                    {%- else %}
                        {{- '"' + key + '": ' + val|tojson }}
                    {%- endif %}
                    {%- if not loop.last %}
                        {{- ", " }}
                    {%- endif %}
                {%- endfor %}
                {{- "}}" }}
                {%- if not loop.last %}
                    {{- ", " }}
                {%- else %}
                    {{- "]" }}
                {%- endif %}
            {%- endfor %}
            {{- "[/AVAILABLE_TOOLS]" }}
        {%- endif %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\\n\\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " ~ message["content"] ~ "[/INST]" }}
        {%- endif %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token }}
    {%- endif %}
{%- endfor %}
""",
    "controls": """{% for message in messages %}{% if message.role == 'system' %}{% continue %}{% endif %}
{{ loop.index }}/{{ loop.length }} {{ loop.revindex0 }} {{ loop.cycle('odd', 'even') }} {{ message.role }}{% if loop.previtem is defined %} after {{ loop.previtem.role }}{% endif %}{% if loop.nextitem is defined %} before {{ loop.nextitem.role }}{% endif %}

{% if message.role == 'assistant' %}{% break %}{% endif %}{% else %}nobody{% endfor %}""",
    "whitespace": """{# a comment
of two lines #}
   {# an indented one #}
<a>
  {% if true %}
  <b>   {% set x = 1 %}   </b>
	{% endif %}
{%- if x %} <c> {%+ if true %} d {% endif +%}
{% endif -%}

   e  {{- ' f ' -}}   g
{{ 'h' }}
  {{ 'i' }}
{% raw %}{{ raw }}{% endraw %}
{% set block %}
  inside {{ x }}
{% endset %}
[{{ block }}]
{% for i in range(3) %}
  {{ i }}
{% endfor %}

""",
    "objects": """{% for tool in tools or [] %}{% set f = tool.function %}
{% for key, value in f.items() %}{{ key }}={{ value | tojson }};{% endfor %}

{{ f | tojson(indent=2) }}
{{ f | tojson(indent=0) }}
{{ f | tojson(ensure_ascii=True) }}
{{ f | tojson(separators=(',', ':'), sort_keys=True) }}
{{ f.keys() | list | join('|') }} {{ f.get('description', 'nothing to say') }} {{ f.values() | list | length }}
{% for key, value in f | dictsort %}{{ key }} {% endfor %}
{% for key, value in f | items %}{{ key }} {% endfor %}
{% endfor %}{{ [] | tojson }}{{ {} | tojson(indent=4) }}{{ [[], {}, [1, 2.0, 'x', none, true]] | tojson(indent=1) }}
{{ 'quote " slash / back \\\\ tab \\t nul \\x00 del \\x7f 你好 🌦 </script>' | tojson }}
{{ 'del \\x7f 你好 🌦' | tojson(ensure_ascii=true) }}
{{ [0.1, 1.0, 100.0, 1e15, 1e16, 1.5e300, 0.0001, 0.00001, -2.5e-7, 12345678901234567890] | tojson }}""",
    "macros": """{%- macro render_type(spec, depth=0) -%}
    {%- if spec.type == 'object' -%}
{ {% for name, inner in spec.properties.items() %}{{ '  ' * depth }}{{ name }}{% if name not in (spec.required or []) %}?{% endif %}: {{ render_type(inner, depth + 1) }}{{ ', ' if not loop.last }}{% endfor %} }
    {%- elif spec.enum -%}
{{ spec.enum | map('tojson') | join(' | ') }}
    {%- else -%}
{{ spec.type | default('any') }}
    {%- endif -%}
{%- endmacro -%}
{%- for tool in tools or [] %}
{{ tool.function.name | title }}: {{ render_type(tool.function.parameters) }}
{% endfor -%}
{%- macro wrapped(tag) %}<{{ tag }}>{{ caller() }}</{{ tag }}>{% endmacro -%}
{% call wrapped('b') %}{{ messages | length }}{% endcall %}
""",
    "printing": """{{ true }} {{ false }} {{ none }} {{ [1, 'a', none, true, 2.0] }} {{ {'k': 'v', 'n': [1]} }} {{ "it's" }} {{ ["it's", 'say "x"', 'a\\nb'] }}
{{ 1.0 }} {{ 1e20 }} {{ 0.1 + 0.2 }} {{ 7 // 2 }} {{ 7 / 2 }} {{ 6 / 2 }} {{ -7 % 3 }} {{ -7 // 2 }} {{ 2 ** 10 }} {{ 10 | string + '!' }} {{ true | string }} {{ none | string }}
{{ 'abcdef'[1:3] }} {{ 'abcdef'[-2:] }} {{ 'abcdef'[::-1] }} {{ [1, 2, 3, 4][::2] }} {{ [1, 2][-1] }} {{ '三阶'[0] }} {{ '三阶' | length }}
{{ missing }}[{{ messages.missing }}]{{ missing is defined }} {{ missing | default('d') }} {{ '' | default('e', true) }} {{ (missing or 'f') }}
{{ 'a' if messages else 'b' }} {{ messages is iterable }} {{ messages is mapping }} {{ 'x' is string }} {{ 3 is number }} {{ messages is sequence }} {{ none is none }} {{ 4 is divisibleby 2 }}""",
    "strings": """{{ ' x '.strip() }}|{{ 'xxhixx'.strip('x') }}|{{ 'a,b,,c'.split(',') | join('+') }}|{{ ' a  b '.split() | length }}|{{ 'a-b-c'.split('-', 1)[1] }}|{{ 'a-b-c'.rsplit('-', 1)[0] if false else 'a-b' }}
{{ 'hello world'.title() }}|{{ 'hELLO'.capitalize() }}|{{ 'ß'.upper() }}|{{ 'ABC'.lower() }}|{{ 'aXbX'.replace('X', '-') }}|{{ 'abc'.find('c') }}|{{ 'abca'.count('a') }}|{{ '-'.join(['a', 'b']) }}
{{ 'abc' | upper }}|{{ 'a b' | capitalize }}|{{ '  t ' | trim }}|{{ 'aab' | replace('a', 'c') }}|{{ [3, 1, 2] | sort | join(',') }}|{{ [1, 2] | reverse | list }}|{{ ['x', 'y'] | first }}{{ ['x', 'y'] | last }}
{{ messages | map(attribute='role') | list | join(',') }}|{{ messages | selectattr('role', 'eq', 'user') | list | length }}|{{ messages | rejectattr('role', 'in', ['system', 'tool']) | map(attribute='role') | join(' ') }}|{{ ['a', 'b', 'a'] | unique | list | length }}
{{ 'l1\\nl2' | indent(2) }}|{{ 'l1\\nl2' | indent(2, true) }}|{{ '3' | int + 1 }}|{{ '2.5' | float }}|{{ 'ab' in 'cabd' }}|{{ 'z' not in 'abc' }}|{{ 'a' ~ 1 ~ none }}|{{ "%s is %d" | format('x', 3) }}|{{ 'a\\nb'.splitlines() | length }}|{{ '你' < '好' }}""",
    "generation": """{% for message in messages %}
{% if message.role == 'assistant' %}
{% generation %}
{{ message.content }}{{ eos_token }}
{% endgeneration %}
{%- else %}
{{ message.role }}: {{ message.content }}
{%- generation -%} x {%- endgeneration %}
{% endif %}
{% endfor %}""",
    "reasoning": """{%- for m in messages %}{{ m.role }}[{{ m.reasoning_content }}|{{ m.thinking }}|{{ m.reasoning }}]{{ m.content }}{{ m.tool_calls is defined }}{{ 'name' in m }}
{% endfor %}""",
    "grounded": """{%- if documents %}
{%- for document in documents %}
Document {{ loop.index0 }}
{% for key, value in document.items() %}{{ key }}: {{ value }}
{% endfor %}
{%- endfor %}
{{ documents | map(attribute='title') | join(', ') }}
{%- endif %}
{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}""",
    "methods": """{{ 'a-b-c'.rsplit('-', 1) }}|{{ ' a  b c '.rsplit() }}|{{ ' a  b c '.rsplit(None, 1) }}|{{ 'a-b-c'.rsplit('-') }}|{{ 'a=b=c'.partition('=') | join(',') }}|{{ 'a=b=c'.rpartition('=') | list }}|{{ 'abc'.partition('x') | list }}|{{ 'abc'.rpartition('x') | list }}
{{ 'prefix-x'.removeprefix('prefix-') }}|{{ 'x.md'.removesuffix('.md') }}|{{ 'x.md'.removesuffix('.txt') }}|{{ '三阶abc'.index('a') }}|{{ [3, 4, 5].index(4) }}|{{ 'Straße'.casefold() }}|{{ 'aBc'.swapcase() }}
{{ '7'.zfill(3) }}|{{ '-7'.zfill(4) }}|{{ 'ab'.ljust(5) }}|{{ 'ab'.rjust(5, '.') }}|{{ 'ab'.center(5, '*') }}|{{ 'abc'.center(6, '*') }}|{{ '三阶'.ljust(4, '-') }}|{{ 'abcdef'.zfill(2) }}
{{ 'abc' | center(8) }}|{{ 'the cat, it sat_down' | wordcount }}|{{ 'one two three four five' | truncate(12) }}|{{ 'one two three four five' | truncate(12, true) }}|{{ 'one two three four five' | truncate(12, end='…', leeway=0) }}|{{ 'short enough' | truncate(10) }}
{{ dict(a=1, b='x') }}|{{ dict({'a': 1}, b=2) }}|{{ {'a': 1}.copy() }}|{{ [1, 2, 3] | sum }}|{{ [{'n': 1}, {'n': 4}] | sum(attribute='n') }}|{{ [1] | sum(start=5) }}
{{ [1, 2] + [3] }}|{{ ([1] + [2]) | length }}|{{ 1 + 2 * 3 + 4 }}|{{ 'a' + 'b' + 'c' }}|{{ 1.5 + 1 }}|{{ -1 + 2 }}|{{ (1 + 2) + 3 }}|{{ 'a' if 1 + 1 == 2 else 'b' }}|{{ [1 + 1, 2+2] }}|{{ {'k': 'a' + 'b'} }}|{{ 2 ** 3 + 1 }}|{{ [[1]] | first + [2] }}
{{ messages[0:1] + messages[1:] == messages }}|{{ (messages + messages) | length }}|{%+ if 1+1 %} kept{% endif %}|{{ '{}: {}'.format('a', 1) }}|{{ '{x}'.format(x='y') }}|{{ "%02d|%s" | format(7, 'x') }}
{{ 'abc'.startswith(('x', 'a')) }}|{{ 'abc'.isalpha() }}|{{ 'a,b'.split(',', 1) }}|{{ {'a': 1, 'b': 2}.items() | list | length }}|{{ {'b': 1, 'a': 2} | dictsort | first | first }}|{{ [{'r': 'u', 'c': 1}, {'r': 'a', 'c': 2}] | groupby('r') | map('first') | list }}|{{ [1, 2, 3, 4] | batch(2) | list }}|{{ range(3) | list }}|{{ range(1, 6, 2) | join(' ') }}""",
    "content parts": """{%- for message in messages -%}
{%- if message['content'] is string -%}{{ message['content'] }}
{%- else -%}
{%- for item in message['content'] -%}
{%- if item['type'] == 'image' or 'image' in item or 'image_url' in item -%}<|image_{{ loop.index }}|>
{%- elif 'text' in item -%}{{ item['text'] }}
{%- else -%}{{ raise_exception('Unknown part ' ~ item['type']) }}
{%- endif -%}
{%- endfor -%}
{%- endif -%}<|end|>
{%- endfor -%}""",
    "refuses": """{% if messages | length == 0 %}{{ raise_exception('No messages') }}{% elif messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{{ messages[0].content.nothing.here if messages[0].content == 'a' else 'fine' }}""",
}

DOCUMENTS = [{"title": "三阶", "text": "A program\nthat teaches."}, {"title": "Notes & <b>", "text": "…"}]
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}
TOKENIZER = transformers.GPT2Tokenizer(vocab={"a": 0}, merges=[], unk_token="<u>", **TOKENS)


def render(template, conversation, tools=None, documents=None, prompt=True, **more):
    more = dict(tools=tools, documents=documents, add_generation_prompt=prompt, **more)
    case = {"variables": {"messages": conversation, **more, **TOKENS}}
    try:
        if conversation:
            case["text"] = TOKENIZER.apply_chat_template(conversation, chat_template=template, tokenize=False, **more)
        else:
            # That refuses to render nothing before it looks at the template.
            [case["text"]], _ = peer.render_jinja_template([[]], chat_template=template, **more, **TOKENS)
    except (jinja2.exceptions.TemplateError, TypeError) as error:
        case["error"] = str(error)
    return case


def renders(template):
    """All conversations, with and without the beginning of an answer."""
    cases = [render(template, CONVERSATIONS[c], TOOLS if c == "tools" else None) for c in CONVERSATIONS]
    cases += [render(template, CONVERSATIONS[c], prompt=False) for c in ("one", "turns", "reasoning")]
    cases.append(render(template, CONVERSATIONS["turns"], enable_thinking=False, date_string="x"))
    cases.append(render(template, CONVERSATIONS["turns"], documents=DOCUMENTS))
    cases.append(render(template, CONVERSATIONS["turns"], TOOLS, prompt=False))
    return cases


def main():
    templates = [{"name": name, "template": t, "cases": renders(t)} for name, t in TEMPLATES.items()]
    folder = pathlib.Path(sys.argv[1]) / "chat-templates" if len(sys.argv) > 1 else None
    paths = sorted(folder.glob("*.jinja")) if folder else []
    published = [{"name": path.name, "cases": renders(path.read_text())} for path in paths]
    golden = {
        "made_with": f"transformers {transformers.__version__}, jinja2 {jinja2.__version__}",
        "now": NOW,
        "templates": templates,
        "published": published,
    }
    path = pathlib.Path(__file__).with_name("templates.json")
    path.write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")


main()
