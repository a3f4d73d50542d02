// A newcomer from the studio's first page to the first step passed, in Chromium, once in each language.
//
//   node bench/learner/first_step.mjs SANJIE PYTHON_FOLDER
//
// What the machine does is measured; what a person does in between is counted at the paces below, so nobody has to wait
// for it. They read every word on the way: the first page, the session on the path, the lesson up to its first step with
// both questions, the step's task. Prints one JSON line a language: its minutes, and its parts with seconds of each.
import { delimiter } from 'node:path';
import { findChromium, launch, Studio } from '../../web/browser/studio.js';
import { wordsIn } from '../../web/browser/words.js';

/** Silent reading of text that is to be understood: International Reading Speed Texts (Trauzettel-Klosinski and Dietz,
 * 2012), 228 English words and 255 Chinese characters a minute. Code counts as English words. */
const WORDS_PER_MINUTE = 228;
const CHARACTERS_PER_MINUTE = 255;
/** Typing of people who do it every day: 52 words of five characters (Dhakal and others, "Observations on typing from 136
 * million keystrokes", 2018); code at two thirds of it, for its signs. */
const KEYS_PER_MINUTE = (52 * 5 * 2) / 3;
/** Seeing where to go and clicking there. */
const CLICK_SECONDS = 3;
/** Making up one's mind about a question that was read. */
const ANSWER_SECONDS = 10;
/** From the task that was read to the first key. */
const THINK_SECONDS = 20;

/** What somebody who has just read the lesson types: the two lines that it shows. */
const LINES = [
  '    e = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))',
  '    return e / e.sum(axis=1, keepdims=True)',
];

const [program, pythonFolder] = process.argv.slice(2);
const executable = findChromium();
if (!program || !pythonFolder || !executable) {
  console.error(executable ? 'usage: node first_step.mjs SANJIE PYTHON_FOLDER' : 'no Chromium on PATH');
  process.exit(2);
}
const browser = await launch(executable);
for (const lang of ['en', 'zh']) {
  const studio = new Studio(program, { PATH: `${pythonFolder}${delimiter}${process.env.PATH}` });
  try {
    console.log(JSON.stringify(await walk(lang, studio)));
  } finally {
    await studio.remove();
  }
}
await browser.close();

async function walk(lang, studio) {
  const words = await wordsIn(lang);
  await studio.start();
  const context = await browser.newContext({ locale: lang === 'zh' ? 'zh-CN' : 'en-US', viewport: { width: 1280, height: 860 } });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const parts = [];
  /** Does something and counts what the machine takes for it. */
  const machine = async (name, act) => {
    const begun = performance.now();
    await act();
    parts.push({ part: name, by: 'machine', seconds: (performance.now() - begun) / 1000 });
  };
  const person = (name, seconds) => parts.push({ part: name, by: 'person', seconds });
  const read = (name, text) => person(`read ${name}`, readingSeconds(text));

  await machine('the first page', async () => {
    await page.goto(studio.url);
    await page.waitForSelector('main h1');
    await page.waitForLoadState('networkidle');
  });
  read('the first page', await page.locator('main').innerText());
  person('go to the path', CLICK_SECONDS);
  await machine('the path', async () => {
    await page.getByRole('link', { name: words.nav.path, exact: true }).first().click();
    await page.locator('.session .button').waitFor();
  });
  read('what is next on the path', `${await page.locator('h1 + p').innerText()} ${await page.locator('.session').innerText()}`);
  person('open the lesson', CLICK_SECONDS);
  await machine('the lesson', async () => {
    await page.getByRole('link', { name: words.path.begin, exact: true }).click();
    await page.locator('form').first().waitFor();
    await page.locator('.katex').first().waitFor();
  });
  // The lesson up to its first step; a question folds what follows until it is answered.
  let seen = 0;
  for (let question = 0; ; question++) {
    const [text, isAtStep] = await lessonSoFar(page);
    read(`the lesson, part ${question + 1}`, text.slice(seen));
    seen = text.length;
    if (isAtStep) break;
    person('answer a question', ANSWER_SECONDS + CLICK_SECONDS);
    await machine('the verdict on an answer', async () => {
      const form = page.locator('article form').nth(question);
      await form.locator('input[type=radio]').first().check();
      await form.locator('button.button').click();
      await form.locator('.verdict').waitFor();
    });
  }
  person('open the step', CLICK_SECONDS);
  await machine('the lab', async () => {
    await page.locator('article .lab a').first().click();
    await page.getByRole('button', { name: words.lab.begin, exact: true }).waitFor();
  });
  read('the task', await page.locator('.lab section').first().innerText());
  person('begin the lab', CLICK_SECONDS);
  await machine('the editor', async () => {
    await page.getByRole('button', { name: words.lab.begin, exact: true }).click();
    await page.locator('.cm-content').waitFor();
  });
  person('think', THINK_SECONDS);
  person('type the function', (LINES.join('\n').length / KEYS_PER_MINUTE) * 60);
  await machine('the verdict on the step', async () => {
    await page.locator('.cm-line', { hasText: 'raise NotImplementedError' }).first().click();
    await page.keyboard.press('Home');
    await page.keyboard.press('Home');
    await page.keyboard.press('Shift+End');
    await page.keyboard.insertText(LINES.join('\n'));
    await page.keyboard.press('Control+Enter');
    await page.locator('nav b.passed').first().waitFor();
  });
  await context.close();
  const { steps } = await studio.api('/api/labs/causal-attention?code=python');
  if (!steps[0].passed) throw new Error('the first step did not pass');
  const minutes = parts.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
  return { lang, minutes, parts: parts.map((part) => ({ ...part, seconds: Number(part.seconds.toFixed(2)) })) };
}

/** The text of the lesson that can be read now, up to its first step, and whether that is in sight. */
function lessonSoFar(page) {
  return page.evaluate(() => {
    const article = document.querySelector('article');
    const step = article.querySelector('.lab');
    const quiz = article.querySelector('#quiz');
    // What is folded is not read.
    const parts = [...article.children].filter((child) => {
      if (child.matches('details')) return false;
      const end = step ?? quiz;
      return !end || (end.compareDocumentPosition(child) & Node.DOCUMENT_POSITION_PRECEDING) !== 0;
    });
    // A formula stands there twice, once for programs that read aloud.
    const text = parts.map((part) => {
      const copy = part.cloneNode(true);
      copy.querySelectorAll('.katex-mathml, .unseen, details').forEach((gone) => gone.remove());
      return copy.textContent;
    });
    return [text.join('\n'), step !== null];
  });
}

function readingSeconds(text) {
  const characters = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  const words = text.match(/[\p{Script=Latin}\d][\p{Script=Latin}\d'’.]*/gu)?.length ?? 0;
  return (characters / CHARACTERS_PER_MINUTE + words / WORDS_PER_MINUTE) * 60;
}
