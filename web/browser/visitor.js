// A person at a studio: a browser context that notes what must not happen.
import { strict as assert } from 'node:assert';
import { AxeBuilder } from '@axe-core/playwright';
import { Studio } from './studio.js';

/** @typedef {import('playwright-core').Page} Page */

/**
 * What a group of tests needs: a studio of its own, which they start, and one person who enters it.
 * @param {import('playwright-core').Browser | null} browser @param {string} program
 * @param {Record<string, string>} [environment] of the studio
 */
export function stay(browser, program, environment) {
  const studio = new Studio(program, environment);
  /** @type {Visitor | null} */
  let person = null;
  const visitor = () => {
    assert(person, 'the studio did not open');
    return person;
  };
  return {
    studio,
    visitor,
    page: () => visitor().page,
    /** Opens the printed address. @param {(page: Page) => void} [listen] hears of the page before it is asked for */
    async enter(listen) {
      assert(browser);
      person = await Visitor.enter(browser, studio, listen);
    },
    async end() {
      await person?.context.close();
      await studio.remove();
    },
  };
}

class Visitor {
  /**
   * @param {import('playwright-core').Browser} browser
   * @param {Studio} studio
   * @param {(page: Page) => void} listen hears of the first page before it is asked for
   */
  static async enter(browser, studio, listen = () => undefined) {
    const context = await browser.newContext({
      locale: 'en-US',
      viewport: { width: 1280, height: 900 },
    });
    const visitor = new Visitor(context, studio);
    await visitor.open(listen);
    return visitor;
  }

  /** @param {import('playwright-core').BrowserContext} context @param {Studio} studio */
  constructor(context, studio) {
    this.context = context;
    this.studio = studio;
    /** Requests to anybody but the studio. @type {string[]} */
    this.foreign = [];
    /** Errors that no test asked for. @type {string[]} */
    this.errors = [];
    /** @type {Page | null} */
    this.current = null;
    context.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol !== 'data:' && protocol !== 'blob:' && origin !== studio.origin)
        this.foreign.push(request.url());
    });
    context.on('weberror', (error) => this.errors.push(String(error.error())));
  }

  /** @returns {Page} */
  get page() {
    assert(this.current, 'no page is open');
    return this.current;
  }

  /** Opens a tab at the printed address. @param {(page: Page) => void} listen */
  async open(listen = () => undefined) {
    this.current = await this.context.newPage();
    this.current.setDefaultTimeout(20_000);
    this.current.on('console', (message) => {
      // Refusals and lost connections are part of some tests; the browser notes each as a failed resource.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        this.errors.push(message.text());
      }
    });
    listen(this.current);
    await this.current.goto(this.studio.url);
    await this.current.waitForSelector('main h1');
  }

  /** @param {string} path */
  async go(path) {
    await this.page.goto(this.studio.origin + path);
    await this.page.waitForSelector('main h1');
  }

  /** The text of the first element that a selector finds. @param {string} selector */
  async text(selector) {
    return (await this.page.locator(selector).first().innerText()).trim();
  }

  /** @param {string} name */
  button(name) {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** @param {string} name */
  link(name) {
    return this.page.getByRole('link', { name, exact: true });
  }

  /** That nothing on the page keeps people out, in either theme. @param {string} where */
  async accessible(where) {
    for (const theme of ['light', 'dark']) {
      await this.page.evaluate((theme) => (document.documentElement.dataset['theme'] = theme), theme);
      const { violations } = await new AxeBuilder({ page: this.page }).analyze();
      const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      const told = grave.map(
        ({ id, nodes }) => `${id} (${nodes.map(({ html }) => html.slice(0, 120)).join('; ')})`,
      );
      assert.deepEqual(told, [], `${where}, ${theme}`);
    }
  }

  /** That a phone shows the page without scrolling sideways. @param {string} where */
  async fits(where) {
    const before = this.page.viewportSize();
    await this.page.setViewportSize({ width: 360, height: 740 });
    const width = await this.page.evaluate(() => document.documentElement.scrollWidth);
    if (before) await this.page.setViewportSize(before);
    assert(width <= 360, `${where} is ${width} px wide on a phone`);
  }

  /** Steps that the run page shows. */
  async step() {
    return Number((await this.text('main dl dd')).replaceAll(/\D/g, ''));
  }

  /** Waits until the run page shows a later step than `before`. @param {number} before */
  async stepAfter(before, withinMs = 60_000) {
    const end = Date.now() + withinMs;
    while ((await this.step()) <= before) {
      assert(Date.now() < end, `no step after ${before} within ${withinMs} ms`);
      await this.page.waitForTimeout(100);
    }
    return this.step();
  }

  /**
   * Waits until the model has answered. A model as young as those of the tests may end at once; then it is asked again
   * until the answer has `nTokens`.
   * @param {number} nTokens
   * @param {string} label of the button that asks again, in the page's language
   */
  async answered(nTokens, label = 'Answer again') {
    const again = this.button(label);
    const tokens = this.page.locator('article.model').last().locator('[data-token]');
    for (let i = 0; i < 20; i++) {
      await again.waitFor({ timeout: 60_000 });
      if ((await tokens.count()) >= nTokens) return;
      await again.click();
    }
    assert.fail(`no answer of ${nTokens} tokens in 20`);
  }

  /** What must never have happened. */
  check() {
    assert.deepEqual(this.foreign, [], 'requests left the machine');
    assert.deepEqual(this.errors, [], 'the page reported errors');
  }
}
