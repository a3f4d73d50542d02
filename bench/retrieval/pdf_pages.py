"""PDF files in twelve layouts, ten of them for comparisons, and the text of each in the order in which a person reads it.

    python pdf_pages.py FOLDER [PAGES]      makes FOLDER/LAYOUT.pdf and FOLDER/LAYOUT.txt, PAGES pages each (20)

The sentences are made here from a few words, in English and Chinese; the layouts are made with two libraries (reportlab and
fpdf2) that embed fonts and order their output differently. `shuffled` shows its lines in random order, `letters` places each
letter by itself and writes no space, `turned` is a page on its side.
"""

import pathlib
import random
import sys
import tempfile

from fontTools import subset
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fpdf import FPDF
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

WIDTH, HEIGHT = A4
WORDS = (
    "river mountain garden teacher window letter summer station market silver bridge candle forest harbour signal "
    "engine paper planet record shadow travel winter animal answer basket corner dinner family ground island "
    "measure number orange people quiet reason school throat umbrella valley weather yellow little several between "
    "carries opens follows answers crosses keeps builds finds leaves turns waits writes slowly often never always "
    "with under behind toward without before after because while the a this every another"
).split()
CHINESE = (
    "河流 高山 花园 老师 窗户 信件 夏天 车站 市场 银色 大桥 蜡烛 森林 港口 信号 引擎 纸张 星球 记录 影子 旅行 冬天 动物 回答 篮子 角落 晚饭 家庭 "
    "地面 岛屿 测量 数字 橙子 人们 安静 原因 学校 雨伞 山谷 天气 黄色 几个 之间 打开 跟随 穿过 保持 建造 找到 离开 等待 书写 慢慢 常常 从不 总是 "
    "这个 每个 另一个 因为 以后 以前 没有 在 和 的"
).split()
FONT, SIMPLIFIED = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2


class Text:
    """Sentences from a seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def title(self):
        return " ".join(word.capitalize() for word in self.random.sample(WORDS[:40], 4))

    def sentence(self):
        words = [self.random.choice(WORDS) for _ in range(self.random.randint(6, 15))]
        if self.random.random() < 0.2:
            words[len(words) // 2] = f"DX-{self.random.randint(10, 99)}"
        return " ".join(words).capitalize() + "."

    def paragraph(self, n=4):
        return " ".join(self.sentence() for _ in range(n))

    def chinese(self, n=4):
        parts = []
        for _ in range(n):
            words = [self.random.choice(CHINESE) for _ in range(self.random.randint(5, 12))]
            words[len(words) // 2] += "，"
            parts.append("".join(words) + "。")
        return "".join(parts)

    def chinese_title(self):
        return "".join(self.random.sample(CHINESE[:40], 3))


def broken(text, font, size, width):
    """Lines of at most so many points; between Chinese characters a line may end anywhere."""
    lines, line = [], ""
    units = list(text) if "，" in text or "。" in text else [word + " " for word in text.split()]
    for unit in units:
        if line and pdfmetrics.stringWidth((line + unit).rstrip(), font, size) > width:
            lines.append(line.rstrip())
            line = ""
        line += unit
    return lines + [line.rstrip()]


def column(canvas, paragraphs, x, y, width, font="Helvetica", size=10, leading=13):
    """Paragraphs below each other; where the next one would begin."""
    for paragraph in paragraphs:
        canvas.setFont(font, size)
        for line in broken(paragraph, font, size, width):
            canvas.drawString(x, y, line)
            y -= leading
        y -= leading * 0.7
    return y


def pages(path, n, draw, compression=1):
    """A canvas of n pages, each drawn by `draw`, which returns its text."""
    canvas = Canvas(str(path), pagesize=A4, pageCompression=compression)
    texts = []
    for i in range(n):
        texts.append(draw(canvas, Text(f"{path.stem}-{i}")))
        canvas.showPage()
    canvas.save()
    return "\n\n".join(texts)


def plain(path, n):
    def draw(canvas, text):
        title, paragraphs = text.title(), [text.paragraph() for _ in range(6)]
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawString(60, HEIGHT - 80, title)
        column(canvas, paragraphs, 60, HEIGHT - 120, WIDTH - 120, "Times-Roman", 11, 15)
        return "\n\n".join([title, *paragraphs])

    return pages(path, n, draw)


def two_columns(path, n):
    def draw(canvas, text):
        title = text.title()
        left, right = ([text.paragraph(5) for _ in range(5)] for _ in range(2))
        canvas.setFont("Times-Bold", 20)
        canvas.drawCentredString(WIDTH / 2, HEIGHT - 70, title)
        width = (WIDTH - 120 - 24) / 2
        column(canvas, left, 60, HEIGHT - 110, width, "Times-Roman", 10, 12.5)
        column(canvas, right, 60 + width + 24, HEIGHT - 110, width, "Times-Roman", 10, 12.5)
        return "\n\n".join([title, *left, *right])

    return pages(path, n, draw)


def three_columns(path, n):
    def draw(canvas, text):
        title = text.title()
        columns = [[text.paragraph(3) for _ in range(5)] for _ in range(3)]
        footer = text.sentence()
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(50, HEIGHT - 60, title)
        width = (WIDTH - 100 - 36) / 3
        for i, paragraphs in enumerate(columns):
            column(canvas, paragraphs, 50 + i * (width + 18), HEIGHT - 90, width, "Helvetica", 9, 11.5)
        canvas.setFont("Helvetica-Oblique", 9)
        canvas.drawString(50, 40, footer)
        return "\n\n".join([title, *(one for paragraphs in columns for one in paragraphs), footer])

    return pages(path, n, draw)


def table(path, n):
    style = ParagraphStyle("text", fontName="Helvetica", fontSize=10, leading=13)
    story, texts = [], []
    for i in range(n):
        text = Text(f"table-{i}")
        before, after = text.paragraph(), text.paragraph()
        rows = [["Name", "Place", "Amount", "Year"]]
        for _ in range(14):
            rows.append([text.random.choice(WORDS[:40]).capitalize(), text.random.choice(WORDS[:40]), f"{text.random.randint(100, 99999):,}", str(text.random.randint(1950, 2026))])
        made = Table(rows, colWidths=[120, 120, 90, 70])
        made.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.5, "black"), ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold")]))
        story += [Paragraph(before, style), Spacer(1, 14), made, Spacer(1, 14), Paragraph(after, style), Spacer(1, 300)]
        texts.append("\n\n".join([before, "\n".join(" ".join(row) for row in rows), after]))
    SimpleDocTemplate(str(path), pagesize=A4).build(story)
    return "\n\n".join(texts)


def bullets(path, n):
    def draw(canvas, text):
        title, intro = text.title(), text.paragraph(2)
        items = [text.paragraph(2) for _ in range(8)]
        canvas.setFont("Helvetica-Bold", 15)
        canvas.drawString(60, HEIGHT - 70, title)
        y = column(canvas, [intro], 60, HEIGHT - 100, WIDTH - 120)
        for item in items:
            canvas.drawString(70, y, "•")
            y = column(canvas, [item], 84, y, WIDTH - 150)
        return "\n\n".join([title, intro, "\n".join("• " + item for item in items)])

    return pages(path, n, draw)


def justified(path, n):
    style = ParagraphStyle("text", fontName="Times-Roman", fontSize=11, leading=14, alignment=TA_JUSTIFY, firstLineIndent=18)
    head = ParagraphStyle("head", fontName="Times-Bold", fontSize=14, leading=18, spaceBefore=10, spaceAfter=4)
    story, texts = [], []
    for i in range(n):
        text = Text(f"justified-{i}")
        for _ in range(3):
            title, paragraphs = text.title(), [text.paragraph(4) for _ in range(3)]
            story += [Paragraph(title, head), *(Paragraph(one, style) for one in paragraphs)]
            texts += [title, *paragraphs]
    SimpleDocTemplate(str(path), pagesize=A4).build(story)
    return "\n\n".join(texts)


def shuffled(path, n):
    """Lines in random order, as programs write that draw layer by layer."""

    def draw(canvas, text):
        paragraphs = [text.paragraph(5) for _ in range(5)]
        y, shown = HEIGHT - 80, []
        for paragraph in paragraphs:
            for line in broken(paragraph, "Helvetica", 11, WIDTH - 140):
                shown.append((y, line))
                y -= 15
            y -= 12
        text.random.shuffle(shown)
        for y, line in shown:
            canvas.setFont("Helvetica", 11)
            canvas.drawString(70, y, line)
        return "\n\n".join(paragraphs)

    return pages(path, n, draw)


def letters(path, n):
    """Each letter by itself and no spaces, as typesetting programs write that place letters themselves."""

    def draw(canvas, text):
        paragraphs = [text.paragraph(3) for _ in range(4)]
        y = HEIGHT - 80
        for paragraph in paragraphs:
            for line in broken(paragraph, "Times-Roman", 12, WIDTH - 140):
                x = 70
                shown = canvas.beginText()
                shown.setFont("Times-Roman", 12)
                for letter in line:
                    if letter != " ":
                        shown.setTextOrigin(x, y)
                        shown.textOut(letter)
                    x += pdfmetrics.stringWidth(letter, "Times-Roman", 12)
                canvas.drawText(shown)
                y -= 16
            y -= 12
        return "\n\n".join(paragraphs)

    return pages(path, n, draw)


def turned(path, n):
    """A wide page that is stored upright and shown on its side, its content unpacked."""

    def draw(canvas, text):
        canvas.setPageRotation(90)
        canvas.saveState()
        # What is drawn along the long side stands upright once the page is turned.
        canvas.translate(WIDTH, 0)
        canvas.rotate(90)
        title, paragraphs = text.title(), [text.paragraph(5) for _ in range(4)]
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(60, WIDTH - 60, title)
        column(canvas, paragraphs, 60, WIDTH - 95, HEIGHT - 120, "Helvetica", 11, 15)
        canvas.restoreState()
        return "\n\n".join([title, *paragraphs])

    return pages(path, n, draw, compression=0)


def chinese(path, n):
    """Two columns of Chinese in an embedded TrueType font whose codes are numbers of glyphs."""
    with tempfile.TemporaryDirectory() as folder:
        font = pathlib.Path(folder) / "cjk.ttf"
        truetype(font, set("".join(CHINESE)) | set("，。 "))
        return chinese_columns(path, n, fname=font)


def chinese_outlines(path, n):
    """The same with the outlines of PostScript."""
    return chinese_columns(path, n, fname=FONT, collection_font_number=SIMPLIFIED)


def truetype(path, letters):
    """The letters of the font as TrueType: most programs embed no other kind."""
    options = subset.Options(layout_features=[], notdef_outline=True)
    font = TTFont(FONT, fontNumber=SIMPLIFIED)
    chosen = subset.Subsetter(options)
    chosen.populate(text="".join(sorted(letters)))
    chosen.subset(font)
    glyphs, order = font.getGlyphSet(), font.getGlyphOrder()
    made = FontBuilder(font["head"].unitsPerEm, isTTF=True)
    made.setupGlyphOrder(order)
    made.setupCharacterMap(font.getBestCmap())
    outlines = {}
    for name in order:
        pen = TTGlyphPen(None)
        glyphs[name].draw(Cu2QuPen(pen, 1.0, reverse_direction=True))
        outlines[name] = pen.glyph()
    made.setupGlyf(outlines)
    made.setupHorizontalMetrics({name: font["hmtx"][name] for name in order})
    made.setupHorizontalHeader(ascent=font["hhea"].ascent, descent=font["hhea"].descent)
    made.setupNameTable({"familyName": "Cjk", "styleName": "Regular", "psName": "Cjk-Regular"})
    made.setupOS2(sTypoAscender=font["OS/2"].sTypoAscender, sCapHeight=700)
    made.setupPost()
    made.save(path)


def chinese_columns(path, n, **font):
    pdf = FPDF(format="A4", unit="pt")
    pdf.set_auto_page_break(False)
    pdf.add_font("cjk", **font)
    texts = []
    for i in range(n):
        text = Text(f"chinese-{i}")
        pdf.add_page()
        title, columns = text.chinese_title(), [[text.chinese(4) for _ in range(4)] for _ in range(2)]
        pdf.set_font("cjk", size=18)
        pdf.text((WIDTH - pdf.get_string_width(title)) / 2, 70, title)
        pdf.set_font("cjk", size=10.5)
        width = (WIDTH - 120 - 28) / 2
        for c, paragraphs in enumerate(columns):
            y = 110
            for paragraph in paragraphs:
                line = ""
                for letter in paragraph + "\n":
                    if letter == "\n" or pdf.get_string_width(line + letter) > width:
                        pdf.text(60 + c * (width + 28), y, line)
                        line, y = "", y + 16
                    line += letter
                y += 9
        texts.append("\n\n".join([title, *(one for paragraphs in columns for one in paragraphs)]))
    pdf.output(str(path))
    return "\n\n".join(texts)


def chinese_named(path, n):
    """Chinese in a font that is not embedded, its codes being characters."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))

    def draw(canvas, text):
        title, paragraphs = text.chinese_title(), [text.chinese(5) for _ in range(6)]
        canvas.setFont("STSong-Light", 17)
        canvas.drawString(60, HEIGHT - 80, title)
        column(canvas, paragraphs, 60, HEIGHT - 120, WIDTH - 120, "STSong-Light", 11, 17)
        return "\n\n".join([title, *paragraphs])

    return pages(path, n, draw)


LAYOUTS = [plain, two_columns, three_columns, table, bullets, justified, shuffled, letters, turned, chinese]
# What one of the peers cannot read at all: for the tests alone.
MORE = [chinese_outlines, chinese_named]

if __name__ == "__main__":
    folder, n = pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20
    folder.mkdir(parents=True, exist_ok=True)
    for layout in [*LAYOUTS, *MORE]:
        path = folder / f"{layout.__name__}.pdf"
        path.with_suffix(".txt").write_text(layout(path, n) + "\n", "utf-8")
