// The pages' sentences, for tests that read the pages in both languages. The catalogues are TypeScript, which Node 20
// does not run; they import nothing but types.
import { readFileSync } from 'node:fs';
import typescript from 'typescript';

/** @typedef {import('../src/messages/en').Catalogue} Catalogue */

/** @param {'en' | 'zh'} lang @returns {Promise<Catalogue>} */
export async function wordsIn(lang) {
  const source = readFileSync(new URL(`../src/messages/${lang}.ts`, import.meta.url), 'utf8');
  const compilerOptions = { module: typescript.ModuleKind.ESNext, target: typescript.ScriptTarget.ES2022 };
  const { outputText } = typescript.transpileModule(source, { compilerOptions });
  const catalogue = await import(`data:text/javascript;base64,${Buffer.from(outputText).toString('base64')}`);
  return catalogue[lang];
}
