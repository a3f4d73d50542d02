// Opens an address in five fresh browser contexts and prints the seconds to the first contentful paint of each.
import { createRequire } from 'node:module';
import path from 'node:path';

const web = createRequire(path.resolve('web/package.json'));
const { chromium } = web('playwright-core');
const pathFolders = process.env.PATH.split(path.delimiter);
const fs = await import('node:fs');
const executablePath = pathFolders.map((folder) => path.join(folder, 'chromium')).find((file) => fs.existsSync(file));
if (!executablePath) throw new Error('chromium is not on PATH');

const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
const browser = await chromium.launch({ executablePath, headless: true, args });
const seconds = [];
for (let run = 0; run < 5; run += 1) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(process.argv[2]);
  const painted = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const observer = new PerformanceObserver((list) => {
          const entry = list.getEntriesByName('first-contentful-paint')[0];
          if (entry) resolve(entry.startTime);
        });
        observer.observe({ type: 'paint', buffered: true });
      }),
  );
  seconds.push(painted / 1000);
  await context.close();
}
await browser.close();
console.log(JSON.stringify(seconds));
