// Opens an address in five fresh browser contexts and prints the seconds to the first contentful paint of each.
import { findChromium, launch } from '../../web/browser/studio.js';

const executable = findChromium();
if (!executable) throw new Error('Chromium is not on PATH');
const browser = await launch(executable);
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
