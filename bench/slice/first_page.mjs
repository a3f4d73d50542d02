// Opens an address in five fresh browser contexts and prints the seconds until the page's own content stands in each.
import { findChromium, launch } from '../../web/browser/studio.js';

const executable = findChromium();
if (!executable) throw new Error('Chromium is not on PATH');
const browser = await launch(executable);
const seconds = [];
for (let run = 0; run < 5; run += 1) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const reply = await page.goto(process.argv[2]);
  if (!reply?.ok()) throw new Error(`the studio answered ${reply?.status()}`);
  // Its heading comes with what the server tells, after the frame around it.
  await page.locator('main h1').first().waitFor();
  seconds.push((await page.evaluate(() => performance.now())) / 1000);
  await context.close();
}
await browser.close();
console.log(JSON.stringify(seconds));
