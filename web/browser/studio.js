// Starts what the browser tests and the screenshots look at: the real binary with an empty data folder, and the
// installed Chromium.
import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

const STARTS_WITHIN_MS = 20_000;

/** A data folder of its own, and studios that use it one after another. */
export class Studio {
  /** @param {string} program @param {Record<string, string>} environment */
  constructor(program, environment = {}) {
    this.program = program;
    this.environment = environment;
    this.home = mkdtempSync(join(tmpdir(), 'sanjie-browser-'));
    /** @type {import('node:child_process').ChildProcess | null} */
    this.child = null;
    this.url = '';
  }

  /** Starts it and learns its address. @param {string[]} command */
  async start(port = 0, command = ['start']) {
    const args = [...command, '--port', String(port), '--no-open', '--lang', 'en'];
    const child = spawn(this.program, args, {
      env: { ...process.env, ...this.environment, SANJIE_HOME: this.home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    let said = '';
    this.url = await new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`no address within ${STARTS_WITHIN_MS} ms: ${said}`)),
        STARTS_WITHIN_MS,
      );
      const read = (/** @type {Buffer} */ bytes) => {
        said += bytes;
        const found = /http:\/\/127\.0\.0\.1:\d+\/\?token=[0-9a-f]+/.exec(said);
        if (!found) return;
        clearTimeout(late);
        resolve(found[0]);
      };
      child.stdout.on('data', read);
      child.stderr.on('data', (bytes) => (said += bytes));
      child.on('error', reject);
      child.on('exit', (code) => reject(new Error(`the studio ended with ${code}: ${said}`)));
    });
  }

  get origin() {
    return new URL(this.url).origin;
  }

  get port() {
    return Number(new URL(this.url).port);
  }

  /** Asks the API as a script with the token. @param {string} path @param {RequestInit} init */
  async api(path, init = {}) {
    const token = new URL(this.url).searchParams.get('token');
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(this.origin + path, { ...init, headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    const text = await response.text();
    return text === '' ? null : JSON.parse(text);
  }

  /** Ends the studio; trainings go on. */
  async stop() {
    const child = this.child;
    this.child = null;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }

  /** Ends trainings and studio, and removes the data folder. */
  async remove() {
    if (this.child) {
      // A studio that has died can end nothing any more.
      for (const run of await this.api('/api/runs').catch(() => [])) {
        if (run.state === 'running' || run.state === 'starting') {
          await this.api(`/api/runs/${run.id}/stop`, { method: 'POST' }).catch(() => null);
          await this.until(run.id, (now) => now.state !== 'running' && now.state !== 'starting');
        }
      }
    }
    await this.stop();
    rmSync(this.home, { recursive: true, force: true });
  }

  /**
   * Waits until a run is as wanted and returns it.
   * @param {string} id @param {(run: any) => boolean} isWanted
   */
  async until(id, isWanted, withinMs = 90_000) {
    const end = Date.now() + withinMs;
    for (;;) {
      const run = await this.api(`/api/runs/${id}`);
      if (isWanted(run)) return run;
      if (Date.now() > end) throw new Error(`${id} is ${run.state} at step ${run.step} after ${withinMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** The installed Chromium, or null. */
export function findChromium() {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
  const named = process.env.SANJIE_CHROMIUM;
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)));
  return (named ? [named] : onPath).find(isProgram) ?? null;
}

/** @param {string} executablePath */
export function launch(executablePath) {
  // Containers forbid Chromium's own sandbox; it sees nothing here but our own pages.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** Settings that train a run in seconds, on stories of a few words. */
export const TINY = {
  'data.n_documents': 400,
  'tokenizer.vocab_size': 400,
  'model.n_layers': 1,
  'model.n_heads': 2,
  'model.d_model': 32,
  'model.max_seq_len': 64,
  'train.batch_size': 4,
  'validation.every': 20,
  'validation.max_documents': 8,
  'samples.every': 20,
  'samples.max_tokens': 30,
  'checkpoint.every': 20,
};

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
