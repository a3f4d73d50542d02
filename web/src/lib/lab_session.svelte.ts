// One lab on one page: the learner's file between editor and disk, a check that runs, its reports.
//
// The file may change under the page, by another editor or another tab. What was typed here is never thrown away and
// never written over something newer: then `conflict` is true until the person chooses.
import type { Checked, CodeName, LabFile, LabPage, Problem, Report } from './api';
import { client, isAbort, problemOf, Refusal } from './client';
import { preferences } from './preferences.svelte';

/** From the last key to saving. */
const SAVE_AFTER_MS = 800;
/** How often the disk is looked at. */
const LOOK_EVERY_MS = 1500;

/** The last verdict of this tab and the version of the file that it is on. */
interface KeptVerdict {
  version: string | undefined;
  reports: Report[];
  done: Checked | null;
}

const keyOf = (lab: string, code: CodeName | null) => `sanjie.lab.${lab}.${code}`;

export function keptVerdict(lab: string, code: CodeName | null): KeptVerdict | null {
  const kept = sessionStorage.getItem(keyOf(lab, code));
  return kept ? (JSON.parse(kept) as KeptVerdict) : null;
}

export class LabSession {
  page: LabPage | null = $state.raw(null);
  /** What the editor shows. */
  text = $state('');
  /** The file as it was last read or written. */
  file: LabFile | null = $state.raw(null);
  /** The file was changed elsewhere while something unsaved stands here. */
  conflict = $state(false);
  reports: Report[] = $state.raw([]);
  /** Whether `reports` are about the text that stands here. */
  isCurrent = $state(false);
  /** What came with the end of the last check. */
  done: Checked | null = $state.raw(null);
  isChecking = $state(false);
  problem: Problem | null = $state.raw(null);
  /** Check by itself when another editor saves the file. */
  follows = $state(true);

  #code: CodeName | null = null;
  #saving: ReturnType<typeof setTimeout> | undefined;
  #looking: ReturnType<typeof setTimeout> | undefined;
  #check: AbortController | null = null;
  #running: Promise<void> | null = null;
  #open = false;

  constructor(readonly id: string) {}

  get isSaved(): boolean {
    return this.file !== null && this.file.text === this.text;
  }

  /** Until the returned function is called. */
  watch(): () => void {
    this.#open = true;
    this.#look();
    return () => {
      this.#open = false;
      clearTimeout(this.#looking);
      this.#check?.abort();
      // Leaving the page keeps what was typed.
      if (!this.isSaved) void this.save();
    };
  }

  /** Asks for the page in the language of the moment. */
  async load(code: CodeName | null = this.#code): Promise<void> {
    await this.#try(async () => {
      const page = await client.lab(this.id, code);
      const isOther = page.code !== this.#code;
      this.page = page;
      this.#code = page.code;
      if (isOther || !this.file) {
        this.#take(page.file);
        this.#recall();
      }
    });
  }

  async choose(code: CodeName): Promise<void> {
    await this.save();
    this.file = null;
    this.text = '';
    this.reports = [];
    this.done = null;
    await this.load(code);
  }

  async begin(): Promise<void> {
    const code = this.page?.code ?? 'python';
    await this.#try(async () => this.#take(await client.startLab(this.id, { code })));
  }

  type(text: string): void {
    this.text = text;
    this.isCurrent = false;
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => void this.save(), SAVE_AFTER_MS);
  }

  /** Whether what stands here is on the disk now. */
  async save(): Promise<boolean> {
    clearTimeout(this.#saving);
    const [file, text, code] = [this.file, this.text, this.page?.code];
    if (!file || !code) return false;
    if (this.isSaved) return true;
    try {
      const saved = await client.saveFile(this.id, { code, text, version: file.version });
      this.file = saved;
      this.problem = null;
      return true;
    } catch (error) {
      const problem = problemOf(error);
      if (problem.code === 'studio.file_changed') this.conflict = true;
      this.problem = problem;
      return false;
    }
  }

  /** Ends a conflict: with the file as it is on the disk, or with what stands here. */
  async settle(takes: 'disk' | 'mine'): Promise<void> {
    await this.#try(async () => {
      const file = await client.labFile(this.id, this.page?.code ?? 'python');
      this.conflict = false;
      if (takes === 'disk') this.#take(file);
      else {
        this.file = file;
        await this.save();
      }
    });
  }

  /** Saves, then runs every step up to the first failure. Who asks while a check runs waits for that one. */
  check(): Promise<void> {
    this.#running ??= this.#run().finally(() => (this.#running = null));
    return this.#running;
  }

  async #run(): Promise<void> {
    if (!this.page) return;
    if (!(await this.save())) return;
    const [text, code] = [this.text, this.page.code];
    this.isChecking = true;
    this.problem = null;
    this.done = null;
    const reports: Report[] = [];
    this.#check = new AbortController();
    try {
      const asked = { code, step: null };
      for await (const { name, data } of client.checkLab(this.id, asked, this.#check.signal)) {
        if (name === 'report') {
          reports.push(JSON.parse(data) as Report);
          this.reports = [...reports];
          this.isCurrent = this.text === text;
        }
        if (name === 'done') this.done = JSON.parse(data) as Checked;
        if (name === 'failed') {
          const { code, message } = JSON.parse(data) as Problem;
          throw new Refusal(code, message);
        }
      }
      // Steps that came before the end are no verdict on the file.
      if (!this.done) throw new Refusal('page.check_ended', preferences.words.lab.checkEnded);
      this.#keep();
    } catch (error) {
      if (!isAbort(error)) this.problem = problemOf(error);
    }
    this.isChecking = false;
    const { problem } = this;
    await this.load();
    this.problem ??= problem;
  }

  /** Ends the check; the studio notices that nobody listens, and ends what it runs. */
  cancel(): void {
    this.#check?.abort();
  }

  #take(file: LabFile | null): void {
    this.file = file;
    this.text = file?.text ?? '';
    this.isCurrent = false;
  }

  /** Verdicts survive a reload of the tab. */
  #keep(): void {
    const kept: KeptVerdict = { version: this.file?.version, reports: this.reports, done: this.done };
    sessionStorage.setItem(keyOf(this.id, this.#code), JSON.stringify(kept));
  }

  #recall(): void {
    const kept = keptVerdict(this.id, this.#code);
    if (!kept) return;
    const { version, reports, done } = kept;
    this.reports = reports;
    this.done = done;
    this.isCurrent = version === this.file?.version;
  }

  #look(): void {
    this.#looking = setTimeout(() => {
      void this.#compare().finally(() => {
        if (this.#open) this.#look();
      });
    }, LOOK_EVERY_MS);
  }

  /** Takes over what another editor saved. */
  async #compare(): Promise<void> {
    const [known, code] = [this.file, this.page?.code];
    if (!known || !code || document.hidden || this.conflict) return;
    let now: LabFile;
    try {
      now = await client.labFile(this.id, code);
    } catch {
      // A file that is gone, or a studio that is away, is told when something is asked of it.
      return;
    }
    // Saved here meanwhile: this answer is old.
    if (this.file !== known || now.version === known.version) return;
    if (!this.isSaved) {
      this.conflict = true;
      return;
    }
    this.#take(now);
    if (this.follows) await this.check();
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.problem = null;
    } catch (error) {
      this.problem = problemOf(error);
    }
  }
}
